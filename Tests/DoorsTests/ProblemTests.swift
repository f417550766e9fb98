import EdgeNode
import HTTPTypes
import ReplicaStorage
import Testing

@testable import LANAPI

struct ProblemTests {
    @Test func `a full disk promises that nothing was changed`() {
        let problem = Problem(NodeFault(StorageError(.diskFull, "full")))
        #expect(problem.status.code == 507)
        #expect(problem.detail.contains("Nothing was changed"))
    }

    @Test(arguments: [
        StorageError.Code.inputOutput, .corrupt, .schemaChanged, .internalFault,
    ])
    func `a storage that failed in whatever moment promises nothing`(code: StorageError.Code) {
        Self.expectDoubt(NodeFault(StorageError(code, "gone")), status: 503)
    }

    @Test func `a file that another tool held never saw the deed`() {
        let problem = Problem(NodeFault(StorageError(.busy, "held")))
        #expect(problem.status.code == 503)
        #expect(problem.detail.contains("Nothing was changed"))
    }

    @Test func `an error that nobody knows promises nothing`() {
        struct Unheard: Error {}
        Self.expectDoubt(Unheard(), status: 500)
    }

    private static func expectDoubt(_ error: any Error, status: Int) {
        let problem = Problem(error)
        #expect(problem.status.code == status)
        #expect(!problem.detail.contains("Nothing was changed"))
        #expect(problem.detail.contains("try again with the same Idempotency-Key"))
    }
}
