import CRDT
import Testing

/// A device that was copied draws one row id on both copies.
@Suite struct `Forks` {
    private static let row = RowID(prefix: 0xA0, counter: 1)

    private static func assign(_ field: UInt32, _ value: Value) -> CellOperation {
        CellOperation(field: field, action: .assign(value))
    }

    /// Writer 0 and its copy, history 2, both give birth to one row; the copy later.
    private func twoBirths(
        in collection: UInt32, _ first: [CellOperation], _ second: [CellOperation]
    ) -> TestFleet {
        var fleet = TestFleet(seed: 3, walls: [.honest, .honest], spare: 1)
        fleet.fork(0)
        for (writer, cells) in [(0, first), (2, second)] {
            fleet.now += 1_000
            fleet.write(
                writer,
                [RowOperation(collection: collection, row: Self.row, kind: .insert, cells: cells)])
        }
        return fleet
    }

    private func update(_ fleet: inout TestFleet, _ writer: Int, _ cell: CellOperation) {
        fleet.now += 1_000
        fleet.write(
            writer,
            [
                RowOperation(
                    collection: FleetSchema.everything, row: Self.row, kind: .update,
                    cells: [cell])
            ])
    }

    private func rows(_ fleet: TestFleet) -> Set<RowPicture> {
        var found: Set<RowPicture> = []
        fleet.inEveryOrder(1) { replica in
            if let row = replica.picture[Self.row] { found.insert(row) }
        }
        return found
    }

    private func values(_ fleet: TestFleet, _ field: UInt32) -> Set<Value> {
        var found: Set<Value> = []
        fleet.inEveryOrder(0) { replica in
            found.insert(replica.rows[Self.row]?.value(of: FleetSchema.field(field)) ?? .null)
        }
        return found
    }

    @Test func `the earliest birth gives the create-only fields and the latest write the others`() {
        let fleet = twoBirths(
            in: FleetSchema.everything,
            [
                Self.assign(FleetSchema.origin, .integer(1)),
                Self.assign(FleetSchema.last, .integer(1)),
            ],
            [
                Self.assign(FleetSchema.origin, .integer(2)),
                Self.assign(FleetSchema.last, .integer(2)),
            ])
        #expect(rows(fleet).count == 1)
        #expect(values(fleet, FleetSchema.origin) == [.integer(1)])
        #expect(values(fleet, FleetSchema.last) == [.integer(2)])
    }

    @Test func `an append-only row is one of its births whole`() {
        let fleet = twoBirths(
            in: FleetSchema.appendOnly,
            [Self.assign(FleetSchema.last, .integer(1))],
            [
                Self.assign(FleetSchema.last, .integer(2)),
                Self.assign(FleetSchema.multi, .integer(2)),
            ])
        #expect(rows(fleet).count == 1)
        #expect(values(fleet, FleetSchema.last) == [.integer(1)])
        #expect(values(fleet, FleetSchema.multi) == [.null])
    }

    @Test func `births of one home keep their owner and its writes`() {
        let home = Self.assign(FleetSchema.home, .reference(FleetSchema.site(0)))
        var fleet = twoBirths(
            in: FleetSchema.everything, [home, Self.assign(FleetSchema.owned, .integer(1))],
            [home, Self.assign(FleetSchema.owned, .integer(2))])
        #expect(values(fleet, FleetSchema.owned) == [.integer(1)])
        update(&fleet, 2, Self.assign(FleetSchema.owned, .integer(3)))
        #expect(values(fleet, FleetSchema.owned) == [.integer(3)])
        #expect(rows(fleet).count == 1)
    }

    @Test func `births that name different homes leave a row that nobody owns`() {
        var fleet = twoBirths(
            in: FleetSchema.everything,
            [
                Self.assign(FleetSchema.home, .reference(FleetSchema.site(0))),
                Self.assign(FleetSchema.owned, .integer(1)),
            ],
            [
                Self.assign(FleetSchema.home, .reference(FleetSchema.site(1))),
                Self.assign(FleetSchema.owned, .integer(2)),
            ])
        update(&fleet, 0, Self.assign(FleetSchema.owned, .integer(3)))
        #expect(rows(fleet).count == 1)
        #expect(values(fleet, FleetSchema.owned) == [.null])
        #expect(values(fleet, FleetSchema.home) == [.reference(FleetSchema.site(0))])
    }

    @Test func `a birth without a home disagrees with one that names a home`() {
        let fleet = twoBirths(
            in: FleetSchema.everything, [Self.assign(FleetSchema.owned, .integer(1))],
            [Self.assign(FleetSchema.home, .reference(FleetSchema.site(0)))])
        #expect(rows(fleet).count == 1)
        #expect(values(fleet, FleetSchema.owned) == [.null])
    }

    @Test func `increments of both branches count and those before the fork count once`() {
        var fleet = TestFleet(seed: 4, walls: [.honest, .honest], spare: 1)
        fleet.write(
            0,
            [
                RowOperation(
                    collection: FleetSchema.everything, row: Self.row, kind: .insert,
                    cells: [CellOperation(field: FleetSchema.counter, action: .increment(100))])
            ])
        fleet.fork(0)
        for writer in [0, 2] {
            update(
                &fleet, writer, CellOperation(field: FleetSchema.counter, action: .increment(1)))
        }
        #expect(values(fleet, FleetSchema.counter) == [.integer(102)])
        #expect(rows(fleet).count == 1)
    }
}
