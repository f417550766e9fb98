internal import CRDT
internal import ReplicaStorage

/// What the demo's business asks of its guests.
public enum SampleRules {
    /// Dogs need rabies for their whole stay.
    public static func make(at node: Node) async throws {
        let rows = SampleRows(schema: node.replica.schema, site: node.site)
        let ids = await node.replica.drawRowIDs(1)
        let rule = try rows.insert(
            "vaccine_rule", ids[0],
            [
                "species": .text("dog"), "vaccine": .text("rabies"), "grace_days": .integer(0),
                "level": .text("block"),
            ])
        do throws(StorageError) {
            _ = try await node.replica.commit([rule])
        } catch {
            throw NodeFault(error)
        }
    }
}
