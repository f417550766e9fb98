import CRDT
import Testing

@Suite struct `Merge laws` {
    static let walls: [[WallClock]] = [
        [.honest, .honest, .honest], [.year2099, .epoch1970, .honest],
        [.coarse, .coarse, .coarse], [.jumping, .jumping, .jumping],
    ]
    static let values: [UInt32] = [
        FleetSchema.last, FleetSchema.listed, FleetSchema.multi, FleetSchema.minimum,
        FleetSchema.maximum,
    ]

    @Test(arguments: walls, values)
    func `a write by someone who has seen a value wins over it whatever the clocks`(
        walls: [WallClock], field: UInt32
    ) {
        var scene = RowScene(walls: walls)
        scene.assign(0, field, .integer(9))
        scene.share()
        scene.assign(1, field, .integer(5))
        scene.share()
        scene.assign(2, field, .integer(7))
        scene.share()
        #expect(scene.outcomes(field) == [.integer(7)])
    }

    @Test func `a far-future clock costs only the cells it wrote`() {
        var scene = RowScene(walls: [.honest, .year2099, .honest])
        scene.assign(1, FleetSchema.last, .integer(1))
        scene.share()
        scene.write(
            2, .update,
            [
                CellOperation(field: FleetSchema.last, action: .assign(.integer(2))),
                CellOperation(field: FleetSchema.multi, action: .assign(.integer(3))),
            ])
        let transaction = scene.fleet.logs[2][0].transaction
        let bumps = transaction.rows[0].cells.map { $0.stamp?.milliseconds ?? 0 }
        #expect(bumps[0] > 4_000_000_000_000)
        #expect(bumps[1] == 0)
        #expect(transaction.stamp.milliseconds < 2_000_000_000_000)
        scene.share()
        #expect(scene.value(FleetSchema.last) == .integer(2))
    }

    @Test func `a clock of 1970 never hides its own desk's writes`() {
        var scene = RowScene(walls: [.honest, .epoch1970])
        scene.assign(1, FleetSchema.last, .integer(4))
        #expect(scene.value(FleetSchema.last, at: 1) == .integer(4))
        scene.share()
        #expect(scene.value(FleetSchema.last, at: 0) == .integer(4))
    }

    @Test(arguments: walls)
    func `the maximum of concurrent values stands and a write that saw it can lower it`(
        walls: [WallClock]
    ) {
        var scene = RowScene(walls: walls)
        scene.assign(0, FleetSchema.maximum, .integer(5))
        scene.assign(1, FleetSchema.maximum, .integer(3))
        scene.share()
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(5)])
        scene.assign(2, FleetSchema.maximum, .integer(4))
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(4)])
    }

    @Test func `any set bound beats no bound`() {
        var scene = RowScene()
        for field in [FleetSchema.minimum, FleetSchema.maximum] {
            scene.assign(0, field, .null)
            scene.assign(1, field, .integer(3))
        }
        #expect(scene.outcomes(FleetSchema.minimum) == [.integer(3)])
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(3)])
    }

    @Test func `concurrent statuses are ordered by rank and equal ranks by clock`() {
        var scene = RowScene()
        scene.assign(0, FleetSchema.rank, .text("left"))
        scene.assign(1, FleetSchema.rank, .text("arrived"))
        #expect(scene.outcomes(FleetSchema.rank) == [.text("left")])
        scene.assign(2, FleetSchema.rank, .text("cancelled"))
        #expect(scene.outcomes(FleetSchema.rank) == [.text("cancelled")])
    }

    @Test func `a status outside the table ranks below every status in it`() {
        var scene = RowScene()
        scene.assign(0, FleetSchema.rank, .text("booked"))
        scene.assign(1, FleetSchema.rank, .text("unheard-of"))
        #expect(scene.outcomes(FleetSchema.rank) == [.text("booked")])
    }

    @Test func `counters add every delta once and wrap instead of trapping`() {
        var scene = RowScene()
        scene.act(0, FleetSchema.counter, .increment(5))
        scene.act(1, FleetSchema.counter, .increment(-2))
        scene.act(2, FleetSchema.counter, .increment(Int64.max))
        #expect(scene.outcomes(FleetSchema.counter) == [.integer(Int64.max &+ 3)])
    }

    @Test func `an add survives a removal that had not seen it`() {
        var scene = RowScene(cells: [
            CellOperation(field: FleetSchema.set, action: .add(.integer(1)))
        ])
        scene.act(0, FleetSchema.set, .remove(.integer(1)))
        scene.act(1, FleetSchema.set, .add(.integer(1)))
        scene.share()
        #expect(scene.row().elements(of: FleetSchema.set) == [.integer(1)])
        #expect(scene.distinctRows() == 1)
    }

    @Test func `a removal takes only what it had seen`() {
        var scene = RowScene()
        scene.act(0, FleetSchema.set, .add(.integer(1)))
        scene.share(0, to: 1)
        scene.act(2, FleetSchema.set, .add(.integer(2)))
        scene.act(1, FleetSchema.set, .remove(.integer(1)))
        scene.act(1, FleetSchema.set, .remove(.integer(2)))
        scene.share()
        #expect(scene.row().elements(of: FleetSchema.set) == [.integer(2)])
        #expect(scene.distinctRows() == 1)
    }

    @Test func `a create-only field keeps what its row was born with`() {
        var scene = RowScene(cells: [
            CellOperation(field: FleetSchema.origin, action: .assign(.integer(8)))
        ])
        scene.assign(1, FleetSchema.origin, .integer(9))
        #expect(scene.outcomes(FleetSchema.origin) == [.integer(8)])
    }

    @Test func `an owned field takes writes of its row's home site and of no other`() {
        var scene = RowScene(cells: [
            CellOperation(
                field: FleetSchema.home, action: .assign(.reference(FleetSchema.site(1)))),
            CellOperation(field: FleetSchema.owned, action: .assign(.integer(1))),
        ])
        #expect(scene.value(FleetSchema.owned) == .integer(1))
        scene.assign(1, FleetSchema.owned, .integer(2))
        scene.share()
        scene.assign(0, FleetSchema.owned, .integer(3))
        scene.assign(2, FleetSchema.owned, .integer(4))
        #expect(scene.outcomes(FleetSchema.owned) == [.integer(2)])
    }

    @Test func `a second insert of a row by another writer does not break its ownership`() {
        var scene = RowScene(cells: [
            CellOperation(
                field: FleetSchema.home, action: .assign(.reference(FleetSchema.site(0)))),
            CellOperation(field: FleetSchema.owned, action: .assign(.integer(1))),
        ])
        scene.write(
            2, .insert,
            [
                CellOperation(
                    field: FleetSchema.home, action: .assign(.reference(FleetSchema.site(0)))),
                CellOperation(field: FleetSchema.owned, action: .assign(.integer(66))),
            ])
        #expect(scene.outcomes(FleetSchema.owned) == [.integer(1)])
    }

    @Test(arguments: values)
    func `of one transaction's writes to a cell the later operation stands`(field: UInt32) {
        let clock = CellClock(
            stamp: Stamp(milliseconds: 1), dot: Dot(writer: 0, sequence: 1, chain: 1))
        var row = Row(collection: FleetSchema.everything, id: RowScene.row, created: clock)
        for value in [8, 3, 5] as [Int64] {
            let write = RowOperation(
                collection: FleetSchema.everything, row: RowScene.row, kind: .update,
                cells: [CellOperation(field: field, action: .assign(.integer(value)))])
            _ = row.apply(
                write, Event(clock: clock, context: Context()),
                FleetSchema.schema.collection(FleetSchema.everything))
        }
        #expect(row.value(of: FleetSchema.field(field)) == .integer(5))
    }
}
