internal import CRDT

/// One collection's table: loads rows with their clocks, writes what changed.
final class RowTable {
    let collection: RowCollection
    private let connection: Connection
    /// Fields by ascending id, as `Row.cells` stands; with each its column's position.
    private let order: [(field: UInt32, slot: Int, type: ValueType, merge: MergeCode)]
    /// Room for one row's clock.
    private var clock = ByteWriter(capacity: 256)
    private let selectSQL: String
    /// Numbers of kept statements.
    private let inserting: Int
    private let selecting: Int
    private let deleting: Int
    private var updatingByColumns: [UInt64: Int] = [:]

    init(_ collection: RowCollection, _ connection: Connection) {
        precondition(
            collection.fields.count <= Limits.collectionFieldsMax, "a collection is too wide")
        self.collection = collection
        self.connection = connection
        order = collection.fields.enumerated()
            .map { ($0.element.id, $0.offset, $0.element.type, $0.element.merge) }
            .sorted { $0.field < $1.field }
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
        bindClock(of: row, statement, at: 2)
        row.cells.withUnsafeBufferPointer { cells in
            var next = 0
            for column in order {
                let place = column.slot + 3
                while next < cells.count, cells[next].field < column.field { next += 1 }
                if next < cells.count, cells[next].field == column.field {
                    bind(cells[next].state, row, statement, slot: column.slot, at: place)
                } else {
                    bindAbsent(column.merge, statement, at: place)
                }
            }
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
    func visit(_ body: (Row) throws(StorageError) -> Void) throws(StorageError) {
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
            for (field, slot, type, _) in order {
                switch row[field] {
                case .counter(let sum, _): isRight = isRight && statement.integer(slot + 3) == sum
                case .set(let elements, _):
                    isRight =
                        isRight
                        && statement.text(slot + 3) == SetText.encode(elements.map(\.value))
                case .siblings:
                    let shown = try statement.value(slot + 3, type)
                    isRight = isRight && shown == row.value(of: collection.fields[slot])
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
        for (field, slot, type, merge) in order {
            switch merge {
            // Their columns only show what the clock blob holds.
            case .counter, .addWinsSet, .removeWinsSet: columns.append((field, .null))
            case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .minimum, .maximum,
                .rank, .orderedList, .owned:
                columns.append((field, try statement.value(slot + 3, type)))
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
        bindClock(of: row, statement, at: 1)
        var index = 2
        for slot in collection.fields.indices where mask & (1 << UInt64(slot)) != 0 {
            let field = collection.fields[slot]
            if let state = row[field.id] {
                bind(state, row, statement, slot: slot, at: index)
            } else {
                bindAbsent(field.merge, statement, at: index)
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
        row.cells.withUnsafeBufferPointer { cells in
            old.cells.withUnsafeBufferPointer { before in
                var mask: UInt64 = 0
                var (left, right) = (0, 0)
                while left < cells.count || right < before.count {
                    let new = left < cells.count ? cells[left].field : .max
                    let past = right < before.count ? before[right].field : .max
                    let isSame =
                        new == past && cells[left].state.isUnchanged(from: before[right].state)
                    if !isSame, let slot = collection.slot(of: min(new, past)) {
                        mask |= 1 << UInt64(slot)
                    }
                    if new <= past { left += 1 }
                    if past <= new { right += 1 }
                }
                return mask
            }
        }
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

    private func bindClock(of row: Row, _ statement: Statement, at index: Int) {
        clock.clear()
        PackedClock.encode(row, into: &clock, hasColumn: hasColumn)
        statement.bind(bytes: clock.bytes, at: index)
    }

    private func bindAbsent(_ merge: MergeCode, _ statement: Statement, at index: Int) {
        if merge == .counter {
            statement.bind(integer: 0, at: index)
        } else {
            statement.bindNull(at: index)
        }
    }

    private func bind(
        _ state: CellState, _ row: Row, _ statement: Statement, slot: Int, at index: Int
    ) {
        switch state {
        case .value(let value, _): statement.bind(value, at: index)
        case .counter(let sum, _): statement.bind(integer: sum, at: index)
        case .siblings: statement.bind(row.value(of: collection.fields[slot]), at: index)
        case .set(let elements, _):
            statement.bind(text: SetText.encode(elements.map(\.value)), at: index)
        }
    }
}
