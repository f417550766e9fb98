public import CRDT

extension Reader {
    /// A row with its clocks, wherever it stands: also one that was deleted. Nil where it is not
    /// known at all. Slower than `record`, which shows values only.
    public func row(_ collection: RowCollection, _ id: RowID) throws(StorageError) -> Row? {
        if let row = try RowTable(collection, connection).load(id) { return row }
        let statement = try connection.statement(
            "SELECT packed FROM warren_hidden WHERE collection = ? AND row = ?")
        statement.bind(Bindable(collection.id), at: 1)
        statement.bind(id, at: 2)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return try PackedClock.decode(
            statement.bytes(0), collection: collection.id, id: id, columns: [])
    }

    /// Whether a row of that id is known but not shown: it was deleted, or its birth waits.
    public func isHidden(_ collection: RowCollection, _ id: RowID) throws(StorageError) -> Bool {
        let statement = try connection.statement(
            "SELECT 1 FROM warren_hidden WHERE collection = ? AND row = ?")
        statement.bind(Bindable(collection.id), at: 1)
        statement.bind(id, at: 2)
        defer { statement.reset() }
        return try statement.step()
    }

    /// Whether a row is here and not deleted. Reads no value of it.
    public func contains(_ collection: RowCollection, _ id: RowID) throws(StorageError) -> Bool {
        let statement = try connection.statement(selection(of: collection).exists)
        statement.bind(id, at: 1)
        defer { statement.reset() }
        return try statement.step()
    }
}
