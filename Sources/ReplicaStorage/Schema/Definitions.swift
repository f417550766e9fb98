internal import CRDT

/// The SQL of a schema: one typed table a collection, its indexes, and the guards.
enum Definitions {
    /// Quotes a name from a pack as an SQL identifier; a quote inside is doubled.
    static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    static func table(_ collection: RowCollection) -> String {
        var lines = [
            "  key INTEGER PRIMARY KEY, -- local, never sent",
            "  id BLOB UNIQUE, -- 16 bytes, the same on every replica",
        ]
        for field in collection.fields { lines.append("  \(column(field)), -- \(field.id)") }
        lines.append("  clock BLOB -- when and by whom each cell was written")
        return "CREATE TABLE \(quoted(collection.name))(\n" + lines.joined(separator: "\n") + "\n)"
    }

    static func column(_ field: Field) -> String {
        let type =
            switch (field.merge, field.type) {
            case (.addWinsSet, _), (.removeWinsSet, _): "TEXT"
            case (_, .integer): "INTEGER"
            case (_, .real): "REAL"
            case (_, .text): "TEXT"
            case (_, .blob), (_, .reference): "BLOB"
            }
        return "\(quoted(field.name)) \(type)"
    }

    static func indexes(_ collection: RowCollection) -> [(name: String, sql: String)] {
        collection.indexes.map { fields in
            let name = "\(collection.name)_by_\(fields.joined(separator: "_"))"
            let columns = fields.map(quoted).joined(separator: ", ")
            return (
                name, "CREATE INDEX \(quoted(name)) ON \(quoted(collection.name))(\(columns))"
            )
        }
    }

    /// Row writes fail wherever `warren_guard` is not registered: in every tool but this program.
    ///
    /// The index holds nothing, for the function answers 0; but to learn that, SQLite must ask it
    /// at every insert and at every update of a named column. A trigger would do the same and make
    /// each statement keep a journal of its own: 8 to 13 µs an insert, not 4. Only a DELETE without
    /// WHERE passes the index by, so deletes have a trigger.
    static func guards(_ table: String, _ columns: [String]) -> [(
        kind: String, name: String, sql: String
    )] {
        let index = "\(table)_guard"
        let trigger = "\(table)_guard_delete"
        let names = columns.map(quoted)
        return [
            (
                "index", index,
                """
                CREATE INDEX \(quoted(index)) ON \(quoted(table))(\(names[0])) \
                WHERE warren_guard(\(names.joined(separator: ", ")))
                """
            ),
            (
                "trigger", trigger,
                """
                CREATE TRIGGER \(quoted(trigger)) BEFORE DELETE ON \(quoted(table)) \
                WHEN warren_guard() BEGIN \
                SELECT RAISE(ABORT, 'rows of this table are written through warren only'); END
                """
            ),
        ]
    }

    /// Every column of a collection's table.
    static func columns(_ collection: RowCollection) -> [String] {
        ["key", "id", "clock"] + collection.fields.map(\.name)
    }
}
