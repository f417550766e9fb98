internal import ReplicaStorage
internal import Signing

extension Desk {
    /// Keeps the answer to a wish that wrote no record, for whoever asks again under its key.
    ///
    /// - Throws: `NodeFault`; then nothing is kept.
    public func keep(_ answer: [UInt8], for key: String, request: [UInt8]) async throws {
        let stored = StoredAnswer(
            key: key, request: BLAKE2bHasher().hash(request), answer: answer,
            wallMilliseconds: node.environment.wallMilliseconds())
        try await node.turn { _, _ in (Deed(answer: stored), .success(())) }
    }
}
