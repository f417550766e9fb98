import CRDT
import Testing

@Suite struct `Row life` {
    @Test func `a later write revives a deleted row whole`() {
        var scene = RowScene(cells: [
            CellOperation(field: FleetSchema.last, action: .assign(.integer(1))),
            CellOperation(field: FleetSchema.counter, action: .increment(7)),
        ])
        scene.delete(0)
        scene.share()
        #expect(!scene.isLive(at: 1))
        scene.assign(1, FleetSchema.multi, .integer(2))
        scene.share()
        #expect(scene.isLive(at: 2))
        #expect(scene.value(FleetSchema.last, at: 2) == .integer(1))
        #expect(scene.value(FleetSchema.counter, at: 2) == .integer(7))
        #expect(scene.distinctRows() == 1)
    }

    @Test func `an edit that has seen the row revives it also under a clock of 1970`() {
        var scene = RowScene(walls: [.year2099, .epoch1970])
        scene.delete(0)
        scene.share()
        scene.assign(1, FleetSchema.last, .integer(2))
        scene.share()
        #expect(scene.isLive())
    }

    @Test func `a delete that has seen every write ends the row also under a clock of 1970`() {
        var scene = RowScene(walls: [.year2099, .epoch1970])
        scene.assign(0, FleetSchema.last, .integer(2))
        scene.share()
        scene.delete(1)
        scene.share()
        #expect(!scene.isLive())
        #expect(scene.distinctRows() == 1)
    }

    @Test(arguments: [
        FleetSchema.last, FleetSchema.multi, FleetSchema.maximum, FleetSchema.strangeValue,
    ])
    func `of a concurrent delete and write the later stamp decides for every replica`(
        field: UInt32
    ) {
        var scene = RowScene()
        scene.delete(0)
        scene.assign(1, field, .integer(2))
        scene.share()
        #expect(scene.isLive(at: 2))
        #expect(scene.distinctRows() == 1)
        scene.delete(1)
        scene.share()
        #expect(!scene.isLive(at: 2))
    }

    @Test func `a final delete ends the row whatever comes after`() {
        var scene = RowScene(in: FleetSchema.finalDelete)
        scene.delete(0)
        scene.assign(1, FleetSchema.last, .integer(2))
        scene.share()
        #expect(!scene.isLive())
        scene.assign(2, FleetSchema.last, .integer(3))
        #expect(!scene.isLive(at: 2))
        #expect(scene.distinctRows() == 1)
    }

    @Test func `a row without its insert is not live and lives once the insert comes`() {
        let chain = Dot(writer: 0, sequence: 1, chain: 9)
        let birth = CellClock(stamp: Stamp(milliseconds: 5), dot: chain)
        let later = CellClock(
            stamp: Stamp(milliseconds: 6), dot: Dot(writer: 0, sequence: 2, chain: 8))
        let collection = FleetSchema.schema.collections[0]
        var row = Row(collection: 1, id: RowScene.row)
        let update = RowOperation(
            collection: 1, row: RowScene.row, kind: .update,
            cells: [CellOperation(field: FleetSchema.last, action: .assign(.integer(1)))])
        _ = row.apply(update, Event(clock: later, context: Context(heads: [1])), collection)
        #expect(!row.isLive(in: collection))
        let insert = RowOperation(
            collection: 1, row: RowScene.row, kind: .insert, cells: [])
        _ = row.apply(insert, Event(clock: birth, context: Context()), collection)
        #expect(row.isLive(in: collection))
        #expect(row.value(of: FleetSchema.field(FleetSchema.last)) == .integer(1))
    }

    @Test func `an absent cell and a null of the row's birth are one state`() {
        let absent = RowScene()
        var born = RowScene()
        born.assign(0, FleetSchema.last, .null)
        #expect(absent.row()[FleetSchema.last] == nil)
        // A later null is a write like any other: it has a clock and must be kept.
        #expect(born.row()[FleetSchema.last] != nil)
        #expect(born.value(FleetSchema.last) == .null)
    }

    @Test func `a null at birth is refused, also in a collection that nobody knows`() {
        for collection in [FleetSchema.everything, FleetSchema.unknown] {
            let birth = RowOperation(
                collection: collection, row: RowScene.row, kind: .insert,
                cells: [CellOperation(field: FleetSchema.last, action: .assign(.null))])
            let transaction = Transaction(stamp: Stamp(milliseconds: 1), rows: [birth])
            #expect(
                throws: Violation.nullAtBirth(collection: collection, field: FleetSchema.last)
            ) { try transaction.validate(FleetSchema.schema) }
        }
    }

    @Test func `a negative zero is refused because no reader accepts its bytes`() {
        let schema = Schema(
            version: 1,
            collections: [
                RowCollection(
                    id: 1, name: "weights",
                    fields: [Field(id: 1, name: "kilograms", type: .real, merge: .lastWriter)])
            ])
        let birth = RowOperation(
            collection: 1, row: RowScene.row, kind: .insert,
            cells: [CellOperation(field: 1, action: .assign(.real(-0.0)))])
        let transaction = Transaction(stamp: Stamp(milliseconds: 1), rows: [birth])
        #expect(throws: Violation.notANumber(collection: 1, field: 1)) {
            try transaction.validate(schema)
        }
        #expect(throws: DecodingError.self) {
            try EncodedTransaction(decoding: transaction.encoded().bytes)
        }
    }

    @Test func `at the top of the stamp range chain hashes decide, alike everywhere`() {
        let top = Stamp(milliseconds: .max)
        #expect(top.bumped > top)
        var highest = HybridLogicalClock(last: Stamp(Stamp.limit - 1) ?? .zero)
        #expect(highest.tick(wallMilliseconds: 0).value == Stamp.limit - 1)
        let collection = FleetSchema.schema.collections[0]
        let clocks = (1...3).map {
            CellClock(
                stamp: highest.last, dot: Dot(writer: $0, sequence: 1, chain: UInt64($0)))
        }
        let rows = [[0, 1, 2], [2, 1, 0], [1, 2, 0]].map { order in
            var row = Row(collection: 1, id: RowScene.row, created: clocks[0])
            for index in order {
                let write = RowOperation(
                    collection: 1, row: RowScene.row, kind: .update,
                    cells: [
                        CellOperation(
                            field: FleetSchema.last, action: .assign(.integer(Int64(index))))
                    ])
                _ = row.apply(
                    write, Event(clock: clocks[index], context: Context()), collection)
            }
            return row
        }
        #expect(Set(rows).count == 1)
        #expect(rows[0].value(of: FleetSchema.field(FleetSchema.last)) == .integer(2))
    }
}
