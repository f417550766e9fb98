import CRDT
import Foundation
import ReplicaStorage
import Testing

/// What `make strace` watches from outside: each line comes after a commit has returned.
struct AcknowledgeTests {
    @Test func `every commit is synced before it is answered`() throws {
        let box = try TemporaryBox()
        let store = try box.open()
        var ids = RowIDSource(prefix: 0xACC)
        for number in 1...20 {
            _ = try store.commit(
                CommitRequest(
                    changes: [
                        RowOperation(
                            collection: ToyPack.key, row: ids.draw(), kind: .insert, cells: [])
                    ], wallMilliseconds: 1_700_000_000_000, saltSeed: 1))
            // Not `print`, which gathers lines.
            try FileHandle.standardOutput.write(
                contentsOf: Data("acknowledged \(number)\n".utf8))
        }
        #expect(store.localHead.sequence == 20)
    }
}
