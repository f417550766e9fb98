internal import CRDT

extension RowStore {
    /// Puts what a newer pack explains where readers look for it: cells into the columns that were
    /// added, rows of a collection that was unknown into its table. Makes no transactions.
    ///
    /// - Parameter added: the new fields by collection; a new collection's are all of its fields.
    func adopt(_ added: [UInt32: [UInt32]], _ state: inout EngineState) throws(StorageError) {
        for (id, fields) in added.sorted(by: { $0.key < $1.key }) {
            guard let table = table(of: id) else { continue }
            // Gathered first: a table is not changed under its own reading.
            var found: [Row] = []
            try table.visit { row throws(StorageError) in
                if fields.contains(where: { row[$0] != nil }) { found.append(row) }
            }
            for old in found {
                let row = old.settled(in: table.collection)
                try table.update(row, from: old, rewriting: fields)
                replaceDigest(of: old, by: row, &state)
            }
            for old in try hiddenRows(of: id) {
                let row = old.settled(in: table.collection)
                if isShown(row) {
                    try deleteHidden(old, &state)
                    guard try table.insert(row) else {
                        throw StorageError(.corrupt, "a row stands in its table and as hidden")
                    }
                } else if row != old {
                    try saveHidden(row, isNew: false, &state)
                }
                replaceDigest(of: old, by: row, &state)
            }
        }
    }

    private func replaceDigest(of old: Row, by row: Row, _ state: inout EngineState) {
        if row != old { swapDigest(from: old, to: row, &state) }
    }

    private func hiddenRows(of collection: UInt32) throws(StorageError) -> [Row] {
        let statement = try connection.statement(
            "SELECT row, packed FROM warren_hidden WHERE collection = ?")
        statement.bind(Bindable(collection), at: 1)
        defer { statement.reset() }
        var rows: [Row] = []
        while try statement.step() {
            guard let id = statement.row(0) else {
                throw StorageError(.corrupt, "a hidden row has no 16-byte id")
            }
            rows.append(
                try PackedClock.decode(
                    statement.bytes(1), collection: collection, id: id, columns: []))
        }
        return rows
    }
}
