import CRDT
import FrontDesk
import Testing

@testable import EdgeNode

// Guests for tests, written as a desk's transactions.
extension TemporaryNode {
    private func write(_ name: String, _ values: [String: Value]) async throws -> RowID {
        let row = try #require(await node.replica.drawRowIDs(1).first)
        _ = try await node.replica.commit([
            try SampleRows(schema: packs.schema, site: node.site).insert(name, row, values)
        ])
        return row
    }

    func add(_ name: String, _ values: [String: Value]) async throws -> RowID {
        try await write(name, values)
    }

    func animal(_ name: String) async throws -> RowID {
        try await write("animal", ["name": .text(name), "species": .text("dog")])
    }

    func party(_ name: String, phone: String?) async throws -> RowID {
        let party = try await write("party", ["kind": .text("person"), "display": .text(name)])
        if let phone {
            _ = try await write(
                "party_contact",
                ["party": .reference(party), "kind": .text("mobile"), "value": .text(phone)])
        }
        return party
    }

    /// Number N-0007, confirmed.
    ///
    /// - Parameter days: counted from today.
    func booking(
        of animal: RowID, owner: String, days: ClosedRange<Int>
    ) async throws -> RowID {
        let today = try #require(desk.today)
        let booking = try await write(
            "booking",
            [
                "number": .text("N-0007"),
                "party": .reference(try await party(owner, phone: "+1 555 0100")),
                "kind": .text("boarding"),
                "from_date": .text(today.adding(days: days.lowerBound).isoText),
                "to_date": .text(today.adding(days: days.upperBound).isoText),
                "status": .text("confirmed"),
            ])
        try await item(of: booking, for: animal, "confirmed")
        return booking
    }

    /// One more line of a booking.
    func item(of booking: RowID, for animal: RowID, _ status: String) async throws {
        let rows = SampleRows(schema: packs.schema, site: node.site)
        let item = try #require(await node.replica.drawRowIDs(1).first)
        var insert = try rows.insert(
            "booking_item", item, ["booking": .reference(booking), "status": .text(status)])
        insert.cells.append(try rows.add("booking_item", "animals", .reference(animal)))
        insert.cells.sort { $0.field < $1.field }
        _ = try await node.replica.commit([insert])
    }

    func delete(_ name: String, _ row: RowID) async throws {
        _ = try await node.replica.commit([
            RowOperation(
                collection: try collection(name).id, row: row, kind: .delete, cells: [])
        ])
    }
}
