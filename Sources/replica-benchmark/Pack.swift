internal import CRDT
internal import Foundation

/// The workload's tables as a pack of their own, made from its `schema.json` alone.
///
/// Ids and columns that name other rows (`…_id`, and a note's `parent` and `author`) are row ids of
/// 16 bytes. `products.stock` is a counter, `pets.tags` an add-wins set, all else last-writer.
struct Pack {
    let schema: Schema

    static let tags = "tags"

    init(dataFolder: String) throws {
        let json = try JSONParser.parse(
            ArraySlice(Files.read(dataFolder + "/schema.json")))
        guard let tables = json["tables"]?.members, let indexes = json["indices"]?.array else {
            throw BenchmarkError("schema.json has no tables and indices")
        }
        var indexesByTable: [String: [[String]]] = [:]
        for index in indexes {
            guard let pair = index.array, pair.count == 2, let table = pair[0].text,
                let columns = pair[1].text
            else { throw BenchmarkError("schema.json has an index that is no pair") }
            indexesByTable[table, default: []].append(
                columns.split(separator: ",").map(String.init))
        }
        let collections = try tables.enumerated().map { position, table in
            try Self.collection(
                id: UInt32(position + 1), table.name, table.value.array ?? [],
                indexesByTable[table.name] ?? [])
        }
        schema = Schema(version: 1, collections: collections)
    }

    private static func collection(
        id: UInt32, _ table: String, _ columns: [JSON], _ indexes: [[String]]
    ) throws -> RowCollection {
        let isAppendOnly = table == "notes"
        var fields: [Field] = []
        for column in columns {
            guard let pair = column.array, pair.count == 2, let name = pair[0].text,
                let type = pair[1].text
            else { throw BenchmarkError("schema.json has a column that is no pair") }
            if name == "id" { continue }
            let isCounter = table == "products" && name == "stock"
            fields.append(
                Field(
                    id: UInt32(fields.count + 1), name: name,
                    type: type == "i" ? .integer : namesRow(name) ? .reference : .text,
                    merge: isCounter ? .counter : isAppendOnly ? .createOnly : .lastWriter))
        }
        if table == "pets" {
            fields.append(
                Field(
                    id: UInt32(fields.count + 1), name: tags, type: .text, merge: .addWinsSet))
        }
        return RowCollection(
            id: id, name: table, fields: fields, indexes: indexes, isAppendOnly: isAppendOnly)
    }

    private static func namesRow(_ column: String) -> Bool {
        column.hasSuffix("_id") || column == "parent" || column == "author"
    }

    func collection(named name: String) throws -> RowCollection {
        guard let collection = schema.collection(named: name) else {
            throw BenchmarkError("the workload speaks of an unknown table \(name)")
        }
        return collection
    }
}
