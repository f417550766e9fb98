public import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// A customer, a run and a booking for one of the animals here: what a demo needs before somebody
/// can stand at the door.
public struct SampleBooking: Sendable {
    public let animal: RowID
    public let animalName: String
    public let booking: RowID
    public let party: RowID
    public let resource: RowID
    /// What the collar tag's code will say.
    public let code: String

    /// Writes them in one transaction at a node.
    ///
    /// - Throws: `NodeFault` if no animal with a name is here.
    public static func make(at node: Node, arrival: String, departure: String) async throws
        -> SampleBooking
    {
        let animal = try animal(at: node)
        let ids = await node.replica.drawRowIDs(6)
        let rows = SampleRows(schema: node.replica.schema, site: node.site)
        var item = try rows.insert(
            "booking_item", ids[4],
            [
                "booking": .reference(ids[3]), "service_name": .text("Boarding"),
                "quantity": .integer(1), "status": .text("confirmed"),
            ])
        item.cells.append(try rows.add("booking_item", "animals", .reference(animal.id)))
        item.cells.sort { $0.field < $1.field }
        let changes = [
            try rows.insert(
                "party", ids[0],
                [
                    "kind": .text("person"), "given": .text("Nadia"), "family": .text("Haddad"),
                    "display": .text("Nadia Haddad"), "status": .text("active"),
                ]),
            try rows.insert(
                "party_contact", ids[1],
                [
                    "party": .reference(ids[0]), "kind": .text("mobile"),
                    "value": .text("+961 3 000 000"),
                ]),
            try rows.insert(
                "resource", ids[2],
                [
                    "kind": .text("run"), "home_site": .reference(node.site),
                    "code": .text("A03R"), "active": .integer(1), "max_animals": .integer(2),
                ]),
            try rows.insert(
                "booking", ids[3],
                [
                    "number": .text("N-0001"), "party": .reference(ids[0]),
                    "kind": .text("boarding"), "home_site": .reference(node.site),
                    "from_date": .text(arrival), "to_date": .text(departure),
                    "status": .text("confirmed"), "source": .text("desk"),
                ]),
            item,
            try rows.insert(
                "resource_claim", ids[5],
                [
                    "resource": .reference(ids[2]), "booking_item": .reference(ids[4]),
                    "site": .reference(node.site), "from_date": .text(arrival),
                    "to_date": .text(departure), "state": .text("confirmed"),
                    "fence": .integer(1),
                ]),
        ]
        do throws(StorageError) {
            _ = try await node.replica.commit(changes)
        } catch {
            throw NodeFault(error)
        }
        return SampleBooking(
            animal: animal.id, animalName: animal.name, booking: ids[3], party: ids[0],
            resource: ids[2], code: ScanPayload(.animal, animal.id).text)
    }

    /// The first with a name and a breed, so that the tag has something to say.
    private static func animal(at node: Node) throws -> (id: RowID, name: String) {
        guard let animals = node.replica.schema.collection(named: "animal") else {
            throw NodeFault(.stopped, "the packs know no animals")
        }
        for row in try node.page(of: animals, limit: 1_000).rows {
            let named = NamedRow(row, animals)
            if let name = named.text("name"), name.count > 4, named.text("breed") != nil {
                return (row.id, name)
            }
        }
        throw NodeFault(.refused, "there is no animal here; import some first")
    }
}

/// Rows by collection and field names.
struct SampleRows {
    let schema: Schema
    let site: RowID

    func insert(
        _ name: String, _ row: RowID, _ values: [String: Value]
    ) throws -> RowOperation {
        let collection = try collection(name)
        var values = values
        for name in ["origin_site", "home_site"] where collection.field(named: name) != nil {
            values[name] = .reference(site)
        }
        return collection.insert(row, values)
    }

    func add(_ name: String, _ field: String, _ value: Value) throws -> CellOperation {
        guard let field = try collection(name).field(named: field) else {
            throw NodeFault(.stopped, "\(name) has no field \(field)")
        }
        return CellOperation(field: field.id, action: .add(value))
    }

    private func collection(_ name: String) throws -> RowCollection {
        guard let collection = schema.collection(named: name) else {
            throw NodeFault(.stopped, "the packs have no \(name)")
        }
        return collection
    }
}

extension Node {
    /// Writes this box's own site row, once in its life.
    public func introduceSite() async throws {
        let rows = SampleRows(schema: replica.schema, site: site)
        guard let sites = replica.schema.collection(named: "site"),
            try row(site, of: sites) == nil
        else { return }
        let code = String(facts.name.uppercased().filter(\.isLetter).prefix(3))
        let insert = try rows.insert(
            "site", site, ["code": .text(code), "name": .text(facts.name)])
        do throws(StorageError) {
            _ = try await replica.commit([insert])
        } catch {
            throw NodeFault(error)
        }
    }
}
