public import CRDT
internal import ReplicaStorage

/// What the demo's business asks of its guests.
public enum SampleRules {
    /// Dogs need rabies for their whole stay; bordetella is only asked for.
    public static func make(at node: Node) async throws {
        let rows = SampleRows(schema: node.replica.schema, site: node.site)
        let ids = await node.replica.drawRowIDs(2)
        let rules = [("rabies", "block"), ("bordetella", "warn")]
        let changes = try zip(ids, rules).map { id, rule in
            try rows.insert(
                "vaccine_rule", id,
                [
                    "species": .text("dog"), "vaccine": .text(rule.0), "grace_days": .integer(0),
                    "level": .text(rule.1),
                ])
        }
        do throws(StorageError) {
            _ = try await node.replica.commit(changes)
        } catch {
            throw NodeFault(error)
        }
    }
}
