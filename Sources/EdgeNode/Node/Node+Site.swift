internal import CRDT
internal import ReplicaStorage

extension Node {
    /// Writes this box's own site row, once in its life.
    ///
    /// - Parameter phones: as labels say them; an admin writes them later otherwise.
    public func introduceSite(phones: String? = nil) async throws {
        guard let sites = replica.schema.collection(named: "site"),
            try row(site, of: sites) == nil
        else { return }
        let code = String(facts.name.uppercased().filter(\.isLetter).prefix(3))
        let insert = sites.insert(
            site,
            [
                "code": .text(code), "name": .text(facts.name), "origin_site": .reference(site),
                "home_site": .reference(site), "phones": phones.map { .text($0) } ?? .null,
            ])
        do throws(StorageError) {
            _ = try await replica.commit([insert])
        } catch {
            throw NodeFault(error)
        }
    }
}
