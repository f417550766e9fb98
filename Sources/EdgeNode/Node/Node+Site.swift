internal import CRDT
internal import ReplicaStorage
internal import Signing

extension Node {
    /// Writes this box's own site row, once in its life.
    ///
    /// - Parameter phones: as labels say them; an admin writes them later otherwise.
    public func introduceSite(phones: String? = nil) async throws {
        guard let sites = replica.schema.collection(named: "site"),
            try row(site, of: sites) == nil
        else { return }
        let site = site
        let gone = try read { reader throws(StorageError) in try reader.deleted(sites, site) }
        if let gone { return try await bringBack(gone, sites) }
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

    /// Another box may have deleted it. What it held is there still, under a later write.
    private func bringBack(_ site: Row, _ sites: RowCollection) async throws {
        guard let name = sites.field(named: "name") else { return }
        var held = facts.name
        if case .text(let text)? = site.siblings(of: name.id).last?.value { held = text }
        do throws(StorageError) {
            _ = try await replica.commit([
                RowOperation(
                    collection: sites.id, row: site.id, kind: .update,
                    cells: [CellOperation(field: name.id, action: .assign(.text(held)))])
            ])
        } catch {
            throw NodeFault(error)
        }
    }

    /// Devices of a site that the roster admits.
    func boxes(at site: RowID) async -> [DeviceID] {
        await replica.roster?.current.devices(at: site) ?? []
    }
}
