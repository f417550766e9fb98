internal import CRDT
internal import ReplicaStorage
internal import Synchronization

/// What a command came to in its turn: an answer, or why not.
package typealias DeskEnding = Result<DeskReply, DeskRefusal>

/// An answer as it is kept and sent.
package struct DeskReply: Sendable {
    package let bytes: [UInt8]
    /// Whether it was given before, under the same key.
    package let isReplayed: Bool
}

extension Node {
    /// Reads, decides and writes in one turn of the replica: nobody writes between the reading and
    /// the writing.
    ///
    /// - Parameter decide: what is written, and what whoever asked is told; a refusal writes
    ///   nothing.
    /// - Throws: `DeskRefusal` or `NodeFault`.
    func turn<Answer: Sendable>(
        _ decide:
            @escaping @Sendable (Reader, inout RowIDSource) throws(StorageError) -> (
                Deed, Result<Answer, DeskRefusal>
            )
    ) async throws -> Answer {
        let outcome = Outcome<Result<Answer, DeskRefusal>>()
        do throws(StorageError) {
            _ = try await replica.commit { reader, ids throws(StorageError) in
                let (deed, ending) = try decide(reader, &ids)
                outcome.set(ending)
                if case .failure = ending { return .none }
                return deed
            }
        } catch {
            throw NodeFault(error)
        }
        guard let ending = outcome.value else {
            throw NodeFault(.stopped, "the command was not tried")
        }
        return try ending.get()
    }
}

/// Carries what was decided out of the replica's turn.
final class Outcome<Value: Sendable>: Sendable {
    private let kept = Mutex<Value?>(nil)
    var value: Value? { kept.withLock { $0 } }
    func set(_ value: Value) { kept.withLock { $0 = value } }
}
