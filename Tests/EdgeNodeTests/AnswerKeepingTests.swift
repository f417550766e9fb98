import CRDT
import EdgeNode
import ReplicaStorage
import Testing

/// What was answered under a key is answered again, so that one wish is one deed.
struct AnswerKeepingTests {
    private static let today: Int64 = 1_790_000_000_000

    @Test func `a clock that is set right by years makes no wish new`() async throws {
        try await ImportBoxes.with { boxes in
            let replica = boxes.north.node.replica
            // The box came up without a battery; then the network told it the time.
            try await Self.keep("before", at: 60_000, replica)
            try await Self.keep("after", at: Self.today, replica)
            #expect(try Self.isKept("before", replica))
            #expect(try Self.isKept("after", replica))
        }
    }

    private static func keep(_ key: String, at moment: Int64, _ replica: Replica) async throws {
        let answer = StoredAnswer(
            key: key, request: ContentHash(0, 0, 0, 1), answer: [1], wallMilliseconds: moment)
        _ = try await replica.commit(deed: { _, _ throws(StorageError) in Deed(answer: answer) })
    }

    private static func isKept(_ key: String, _ replica: Replica) throws -> Bool {
        try replica.readers.read { reader throws(StorageError) in
            try reader.answer(to: key) != nil
        }
    }
}
