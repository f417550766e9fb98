internal import CRDT

/// One line of the workload as the store takes it: when, and what changes.
struct Edit {
    let wallMilliseconds: Int64
    let change: RowOperation

    /// - Parameter line: an op form of the workload; of the load, which has no time, the row's own
    ///   id says when it was made.
    init(_ line: ArraySlice<UInt8>, _ pack: Pack) throws {
        let json = try JSONParser.parse(line)
        guard let verb = json["op"]?.text, let table = json["t"]?.text,
            let row = json["id"]?.text.flatMap(ULID.row)
        else { throw BenchmarkError("an op of the workload lacks op, t or id") }
        let collection = try pack.collection(named: table)
        wallMilliseconds = json["ts"]?.integer ?? ULID.milliseconds(of: row)
        let kind: RowOperation.Kind
        var cells: [CellOperation] = []
        switch verb {
        case "create", "append":
            kind = .insert
            cells = try Self.cells(json["v"]?.members ?? [], collection)
        case "set":
            kind = .update
            cells = try Self.cells(json["f"]?.members ?? [], collection)
        case "inc":
            kind = .update
            let field = try Self.field(json["f"]?.text ?? "", collection)
            cells = [CellOperation(field: field.id, action: .increment(json["n"]?.integer ?? 0))]
        case "tagadd", "tagrem":
            kind = .update
            let field = try Self.field(Pack.tags, collection)
            let tag = Value.text(json["v"]?.text ?? "")
            cells = [
                CellOperation(field: field.id, action: verb == "tagadd" ? .add(tag) : .remove(tag))
            ]
        case "del": kind = .delete
        default: throw BenchmarkError("the workload has an unknown op \(verb)")
        }
        change = RowOperation(collection: collection.id, row: row, kind: kind, cells: cells)
    }

    private static func field(_ name: String, _ collection: RowCollection) throws -> Field {
        guard let field = collection.field(named: name) else {
            throw BenchmarkError("\(collection.name) has no column \(name)")
        }
        return field
    }

    private static func cells(
        _ members: [(name: String, value: JSON)], _ collection: RowCollection
    ) throws -> [CellOperation] {
        try members.map { name, json in
            let field = try field(name, collection)
            let value = try value(json, field, collection)
            if case .integer(let number) = value, field.merge == .counter {
                return CellOperation(field: field.id, action: .increment(number))
            }
            return CellOperation(field: field.id, action: .assign(value))
        }.sorted { $0.field < $1.field }
    }

    private static func value(
        _ json: JSON, _ field: Field, _ collection: RowCollection
    ) throws -> Value {
        switch (json, field.type) {
        case (.integer(let number), .integer): return .integer(number)
        case (.text(let text), .text): return .text(text)
        case (.text(let text), .reference):
            if let row = ULID.row(text) { return .reference(row) }
        default: break
        }
        throw BenchmarkError("\(collection.name).\(field.name) holds another type than its column")
    }
}

/// Edits gathered to one transaction within the limits of `CRDT.Limits`.
struct Batch {
    private(set) var edits: [Edit] = []
    private var bytes = 0
    private var prefixes: Set<UInt128> = []

    /// `false` when the edit does not fit any more.
    mutating func take(_ edit: Edit) -> Bool {
        var rows = [edit.change.row]
        var size = 16
        for cell in edit.change.cells {
            size += 16
            switch cell.action {
            case .assign(.reference(let row)): rows.append(row)
            case .assign(.text(let text)), .add(.text(let text)), .remove(.text(let text)):
                size += text.utf8.count
            case .assign, .add, .remove, .increment: break
            }
        }
        size += rows.count * 10
        guard edits.count < Limits.transactionRowsMax,
            prefixes.count + rows.count <= Limits.prefixesMax,
            bytes + size <= Limits.transactionBytesMax
        else { return false }
        for row in rows { prefixes.insert(row.prefix) }
        bytes += size
        edits.append(edit)
        return true
    }

    var changes: [RowOperation] { edits.map(\.change) }
    var wallMilliseconds: Int64 { edits.lazy.map(\.wallMilliseconds).max() ?? 0 }
}
