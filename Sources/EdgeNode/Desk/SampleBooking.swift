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

    /// Who comes, and where the animal goes.
    public struct Guest: Sendable {
        let given: String
        let family: String
        let phone: String
        let run: String

        public static let nadia = Guest(
            given: "Nadia", family: "Haddad", phone: "+961 3 000 000", run: "A03R")
        public static let jonas = Guest(
            given: "Jonas", family: "Weber", phone: "+49 30 000000", run: "B11L")
    }

    /// Writes them in one transaction at a node.
    ///
    /// - Parameter number: counts from 1; each number takes another animal.
    /// - Throws: `NodeFault` if not so many animals with a name and a breed are here.
    public static func make(
        at node: Node, arrival: String, departure: String, for guest: Guest = .nadia,
        number: Int = 1
    ) async throws -> SampleBooking {
        let animal = try animal(number, at: node)
        let ids = await node.replica.drawRowIDs(6)
        let changes = try rows(
            ids, of: animal.id, at: node, arrival...departure, guest, number: "N-000\(number)")
        do throws(StorageError) {
            _ = try await node.replica.commit(changes)
        } catch {
            throw NodeFault(error)
        }
        return SampleBooking(
            animal: animal.id, animalName: animal.name, booking: ids[3], party: ids[0],
            resource: ids[2], code: ScanPayload(.animal, animal.id).text)
    }

    private static func rows(
        _ ids: [RowID], of animal: RowID, at node: Node, _ dates: ClosedRange<String>,
        _ guest: Guest, number: String
    ) throws -> [RowOperation] {
        let rows = SampleRows(schema: node.replica.schema, site: node.site)
        var item = try rows.insert(
            "booking_item", ids[4],
            [
                "booking": .reference(ids[3]), "service_name": .text("Boarding"),
                "quantity": .integer(1), "status": .text("confirmed"),
            ])
        item.cells.append(try rows.add("booking_item", "animals", .reference(animal)))
        item.cells.sort { $0.field < $1.field }
        return [
            try rows.insert(
                "party", ids[0],
                [
                    "kind": .text("person"), "given": .text(guest.given),
                    "family": .text(guest.family),
                    "display": .text("\(guest.given) \(guest.family)"),
                    "status": .text("active"),
                ]),
            try rows.insert(
                "party_contact", ids[1],
                [
                    "party": .reference(ids[0]), "kind": .text("mobile"),
                    "value": .text(guest.phone),
                ]),
            try rows.insert(
                "resource", ids[2],
                [
                    "kind": .text("run"), "home_site": .reference(node.site),
                    "code": .text(guest.run), "active": .integer(1), "max_animals": .integer(2),
                ]),
            try rows.insert(
                "booking", ids[3],
                [
                    "number": .text(number), "party": .reference(ids[0]),
                    "kind": .text("boarding"), "home_site": .reference(node.site),
                    "from_date": .text(dates.lowerBound), "to_date": .text(dates.upperBound),
                    "status": .text("confirmed"), "source": .text("desk"),
                ]),
            item,
            try rows.insert(
                "resource_claim", ids[5],
                [
                    "resource": .reference(ids[2]), "booking_item": .reference(ids[4]),
                    "site": .reference(node.site), "from_date": .text(dates.lowerBound),
                    "to_date": .text(dates.upperBound), "state": .text("confirmed"),
                    "fence": .integer(1),
                ]),
        ]
    }

    /// One of those with a name and a breed, so that the tag has something to say.
    private static func animal(_ number: Int, at node: Node) throws -> (id: RowID, name: String) {
        guard let animals = node.replica.schema.collection(named: "animal") else {
            throw NodeFault(.stopped, "the packs know no animals")
        }
        var left = number
        for row in try node.page(of: animals, limit: 1_000).rows {
            let named = NamedRow(row, animals)
            if let name = named.text("name"), name.count > 4, named.text("breed") != nil {
                left -= 1
                if left == 0 { return (row.id, name) }
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
