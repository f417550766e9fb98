import CRDT
import ReplicaStorage

/// A box that local changes can be drawn for.
protocol EditedBox {
    var number: UInt64 { get }
    var schema: Schema { get }
    var store: ReplicaStore { get }
    func drawID() -> RowID
}

extension Box: EditedBox {}

/// Draws local changes of every kind for one box, by a seed.
struct RandomEdits {
    var dice: CrashDice
    /// Rows every box may know of, by collection; in order of birth.
    var known: [UInt32: [RowID]] = [:]
    /// No row is born beyond these.
    var rowsMax = Int.max
    /// One change in so many deletes its row.
    var deletesOneIn: UInt64 = 8
    /// The box whose site owns a row.
    private var homes: [RowID: UInt64] = [:]

    init(seed: UInt64) { dice = CrashDice(state: seed) }

    /// One to four changes to different rows; never empty.
    mutating func draw(_ box: some EditedBox) throws -> [RowOperation] {
        var changes: [RowOperation] = []
        var touched: Set<RowID> = []
        for _ in 0...dice.roll(4) {
            guard let change = try change(box), touched.insert(change.row).inserted else {
                continue
            }
            changes.append(change)
        }
        return changes.isEmpty ? [birth(ToyPack.guest, box)] : changes
    }

    /// One change to one row; draws until there is one.
    mutating func drawOne(_ box: some EditedBox) throws -> RowOperation {
        while true {
            if let change = try change(box) { return change }
        }
    }

    private mutating func change(_ box: some EditedBox) throws -> RowOperation? {
        let collections = box.schema.collections.map(\.id)
        let collection = collections[Int(dice.roll(UInt64(collections.count)))]
        let rows = known[collection] ?? []
        if known.values.reduce(0, { $0 + $1.count }) < rowsMax {
            if rows.count < 2 || dice.roll(4) == 0 { return birth(collection, box) }
            if collection == ToyPack.entry { return birth(collection, box) }
        }
        if collection == ToyPack.entry || rows.isEmpty { return nil }
        let row = rows[Int(dice.roll(UInt64(rows.count)))]
        guard try box.store.holds(collection, row, box.schema) else { return nil }
        if dice.roll(deletesOneIn) == 0 {
            return RowOperation(collection: collection, row: row, kind: .delete, cells: [])
        }
        let cells = try cells(collection, box, isBirth: false, row)
        return cells.isEmpty
            ? nil : RowOperation(collection: collection, row: row, kind: .update, cells: cells)
    }

    mutating func birth(_ collection: UInt32, _ box: some EditedBox) -> RowOperation {
        let row = box.drawID()
        homes[row] = box.number
        let cells = (try? cells(collection, box, isBirth: true, row)) ?? []
        known[collection, default: []].append(row)
        return RowOperation(collection: collection, row: row, kind: .insert, cells: cells)
    }

    private mutating func cells(
        _ collection: UInt32, _ box: some EditedBox, isBirth: Bool, _ row: RowID
    ) throws -> [CellOperation] {
        var cells: [CellOperation] = []
        for field in box.schema.collection(collection)?.fields ?? [] {
            if collection == ToyPack.stay, field.id <= 2 {
                guard isBirth else { continue }
                let value =
                    field.id == 1
                    ? ToyRights.site(DeviceID(UInt128(box.number)))
                    : known[ToyPack.guest]?.first ?? row
                cells.append(CellOperation(field: field.id, action: .assign(.reference(value))))
                continue
            }
            guard dice.roll(isBirth ? 2 : 3) == 0, isBirth || field.merge != .createOnly,
                field.merge != .owned || homes[row] == box.number
            else { continue }
            cells.append(CellOperation(field: field.id, action: action(field)))
        }
        return cells
    }

    private mutating func action(_ field: Field) -> CellOperation.Action {
        switch field.merge {
        case .counter: .increment(Int64(dice.roll(20)) - 10)
        case .addWinsSet: dice.roll(3) == 0 ? .remove(value(field)) : .add(value(field))
        case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .minimum, .maximum, .rank,
            .removeWinsSet, .orderedList, .owned:
            .assign(dice.roll(9) == 0 ? .null : value(field))
        }
    }

    private mutating func value(_ field: Field) -> Value {
        let roll = dice.roll(12)
        return switch field.type {
        case .integer: .integer(Int64(bitPattern: roll == 0 ? .max : roll) &- 3)
        case .real: .real(Double(roll) / 4)
        case .text:
            .text(
                [
                    "", "open", "in", "out", "é", "e\u{301}", "a\u{0}b", "\"\\\n", "%_", "🐕", "x",
                    "odd",
                ][Int(roll)])
        case .blob: .blob([UInt8](repeating: UInt8(roll), count: Int(roll)))
        case .reference: .reference(known[ToyPack.guest]?.last ?? RowID(9))
        }
    }
}

extension ReplicaStore {
    /// Whether a row is there to be changed.
    func holds(_ collection: UInt32, _ row: RowID, _ schema: Schema) throws(StorageError) -> Bool {
        guard let collection = schema.collection(collection) else { return false }
        return try reader.record(collection, row) != nil
    }
}
