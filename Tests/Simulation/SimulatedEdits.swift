import CRDT
import ReplicaStorage

/// One person's edit, drawn by seed: on few rows, with every merge code.
struct SimulatedEdit: Sendable {
    /// The ledger row that proves the edit: if it is there, so is everything else of its deed.
    let proof: RowID
    let delta: Int64
    let fresh: RowID
    let seed: UInt64
    let home: RowID

    /// Hot rows at most; the fewer, the more edits meet.
    static let hotRows = 8

    /// Reads, decides and writes in one turn of the replica.
    func changes(_ reader: Reader) throws(StorageError) -> [RowOperation] {
        var dice = Dice(seed: seed)
        let schema = SimulatedPack.schema
        guard let animals = schema.collection(SimulatedPack.animal),
            let parties = schema.collection(SimulatedPack.party)
        else { return [] }
        let rows = try reader.records(animals, limit: Self.hotRows)
        var changes: [RowOperation] = []
        let animal: RowID
        if rows.count < Self.hotRows, dice.chance(rows.isEmpty ? 1_000 : 60) {
            animal = fresh
            changes.append(insert(&dice))
        } else {
            let row = dice.pick(rows)
            animal = row.id
            let isHome = row.values[9] == .reference(home)
            changes.append(
                contentsOf: try edit(animal, isHome: isHome, parties, reader, &dice))
        }
        changes.append(
            RowOperation(
                collection: SimulatedPack.ledger, row: proof, kind: .insert,
                cells: [
                    CellOperation(field: 1, action: .assign(.reference(animal))),
                    CellOperation(field: 2, action: .assign(.integer(delta))),
                ]))
        return changes
    }

    private func insert(_ dice: inout Dice) -> RowOperation {
        RowOperation(
            collection: SimulatedPack.animal, row: fresh, kind: .insert,
            cells: [
                CellOperation(field: 1, action: .assign(.text("A\(dice.below(1_000))"))),
                CellOperation(field: 2, action: .assign(.text(word(&dice)))),
                CellOperation(field: 5, action: .assign(.integer(Int64(dice.below(9))))),
                CellOperation(field: 7, action: .assign(.text("requested"))),
                CellOperation(field: 8, action: .increment(delta)),
                CellOperation(field: 10, action: .assign(.reference(home))),
                CellOperation(field: 11, action: .assign(.text("run\(dice.below(5))"))),
            ])
    }

    private func edit(
        _ animal: RowID, isHome: Bool, _ parties: RowCollection, _ reader: Reader,
        _ dice: inout Dice
    ) throws(StorageError) -> [RowOperation] {
        if dice.chance(25) {
            return [
                RowOperation(
                    collection: SimulatedPack.animal, row: animal, kind: .delete, cells: []),
                // The deed's counter half goes with a revival: a delete never loses a count.
                RowOperation(
                    collection: SimulatedPack.animal, row: animal, kind: .update,
                    cells: [CellOperation(field: 8, action: .increment(delta))]),
            ]
        }
        var cells = [CellOperation(field: 8, action: .increment(delta))]
        for _ in 0...dice.below(2) {
            let cell = cell(isHome: isHome, &dice)
            if !cells.contains(where: { $0.field == cell.field }) { cells.append(cell) }
        }
        var changes = [
            RowOperation(
                collection: SimulatedPack.animal, row: animal, kind: .update, cells: cells)
        ]
        if dice.chance(150) { changes.append(try person(parties, reader, &dice)) }
        return changes
    }

    private func cell(isHome: Bool, _ dice: inout Dice) -> CellOperation {
        switch dice.below(isHome ? 9 : 8) {
        case 0: CellOperation(field: 2, action: .assign(.text(word(&dice))))
        case 1: CellOperation(field: 3, action: .assign(.text(word(&dice))))
        case 2: CellOperation(field: 4, action: .assign(.text(word(&dice))))
        case 3: CellOperation(field: 5, action: .assign(.integer(Int64(dice.below(9)))))
        case 4: CellOperation(field: 6, action: .assign(.integer(Int64(dice.below(99)))))
        case 5:
            CellOperation(
                field: 7,
                action: .assign(.text(dice.pick(["requested", "confirmed", "in", "out"]))))
        case 6: CellOperation(field: 9, action: .add(.text(tag(&dice))))
        case 7: CellOperation(field: 9, action: .remove(.text(tag(&dice))))
        default: CellOperation(field: 11, action: .assign(.text("run\(dice.below(5))")))
        }
    }

    private func person(
        _ parties: RowCollection, _ reader: Reader, _ dice: inout Dice
    ) throws(StorageError) -> RowOperation {
        let known = try reader.records(parties, limit: 2)
        let cells = [
            CellOperation(field: 1, action: .assign(.text("Alvarez-\(dice.below(99))"))),
            CellOperation(field: 2, action: .assign(.integer(Int64(dice.below(4))))),
        ]
        return known.count < 2
            ? RowOperation(
                collection: SimulatedPack.party, row: fresh, kind: .insert, cells: cells)
            : RowOperation(
                collection: SimulatedPack.party, row: dice.pick(known).id, kind: .update,
                cells: cells)
    }

    private func word(_ dice: inout Dice) -> String {
        dice.pick(["Biscuit", "Waffle", "Müsli", "^XA", "سمكة", "🐕", "", "O'Neill"])
            + "\(dice.below(50))"
    }

    private func tag(_ dice: inout Dice) -> String {
        dice.pick(["bites", "vip", "senior", "escape"])
    }
}
