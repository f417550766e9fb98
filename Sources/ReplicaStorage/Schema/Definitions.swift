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
    /// Nothing is raised: SQLite cannot even prepare a write whose trigger asks an unknown
    /// function. One that may raise would make each statement keep a journal of its own.
    static func guards(_ table: String) -> [(name: String, sql: String)] {
        ["INSERT", "UPDATE", "DELETE"].map { verb in
            let name = "\(table)_guard_\(verb.lowercased())"
            return (
                name,
                """
                CREATE TRIGGER \(quoted(name)) AFTER \(verb) ON \(quoted(table)) \
                WHEN warren_guard() BEGIN SELECT 1; END
                """
            )
        }
    }
}
