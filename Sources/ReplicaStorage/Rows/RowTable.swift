internal import CRDT

/// One collection's table: loads rows with their clocks, writes what changed.
final class RowTable {
    let collection: RowCollection
    private let connection: Connection
    /// Fields by ascending id, as `Row.cells` stands; with each its column's position.
    private let order: [(field: Field, slot: Int)]
    private let insertSQL: String
    private let selectSQL: String
    private let deleteSQL: String
    private var updateSQL: [UInt64: String] = [:]

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
        insertSQL = """
            INSERT INTO \(table)(\(columns)) VALUES(\(marks)) ON CONFLICT(id) DO NOTHING
            """
        selectSQL = "SELECT key, \(columns) FROM \(table) WHERE id = ?"
        deleteSQL = "DELETE FROM \(table) WHERE id = ?"
    }

    /// Writes a new row; `false` when one with its id stands already.
    func insert(_ row: Row) throws(StorageError) -> Bool {
        let statement = try connection.statement(insertSQL)
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
        let statement = try connection.statement(selectSQL)
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
        var mask: UInt64 = 0
        for slot in rewriting.compactMap(collection.slot(of:)) { mask |= 1 << slot }
        for (field, slot) in order where row[field.id] != old[field.id] { mask |= 1 << slot }
        let statement = try connection.statement(updateStatement(mask))
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

    func delete(_ id: RowID) throws(StorageError) {
        let statement = try connection.statement(deleteSQL)
        statement.bind(id, at: 1)
        try statement.finish()
    }

    private func updateStatement(_ mask: UInt64) -> String {
        if let known = updateSQL[mask] { return known }
        var assignments = ["clock = ?"]
        for slot in collection.fields.indices where mask & (1 << UInt64(slot)) != 0 {
            assignments.append("\(Definitions.quoted(collection.fields[slot].name)) = ?")
        }
        let sql = """
            UPDATE \(Definitions.quoted(collection.name)) \
            SET \(assignments.joined(separator: ", ")) WHERE id = ?
            """
        updateSQL[mask] = sql
        return sql
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
