import CRDT
import ReplicaStorage

/// Draws local changes of every kind for one box, by a seed.
struct RandomEdits {
    var dice: CrashDice
    /// Rows every box may know of, by collection; in order of birth.
    var known: [UInt32: [RowID]] = [:]

    init(seed: UInt64) { dice = CrashDice(state: seed) }

    /// One to four changes to different rows; never empty.
    mutating func draw(_ box: Box) throws -> [RowOperation] {
        var changes: [RowOperation] = []
        var touched: Set<RowID> = []
        for _ in 0...dice.roll(4) {
            guard let change = try change(box), touched.insert(change.row).inserted else {
                continue
            }
            changes.append(change)
        }
        return changes.isEmpty ? [insert(ToyPack.guest, box)] : changes
    }

    private mutating func change(_ box: Box) throws -> RowOperation? {
        let collections = box.schema.collections.map(\.id)
        let collection = collections[Int(dice.roll(UInt64(collections.count)))]
        let rows = known[collection] ?? []
        if rows.count < 2 || dice.roll(4) == 0 { return insert(collection, box) }
        if collection == ToyPack.entry { return insert(collection, box) }
        let row = rows[Int(dice.roll(UInt64(rows.count)))]
        guard try box.store.holds(collection, row, box.schema) else { return nil }
        if dice.roll(8) == 0 {
            return RowOperation(collection: collection, row: row, kind: .delete, cells: [])
        }
        let cells = try cells(collection, box, isBirth: false, row)
        return cells.isEmpty
            ? nil : RowOperation(collection: collection, row: row, kind: .update, cells: cells)
    }

    private mutating func insert(_ collection: UInt32, _ box: Box) -> RowOperation {
        let row = box.drawID()
        let cells = (try? cells(collection, box, isBirth: true, row)) ?? []
        known[collection, default: []].append(row)
        return RowOperation(collection: collection, row: row, kind: .insert, cells: cells)
    }

    private mutating func cells(
        _ collection: UInt32, _ box: Box, isBirth: Bool, _ row: RowID
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
                isBirth || field.merge != .owned
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
