public import CRDT

extension Reader {
    /// Reads a few fields of every row of a collection, in local key order: for whoever makes
    /// something of all of them. Much quicker than `records`, which reads whole rows.
    ///
    /// - Parameters:
    ///   - fields: names; a set's field reads as the JSON text of its elements.
    ///   - body: the row's id and the values, in the order of `fields`.
    /// - Throws: `refused` for a name that the collection does not have.
    public func scan(
        _ collection: RowCollection, fields: [String],
        _ body: (RowID, [Value]) throws(StorageError) -> Void
    ) throws(StorageError) {
        var (columns, types): ([String], [ValueType]) = (["id"], [])
        for name in fields {
            guard let field = collection.field(named: name) else {
                throw StorageError(.refused, "\(collection.name) has no field \(name)")
            }
            columns.append(field.name)
            types.append(
                field.merge == .addWinsSet || field.merge == .removeWinsSet ? .text : field.type)
        }
        let statement = try connection.statement(
            "SELECT " + columns.map(Definitions.quoted).joined(separator: ", ")
                + " FROM \(Definitions.quoted(collection.name)) ORDER BY key")
        defer { statement.reset() }
        while try statement.step() {
            guard let id = statement.row(0) else {
                throw StorageError(.corrupt, "a row of \(collection.name) has no 16-byte id")
            }
            var values: [Value] = []
            values.reserveCapacity(types.count)
            for (slot, type) in types.enumerated() {
                values.append(try statement.value(slot + 1, type))
            }
            try body(id, values)
        }
    }
}
