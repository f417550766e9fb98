internal import CRDT

/// Makes the tables of a new file, adds what a newer pack brings, and refuses a file whose schema
/// is not the expected one.
struct SchemaInstaller {
    let schema: Schema

    /// One table, index or trigger, as it must be.
    private struct Expected {
        let kind: String
        let name: String
        let sql: String
    }

    private var expected: [Expected] {
        var all: [Expected] = []
        func add(table: String, sql: String, isGuarded: Bool) {
            all.append(Expected(kind: "table", name: table, sql: sql))
            guard isGuarded else { return }
            for (name, sql) in Definitions.guards(table) {
                all.append(Expected(kind: "trigger", name: name, sql: sql))
            }
        }
        for table in SystemTable.all {
            add(table: table.name, sql: table.sql, isGuarded: table.tableClass.isGuarded)
            for sql in table.indexes {
                let name = sql.split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
                all.append(Expected(kind: "index", name: name, sql: sql))
            }
        }
        for collection in schema.collections {
            add(table: collection.name, sql: Definitions.table(collection), isGuarded: true)
            for (name, sql) in Definitions.indexes(collection) {
                all.append(Expected(kind: "index", name: name, sql: sql))
            }
        }
        return all
    }

    func create(_ connection: Connection) throws(StorageError) {
        for item in expected { try connection.execute(item.sql) }
    }

    /// Adds tables, columns and indexes that a newer pack brings. Nothing is ever dropped, and a
    /// new column makes no transactions.
    ///
    /// - Returns: the fields that are new, by collection.
    func extend(_ connection: Connection) throws(StorageError) -> [UInt32: [UInt32]] {
        let known = try actual(connection)
        var added: [UInt32: [UInt32]] = [:]
        for collection in schema.collections where known[collection.name] == nil {
            added[collection.id] = collection.fields.map(\.id)
        }
        for item in expected where item.kind == "table" && known[item.name] == nil {
            try connection.execute(item.sql)
        }
        for collection in schema.collections where known[collection.name] != nil {
            let columns = try self.columns(collection.name, connection)
            for field in collection.fields
            where !columns.contains(where: { $0.hasPrefix("\(field.name) ") }) {
                try connection.execute(
                    """
                    ALTER TABLE \(Definitions.quoted(collection.name)) \
                    ADD COLUMN \(Definitions.column(field)) \
                    \(field.merge == .counter ? "DEFAULT 0" : "")
                    """)
                added[collection.id, default: []].append(field.id)
            }
        }
        let now = try actual(connection)
        for item in expected where item.kind != "table" && now[item.name] == nil {
            try connection.execute(item.sql)
        }
        return added
    }

    /// - Throws: `schemaChanged` with what differs and what to do.
    func verify(_ connection: Connection) throws(StorageError) {
        let known = try actual(connection)
        for item in expected {
            guard let found = known[item.name], found.kind == item.kind else {
                throw changed("the \(item.kind) \(item.name) is missing")
            }
            // A collection's table grown by ADD COLUMN has other text; its columns are compared
            // below.
            let mayGrow = schema.collection(named: item.name) != nil && item.kind == "table"
            if !mayGrow, found.sql != item.sql {
                throw changed("the \(item.kind) \(item.name) is not the one this program made")
            }
        }
        for collection in schema.collections {
            let columns = try self.columns(collection.name, connection)
            let wanted =
                ["key INTEGER", "id BLOB", "clock BLOB"]
                + collection.fields.map {
                    "\($0.name) " + (Definitions.column($0).split(separator: " ").last ?? "")
                }
            for column in wanted where !columns.contains(column) {
                throw changed("the table \(collection.name) has no column \(column)")
            }
        }
        try refuseForeign(known, Set(expected.map(\.name)))
    }

    /// A foreign trigger runs inside our transactions, and a foreign UNIQUE index makes rows that
    /// merge elsewhere fail here. Views and plain indexes harm nobody. The guards of a table that
    /// an uninstalled pack left behind are ours.
    private func refuseForeign(
        _ known: [String: Item], _ names: Set<String>
    ) throws(StorageError) {
        for (name, item) in known.sorted(by: { $0.key < $1.key }) where !names.contains(name) {
            let isLeftGuard = Definitions.guards(item.table).contains {
                $0.name == name && $0.sql == item.sql
            }
            if item.kind == "trigger", !isLeftGuard {
                throw changed("the trigger \(name) does not belong to this program")
            }
            if item.kind == "index", item.sql.uppercased().hasPrefix("CREATE UNIQUE") {
                throw changed("the unique index \(name) does not belong to this program")
            }
        }
    }

    private func changed(_ what: String) -> StorageError {
        StorageError(
            .schemaChanged,
            """
            \(what). The database was changed by another tool, so the node will not serve from it. \
            Restore it from a backup; or move the file away, keep it, and start with \
            --begin-empty: the other boxes fill a new one.
            """)
    }

    private typealias Item = (kind: String, sql: String, table: String)

    private func actual(_ connection: Connection) throws(StorageError) -> [String: Item] {
        let statement = try connection.statement(
            "SELECT name, type, sql, tbl_name FROM sqlite_schema WHERE sql IS NOT NULL")
        var found: [String: Item] = [:]
        while try statement.step() {
            found[statement.text(0)] = (statement.text(1), statement.text(2), statement.text(3))
        }
        statement.reset()
        return found
    }

    private func columns(
        _ table: String, _ connection: Connection
    ) throws(StorageError) -> [String] {
        let statement = try connection.statement("SELECT name, type FROM pragma_table_info(?)")
        statement.bind(text: table, at: 1)
        var columns: [String] = []
        while try statement.step() {
            columns.append("\(statement.text(0)) \(statement.text(1))")
        }
        statement.reset()
        return columns
    }
}
