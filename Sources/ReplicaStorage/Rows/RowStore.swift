internal import CRDT

/// All replicated rows: in their collection's table while they live, in `warren_hidden` else.
final class RowStore {
    private let schema: Schema
    let connection: Connection
    private let hasher: any ContentHasher
    /// As the schema's collections stand.
    private let tables: [RowTable]
    /// Room for the bytes of one row, to be hashed.
    private var preimage = ByteWriter(capacity: 1_024)

    init(_ schema: Schema, _ connection: Connection, _ hasher: any ContentHasher) {
        self.schema = schema
        self.connection = connection
        self.hasher = hasher
        tables = schema.collections.map { RowTable($0, connection) }
    }

    func table(of collection: UInt32) -> RowTable? {
        schema.slot(of: collection).map { tables[$0] }
    }

    func collection(_ id: UInt32) -> RowCollection? { schema.collection(id) }

    /// A row wherever it stands, or a blank one.
    func load(
        _ collection: UInt32, _ id: RowID, _ state: EngineState
    ) throws(StorageError) -> Row {
        if let row = try table(of: collection)?.load(id) { return row }
        if state.hiddenRows > 0, let row = try loadHidden(collection, id) { return row }
        return Row(collection: collection, id: id)
    }

    private func loadHidden(_ collection: UInt32, _ id: RowID) throws(StorageError) -> Row? {
        let statement = try connection.statement(
            "SELECT packed FROM warren_hidden WHERE collection = ? AND row = ?")
        statement.bind(Bindable(collection), at: 1)
        statement.bind(id, at: 2)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return try PackedClock.decode(
            statement.bytes(0), collection: collection, id: id, columns: [])
    }

    /// Puts a row's new version where it belongs and swaps its hash in the digest.
    func save(_ row: Row, from old: Row, _ state: inout EngineState) throws(StorageError) {
        guard row != old else { return }
        let isNew = Self.isBlank(old)
        let wasLive = isShown(old)
        if isShown(row) {
            if wasLive {
                try table(row).update(row, from: old)
            } else {
                if !isNew { try deleteHidden(old, &state) }
                guard try table(row).insert(row) else {
                    throw StorageError(.corrupt, "a row stands in its table and as hidden")
                }
            }
        } else {
            if wasLive { try table(old).delete(old.id) }
            try saveHidden(row, isNew: isNew || wasLive, &state)
        }
        swapDigest(from: isNew ? nil : old, to: row, &state)
    }

    /// The common case of a load: a new row with no past. `false` when its id stands already.
    func insert(_ row: Row, _ state: inout EngineState) throws(StorageError) -> Bool {
        guard state.hiddenRows == 0, let table = table(of: row.collection), isShown(row),
            try table.insert(row)
        else { return false }
        swapDigest(from: nil, to: row, &state)
        return true
    }

    func swapDigest(from old: Row?, to new: Row, _ state: inout EngineState) {
        let added = new.digest(hasher, in: &preimage)
        let removed = old.map { $0.digest(hasher, in: &preimage) }
        state.changeDigest(of: new.collection, adding: added, removing: removed)
        state.changedRows.insert(RowChange(collection: new.collection, row: new.id))
    }

    static func isBlank(_ row: Row) -> Bool {
        row.created == nil && row.deleted == nil && row.cells.isEmpty
    }

    func isShown(_ row: Row) -> Bool {
        // Without a delete any birth is life, and most rows have none.
        if row.deleted == nil {
            return row.created != nil && schema.slot(of: row.collection) != nil
        }
        return table(of: row.collection) != nil
            && row.isLive(in: schema.collection(row.collection))
    }

    private func table(_ row: Row) throws(StorageError) -> RowTable {
        guard let table = table(of: row.collection) else {
            throw StorageError(.internalFault, "collection \(row.collection) has no table")
        }
        return table
    }

    func saveHidden(
        _ row: Row, isNew: Bool, _ state: inout EngineState
    ) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO warren_hidden(collection, row, packed) VALUES(?, ?, ?)
            ON CONFLICT DO UPDATE SET packed = excluded.packed
            """,
            Bindable(row.collection), Bindable(row.id),
            .blob(PackedClock.encode(row, hasColumn: { _ in false })))
        if isNew { state.hiddenRows += 1 }
    }

    func deleteHidden(_ row: Row, _ state: inout EngineState) throws(StorageError) {
        try connection.run(
            "DELETE FROM warren_hidden WHERE collection = ? AND row = ?",
            Bindable(row.collection), Bindable(row.id))
        state.hiddenRows -= 1
    }

    /// Reads every row and adds up its hash: what the maintained digests must equal.
    ///
    /// - Returns: also the collections with a column that shows another value than the row has.
    func recomputeDigests() throws(StorageError) -> (
        digests: [UInt32: ContentDigest], misshown: Set<UInt32>
    ) {
        var digests: [UInt32: ContentDigest] = [:]
        var misshown: Set<UInt32> = []
        for collection in schema.collections {
            guard let table = table(of: collection.id) else { continue }
            var digest = ContentDigest()
            try table.audit { row, isShownRight in
                digest.insert(row.digest(hasher))
                if !isShownRight { misshown.insert(collection.id) }
            }
            if digest.rows > 0 { digests[collection.id] = digest }
        }
        let statement = try connection.statement(
            "SELECT collection, row, packed FROM warren_hidden")
        while try statement.step() {
            guard let id = statement.row(1) else {
                throw StorageError(.corrupt, "a hidden row has no 16-byte id")
            }
            let collection = UInt32(truncatingIfNeeded: statement.integer(0))
            let row = try PackedClock.decode(
                statement.bytes(2), collection: collection, id: id, columns: [])
            digests[collection, default: ContentDigest()].insert(row.digest(hasher))
        }
        statement.reset()
        return (digests, misshown)
    }
}
