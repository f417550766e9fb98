public import CRDT
internal import ReplicaStorage
internal import Signing

extension Desk {
    /// Names what a record holds now: equal contents have equal tags, at every box.
    public static func tag(of row: ShownRow) -> String {
        var writer = ByteWriter(capacity: 512)
        for value in row.values { value.encode(into: &writer) }
        return RowName.text(BLAKE2bHasher().hash(writer.bytes).prefix)
    }

    /// Creates, changes or deletes one record, once a key. What the packs' rules do not allow is
    /// refused as a whole, with every fault.
    ///
    /// - Parameters:
    ///   - key: nil for a wish that may be done twice without harm.
    ///   - request: what the key belongs to.
    ///   - encode: the answer for the record's id.
    /// - Throws: `DeskRefusal` or `NodeFault`.
    public func write(
        _ wish: RecordWish, key: String?, request: [UInt8],
        encode: @escaping @Sendable (RowID) -> [UInt8]
    ) async throws -> (answer: [UInt8], isReplayed: Bool) {
        if wish.deed == .delete, wish.collection.name == "site", let site = wish.row {
            guard await node.boxes(at: site).isEmpty, site != node.site else {
                throw DeskRefusal(
                    .conflict, "A site with a box of its own is not deleted. It may be renamed.")
            }
        }
        let turn = RecordTurn(
            wish: wish, key: key, request: BLAKE2bHasher().hash(request),
            now: node.environment.wallMilliseconds(), site: node.site,
            schema: node.replica.schema, rules: packs.rules, encode: encode)
        let reply = try await node.turn { reader, ids throws(StorageError) in
            try turn.perform(reader, &ids)
        }
        return (reply.bytes, reply.isReplayed)
    }
}
