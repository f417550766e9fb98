internal import CRDT

/// One collection's table: loads rows with their clocks, writes what changed.
final class RowTable {
    let collection: RowCollection
    private let connection: Connection
    /// Fields by ascending id, as `Row.cells` stands; with each its column's position.
    private let order: [(field: Field, slot: Int)]
    private let selectSQL: String
    /// Numbers of kept statements.
    private let inserting: Int
    private let selecting: Int
    private let deleting: Int
    private var updatingByColumns: [UInt64: Int] = [:]

    init(_ collection: RowCollection, _ connection: Connection) {
        precondition(collection.fields.count <= 64, "a collection has at most 64 fields")
        self.collection = collection
        self.connection = connection
        order = collection.fields.enumerated().map { ($0.element, $0.offset) }
            .sorted { $0.field.id < $1.field.id }
        let table = Definitions.quoted(collection.name)
        let names = collection.fields.map { Definitions.quoted($0.name) }
        let columns = (["id", "clock"] + names).joined(separator: ", ")
        let marks = repeatElement("?", count: names.count + 2).joined(separator: ", ")
        inserting = connection.number(
            for: """
                INSERT INTO \(table)(\(columns)) VALUES(\(marks)) ON CONFLICT(id) DO NOTHING
                """)
        selectSQL = "SELECT key, \(columns) FROM \(table) WHERE id = ?"
        selecting = connection.number(for: selectSQL)
        deleting = connection.number(for: "DELETE FROM \(table) WHERE id = ?")
    }

    /// Writes a new row; `false` when one with its id stands already.
    func insert(_ row: Row) throws(StorageError) -> Bool {
        let statement = try connection.statement(inserting)
        statement.bind(row.id, at: 1)
        statement.bind(bytes: PackedClock.encode(row, hasColumn: hasColumn), at: 2)
        for cell in row.cells {
            guard let slot = collection.slot(of: cell.field) else { continue }
            bind(cell.state, collection.fields[slot], row, statement, at: slot + 3)
        }
        for (field, slot) in order where row[field.id] == nil {
            statement.bind(field.merge == .counter ? .integer(0) : Bindable.null, at: slot + 3)
        }
        try statement.finish()
        return connection.changes > 0
    }

    func load(_ id: RowID) throws(StorageError) -> Row? {
        let statement = try connection.statement(selecting)
        statement.bind(id, at: 1)
        guard try statement.step() else {
            statement.reset()
            return nil
        }
        let row = try read(statement)
        statement.reset()
        return row
    }

    /// Every row in key order, for audits.
    func forEach(_ body: (Row) throws(StorageError) -> Void) throws(StorageError) {
        let sql = selectSQL.split(separator: " WHERE ", maxSplits: 1)[0]
        let statement = try connection.statement(String(sql))
        while try statement.step() { try body(read(statement)) }
        statement.reset()
    }

    /// Every row in key order, and whether its columns show what its clock blob holds: counters,
    /// sets and concurrent values stand in both, and only the blob is in the digest.
    func audit(_ body: (Row, _ isShownRight: Bool) -> Void) throws(StorageError) {
        let sql = selectSQL.split(separator: " WHERE ", maxSplits: 1)[0]
        let statement = try connection.statement(String(sql))
        defer { statement.reset() }
        while try statement.step() {
            let row = try read(statement)
            var isRight = true
            for (field, slot) in order {
                switch row[field.id] {
                case .counter(let sum, _): isRight = isRight && statement.integer(slot + 3) == sum
                case .set(let elements, _):
                    isRight =
                        isRight
                        && statement.text(slot + 3) == SetText.encode(elements.map(\.value))
                case .siblings:
                    let shown = try statement.value(slot + 3, field.type)
                    isRight = isRight && shown == row.value(of: field)
                case .value, nil: break
                }
            }
            body(row, isRight)
        }
    }

    private func read(_ statement: Statement) throws(StorageError) -> Row {
        guard let id = statement.row(1) else {
            throw StorageError(.corrupt, "a row of \(collection.name) has no 16-byte id")
        }
        var columns: [(field: UInt32, value: Value)] = []
        columns.reserveCapacity(order.count)
        for (field, slot) in order {
            switch field.merge {
            // Their columns only show what the clock blob holds.
            case .counter, .addWinsSet, .removeWinsSet: columns.append((field.id, .null))
            case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .minimum, .maximum,
                .rank, .orderedList, .owned:
                columns.append((field.id, try statement.value(slot + 3, field.type)))
            }
        }
        return try PackedClock.decode(
            statement.bytes(2), collection: collection.id, id: id, columns: columns)
    }

    /// Writes the clock and the columns that differ between two versions of a row.
    ///
    /// - Parameter rewriting: fields whose columns are written although their cells are the same.
    func update(
        _ row: Row, from old: Row, rewriting: [UInt32] = []
    ) throws(StorageError) {
        var mask = changedColumns(row, old)
        for slot in rewriting.compactMap(collection.slot(of:)) { mask |= 1 << slot }
        let statement = try connection.statement(updating(mask))
        statement.bind(bytes: PackedClock.encode(row, hasColumn: hasColumn), at: 1)
        var index = 2
        for slot in collection.fields.indices where mask & (1 << UInt64(slot)) != 0 {
            let field = collection.fields[slot]
            if let state = row[field.id] {
                bind(state, field, row, statement, at: index)
            } else {
                statement.bind(field.merge == .counter ? .integer(0) : Bindable.null, at: index)
            }
            index += 1
        }
        statement.bind(row.id, at: index)
        try statement.finish()
        guard connection.changes == 1 else {
            throw StorageError(.corrupt, "a row of \(collection.name) vanished under its update")
        }
    }

    /// One bit for each column whose cell differs. Both rows hold their cells in field order.
    private func changedColumns(_ row: Row, _ old: Row) -> UInt64 {
        var mask: UInt64 = 0
        var (left, right) = (0, 0)
        while left < row.cells.count || right < old.cells.count {
            let new = left < row.cells.count ? row.cells[left].field : .max
            let past = right < old.cells.count ? old.cells[right].field : .max
            let isSame = new == past && row.cells[left].state == old.cells[right].state
            if !isSame, let slot = collection.slot(of: min(new, past)) { mask |= 1 << UInt64(slot) }
            if new <= past { left += 1 }
            if past <= new { right += 1 }
        }
        return mask
    }

    func delete(_ id: RowID) throws(StorageError) {
        let statement = try connection.statement(deleting)
        statement.bind(id, at: 1)
        try statement.finish()
    }

    private func updating(_ mask: UInt64) -> Int {
        if let known = updatingByColumns[mask] { return known }
        var assignments = ["clock = ?"]
        for slot in collection.fields.indices where mask & (1 << UInt64(slot)) != 0 {
            assignments.append("\(Definitions.quoted(collection.fields[slot].name)) = ?")
        }
        let number = connection.number(
            for: """
                UPDATE \(Definitions.quoted(collection.name)) \
                SET \(assignments.joined(separator: ", ")) WHERE id = ?
                """)
        updatingByColumns[mask] = number
        return number
    }

    private func hasColumn(_ field: UInt32) -> Bool { collection.slot(of: field) != nil }

    private func bind(
        _ state: CellState, _ field: Field, _ row: Row, _ statement: Statement, at index: Int
    ) {
        switch state {
        case .value(let value, _): statement.bind(value, at: index)
        case .counter(let sum, _): statement.bind(Bindable.integer(sum), at: index)
        case .siblings: statement.bind(row.value(of: field), at: index)
        case .set(let elements, _):
            statement.bind(text: SetText.encode(elements.map(\.value)), at: index)
        }
    }
}
