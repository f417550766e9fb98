internal import CRDT

/// The workload's tables and its edits as plain SQL: a tag is a row of `pet_tags`, stock a number.
final class PlainTables {
    private let schema: Schema
    private let database: PlainDatabase
    private var statements: [Key: PlainStatement] = [:]

    init(_ schema: Schema, _ database: PlainDatabase) {
        self.schema = schema
        self.database = database
    }

    private static func columns(_ collection: RowCollection) -> [Field] {
        collection.fields.filter { $0.merge != .addWinsSet }
    }

    func create() throws {
        for collection in schema.collections {
            let columns = Self.columns(collection).map { field in
                let type =
                    switch field.type {
                    case .integer: "INTEGER"
                    case .real: "REAL"
                    case .text: "TEXT"
                    case .blob, .reference: "BLOB"
                    }
                return "\(field.name) \(type)"
            }
            let list = (["id BLOB PRIMARY KEY NOT NULL"] + columns).joined(separator: ", ")
            try database.execute("CREATE TABLE \(collection.name)(\(list))")
            for (number, index) in collection.indexes.enumerated() {
                try database.execute(
                    """
                    CREATE INDEX \(collection.name)_\(number) \
                    ON \(collection.name)(\(index.joined(separator: ", ")))
                    """)
            }
        }
        try database.execute(
            "CREATE TABLE pet_tags(pet BLOB, tag TEXT, PRIMARY KEY(pet, tag)) WITHOUT ROWID")
    }

    func apply(_ edit: Edit) throws {
        let change = edit.change
        switch change.kind {
        case .insert: try insert(change)
        case .update: try update(change)
        case .delete:
            let delete = try statement(change.collection, .delete) {
                "DELETE FROM \($0.name) WHERE id = ?"
            }
            try delete.bind(.reference(change.row), 1)
            try delete.run()
        }
    }

    private func insert(_ change: RowOperation) throws {
        let insert = try statement(change.collection, .insert) { collection in
            let names = ["id"] + Self.columns(collection).map(\.name)
            let marks = repeatElement("?", count: names.count).joined(separator: ", ")
            return """
                INSERT INTO \(collection.name)(\(names.joined(separator: ", "))) VALUES(\(marks))
                """
        }
        try insert.bind(.reference(change.row), 1)
        for cell in change.cells {
            // The workload's field ids are its columns' places, and no column is left out.
            switch cell.action {
            case .assign(let value): try insert.bind(value, Int32(cell.field) + 1)
            case .increment(let delta): try insert.bind(.integer(delta), Int32(cell.field) + 1)
            case .add, .remove: break
            }
        }
        try insert.run()
    }

    private func update(_ change: RowOperation) throws {
        switch change.cells.first?.action {
        case .add(let tag):
            let add = try statement(change.collection, .add) { _ in
                "INSERT OR IGNORE INTO pet_tags VALUES(?, ?)"
            }
            try add.bind(.reference(change.row), 1)
            try add.bind(tag, 2)
            return try add.run()
        case .remove(let tag):
            let remove = try statement(change.collection, .remove) { _ in
                "DELETE FROM pet_tags WHERE pet = ? AND tag = ?"
            }
            try remove.bind(.reference(change.row), 1)
            try remove.bind(tag, 2)
            return try remove.run()
        case .assign, .increment, nil: break
        }
        let mask = change.cells.reduce(UInt64(0)) { $0 | 1 << UInt64($1.field) }
        let update = try statement(change.collection, .update(mask)) { collection in
            let sets = change.cells.map { cell in
                let name = collection.field(cell.field)?.name ?? ""
                if case .increment = cell.action { return "\(name) = \(name) + ?" }
                return "\(name) = ?"
            }
            return """
                UPDATE \(collection.name) SET \(sets.joined(separator: ", ")) WHERE id = ?
                """
        }
        for (index, cell) in change.cells.enumerated() {
            switch cell.action {
            case .assign(let value): try update.bind(value, Int32(index + 1))
            case .increment(let delta): try update.bind(.integer(delta), Int32(index + 1))
            case .add, .remove: break
            }
        }
        try update.bind(.reference(change.row), Int32(change.cells.count + 1))
        try update.run()
    }

    private func statement(
        _ collection: UInt32, _ deed: Key.Deed, _ sql: (RowCollection) -> String
    ) throws -> PlainStatement {
        let key = Key(collection: collection, deed: deed)
        if let known = statements[key] { return known }
        guard let table = schema.collection(collection) else {
            throw BenchmarkError("an edit of an unknown table")
        }
        let fresh = try database.prepare(sql(table))
        statements[key] = fresh
        return fresh
    }

    private struct Key: Hashable {
        enum Deed: Hashable {
            case insert
            case update(UInt64)
            case delete, add, remove
        }

        let collection: UInt32
        let deed: Deed
    }
}
