internal import CRDT
internal import ReplicaStorage

extension Node {
    /// Writes this box's own site row, once in its life.
    public func introduceSite() async throws {
        guard let sites = replica.schema.collection(named: "site"),
            try row(site, of: sites) == nil
        else { return }
        let code = String(facts.name.uppercased().filter(\.isLetter).prefix(3))
        let insert = sites.insert(
            site,
            [
                "code": .text(code), "name": .text(facts.name), "origin_site": .reference(site),
                "home_site": .reference(site),
            ])
        do throws(StorageError) {
            _ = try await replica.commit([insert])
        } catch {
            throw NodeFault(error)
        }
    }
}
