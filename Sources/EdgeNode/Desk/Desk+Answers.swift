internal import ReplicaStorage
internal import Signing

extension Desk {
    /// Keeps the answer to a wish that writes no record under a key that has none yet. Whoever
    /// keeps it before doing what it tells of does it once, whatever fails afterwards and however
    /// many ask at once.
    ///
    /// - Returns: nil where it is kept now; else the answer that the key has already.
    /// - Throws: `NodeFault`, then nothing is kept; `DeskRefusal` for a key of another request.
    public func keep(
        _ answer: [UInt8], for key: String, request: [UInt8]
    ) async throws -> [UInt8]? {
        let stored = StoredAnswer(
            key: key, request: BLAKE2bHasher().hash(request), answer: answer,
            wallMilliseconds: node.environment.wallMilliseconds())
        return try await node.turn { reader, _ throws(StorageError) in
            guard let known = try reader.answer(to: key) else {
                return (Deed(answer: stored), .success(nil))
            }
            guard known.request == stored.request else { return (.none, .failure(.keyReused)) }
            return (.none, .success(known.answer))
        }
    }
}
