public import CRDT

/// One row for a reader: its id and the values its fields show.
public struct Record: Sendable, Hashable {
    public let key: Int64
    public let id: RowID
    /// In the order of the collection's fields. A set shows as the JSON text of its elements.
    public let values: [Value]
}

/// How a list is narrowed.
public enum Filter: Sendable, Hashable {
    case equals(field: String, Value)
    /// Text that begins so, by ASCII case-insensitive comparison.
    case begins(field: String, String)
}

/// Reads on one snapshot. Names are checked against the schema before they reach SQL.
public struct Reader {
    let connection: Connection
    private let schema: Schema

    init(_ connection: Connection, _ schema: Schema) {
        self.connection = connection
        self.schema = schema
    }

    public func count(_ collection: RowCollection) throws(StorageError) -> Int {
        let statement = try connection.statement(
            "SELECT count(*) FROM \(Definitions.quoted(collection.name))")
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    public func record(_ collection: RowCollection, _ id: RowID) throws(StorageError) -> Record? {
        let statement = try connection.statement(selection(of: collection).byID)
        statement.bind(id, at: 1)
        defer { statement.reset() }
        return try statement.step() ? try record(statement, collection) : nil
    }

    /// All values that concurrent edits left in one field, latest last; the column shows only one.
    public func siblings(
        of field: String, _ collection: RowCollection, _ id: RowID
    ) throws(StorageError) -> [Value] {
        guard let field = collection.field(named: field) else {
            throw StorageError(.refused, "\(collection.name) has no field \(field)")
        }
        let row = try RowTable(collection, connection).load(id)
        return row?.siblings(of: field.id).map(\.value) ?? []
    }

    /// A page in local key order, after `key`.
    public func records(
        _ collection: RowCollection, matching filters: [Filter] = [], after key: Int64 = 0,
        limit: Int
    ) throws(StorageError) -> [Record] {
        var sql = selection(of: collection).all + " WHERE key > ?"
        var values: [Value] = [.integer(key)]
        for filter in filters {
            switch filter {
            case .equals(let name, let value):
                sql += " AND \(try column(name, collection)) IS ?"
                values.append(value)
            case .begins(let name, let prefix):
                sql += " AND \(try column(name, collection)) LIKE ? ESCAPE '\\'"
                values.append(.text(Self.pattern(prefix)))
            }
        }
        sql += " ORDER BY key LIMIT ?"
        values.append(.integer(Int64(max(0, min(limit, 100_000)))))
        let statement = try connection.statement(sql)
        for (index, value) in values.enumerated() { statement.bind(value, at: index + 1) }
        defer { statement.reset() }
        var records: [Record] = []
        while try statement.step() { records.append(try record(statement, collection)) }
        return records
    }

    /// Put together once: that takes longer than the read itself.
    func selection(of collection: RowCollection) -> Selection {
        if let known = connection.selectionsByCollection[collection.id] { return known }
        let columns = (["key", "id"] + collection.fields.map(\.name)).map(Definitions.quoted)
        let all =
            "SELECT " + columns.joined(separator: ", ")
            + " FROM \(Definitions.quoted(collection.name))"
        let selection = Selection(
            all: all, byID: all + " WHERE id = ?",
            exists: "SELECT 1 FROM \(Definitions.quoted(collection.name)) WHERE id = ?")
        connection.selectionsByCollection[collection.id] = selection
        return selection
    }

    private func column(
        _ name: String, _ collection: RowCollection
    ) throws(StorageError) -> String {
        guard let field = collection.field(named: name) else {
            throw StorageError(.refused, "\(collection.name) has no field \(name)")
        }
        return Definitions.quoted(field.name)
    }

    /// `%`, `_` and the escape itself stand for themselves.
    private static func pattern(_ prefix: String) -> String {
        var out = ""
        for scalar in prefix.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { out.append("\\") }
            out.unicodeScalars.append(scalar)
        }
        return out + "%"
    }

    private func record(
        _ statement: Statement, _ collection: RowCollection
    ) throws(StorageError) -> Record {
        guard let id = statement.row(1) else {
            throw StorageError(.corrupt, "a row of \(collection.name) has no 16-byte id")
        }
        var values: [Value] = []
        values.reserveCapacity(collection.fields.count)
        for (slot, field) in collection.fields.enumerated() {
            let type: ValueType =
                field.merge == .addWinsSet || field.merge == .removeWinsSet ? .text : field.type
            values.append(try statement.value(slot + 2, type))
        }
        return Record(key: statement.integer(0), id: id, values: values)
    }
}

/// The SQL that shows a collection's rows.
struct Selection {
    let all: String
    let byID: String
    let exists: String
}
