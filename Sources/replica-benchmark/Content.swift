internal import CRDT
internal import ReplicaStorage

/// What a replica shows, in the workload's own words: tables of rows with ULIDs, stock and tags.
struct Content {
    /// sha256 over `table <tab> id <tab> JSON <newline>` for each row and `tags <tab> pet <tab> tag
    /// <newline>` for each tag, all in byte order.
    let digest: String
    let stockTotal: Int64
    let tagCount: Int

    /// - Parameter ambiguous: rows that are left out of the digest.
    init(_ store: ReplicaStore, without ambiguous: Set<RowID>) throws {
        var hash = SHA256()
        var stock: Int64 = 0
        var tags: [[UInt8]] = []
        let collections = store.configuration.schema.collections.sorted { $0.name < $1.name }
        for collection in collections {
            let form = RowForm(collection)
            for record in try Self.records(of: collection, store) {
                if collection.name == "products" { stock += form.integer("stock", record) }
                tags += try form.tags(record)
                if ambiguous.contains(record.id) { continue }
                hash.update(form.line(record))
            }
        }
        for tag in tags { hash.update(tag) }
        digest = hash.finish()
        stockTotal = stock
        tagCount = tags.count
    }

    private static func records(
        of collection: RowCollection, _ store: ReplicaStore
    ) throws -> [Record] {
        var records: [Record] = []
        while true {
            let page = try store.reader.records(
                collection, after: records.last?.key ?? 0, limit: 4_096)
            if page.isEmpty { break }
            records += page
        }
        return records.sorted { $0.id < $1.id }
    }
}

/// How rows of one collection are written for the digest.
private struct RowForm {
    private let collection: RowCollection
    /// Field names in byte order, each with its place among a record's values.
    private let columns: [(name: String, slot: Int)]
    private let tagSlot: Int?

    init(_ collection: RowCollection) {
        self.collection = collection
        columns = collection.fields.enumerated()
            .filter { $0.element.merge != .addWinsSet }
            .map { ($0.element.name, $0.offset) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        tagSlot = collection.fields.firstIndex { $0.merge == .addWinsSet }
    }

    func line(_ record: Record) -> [UInt8] {
        var bytes = Array("\(collection.name)\t\(ULID.text(of: record.id))\t".utf8)
        let members = columns.map { ($0.name, JSON(record.values[$0.slot])) }
        JSON.object(members).write(into: &bytes)
        bytes.append(0x0A)
        return bytes
    }

    func integer(_ name: String, _ record: Record) -> Int64 {
        guard let slot = columns.first(where: { $0.name == name })?.slot,
            case .integer(let number) = record.values[slot]
        else { return 0 }
        return number
    }

    /// A set's column shows a JSON array, ascending.
    func tags(_ record: Record) throws -> [[UInt8]] {
        guard let tagSlot, case .text(let set) = record.values[tagSlot] else { return [] }
        let elements = try JSONParser.parse(ArraySlice(Array(set.utf8))).array ?? []
        return elements.compactMap(\.text).map {
            Array("tags\t\(ULID.text(of: record.id))\t\($0)\n".utf8)
        }
    }
}

extension JSON {
    /// A cell as the workload writes it.
    init(_ value: Value) {
        self =
            switch value {
            case .null: .null
            case .integer(let number): .integer(number)
            case .real(let number): .real(number)
            case .text(let text): .text(text)
            case .blob(let bytes): .text(Hexadecimal.text(bytes))
            case .reference(let row): .text(ULID.text(of: row))
            }
    }
}
