import CRDT
import Testing

@testable import ReplicaStorage

/// A row's clock blob from a damaged disk is refused or read; it never ends the process.
struct PackedClockTests {
    private static func clock(_ number: UInt64) -> CellClock {
        CellClock(
            stamp: Stamp(milliseconds: Int64(number)),
            dot: Dot(writer: Int(number % 3), sequence: number, chain: number &* 77))
    }

    private static let row = Row(
        collection: 1, id: RowID(5), created: clock(1), deleted: clock(2),
        cells: [
            Cell(field: 1, state: .value(.text("a name"), clock(3))),
            Cell(
                field: 2,
                state: .siblings([
                    Sibling(value: .integer(1), clock: clock(4)),
                    Sibling(value: .null, clock: clock(5)),
                ])),
            Cell(field: 3, state: .counter(-4, clock(6))),
            Cell(
                field: 4,
                state: .set(
                    [SetElement(value: .text("x"), adds: [clock(7).dot, clock(8).dot])], clock(9))),
        ])

    private func use(_ row: Row) {
        for merge in MergeCode.allCases {
            for field in 0..<6 as Range<UInt32> {
                let described = Field(id: field, name: "f", type: .text, merge: merge)
                _ = row.value(of: described)
                _ = row.siblings(of: field)
                _ = row.elements(of: field)
            }
        }
        _ = (row.touched, row.isLive(in: nil))
        var changed = row
        let event = Event(clock: Self.clock(10), context: Context(heads: [9, 9]))
        for collection in ToyPack.first.collections {
            let cells: [CellOperation] = collection.fields.map { field in
                switch field.merge {
                case .counter: CellOperation(field: field.id, action: .increment(.max))
                case .addWinsSet: CellOperation(field: field.id, action: .add(.text("y")))
                default: CellOperation(field: field.id, action: .assign(.text("z")))
                }
            }
            let operation = RowOperation(
                collection: collection.id, row: row.id, kind: .insert, cells: cells)
            _ = changed.stamping(operation, base: Self.clock(11).stamp)
            _ = changed.apply(operation, event, collection)
            _ = changed.settled(in: collection)
        }
    }

    @Test func `no damage to a clock blob traps`() throws {
        let whole = PackedClock.encode(Self.row, hasColumn: { _ in false })
        let copy = try PackedClock.decode(whole, collection: 1, id: RowID(5), columns: [])
        #expect(copy == Self.row)
        var dice = CrashDice(state: 9)
        var refused = 0
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0...dice.roll(3) {
                bytes[Int(dice.roll(UInt64(bytes.count)))] = UInt8(
                    truncatingIfNeeded: dice.roll(256))
            }
            if dice.roll(4) == 0 { bytes.removeLast(Int(dice.roll(UInt64(bytes.count)))) }
            do throws(StorageError) {
                use(try PackedClock.decode(bytes, collection: 1, id: RowID(5), columns: []))
            } catch {
                #expect(error.code == .corrupt)
                refused += 1
            }
        }
        #expect(refused > 1_000 && refused < 20_000)
    }
}
