public import CRDT

/// A mapping bound to a file's header and to the packs: turns a row into records, or says what is
/// wrong with it.
public struct ImportPlan: Sendable {
    /// What the plan must know of the box.
    public struct Place: Sendable {
        public let tenant: TenantID
        /// This box's site: the home of what the file gives no site for.
        public let site: RowID
        /// Sites by name and by code.
        public let sites: [String: RowID]
        /// What records may hold.
        public let rules: RecordRules
        /// Collections that an import may write.
        public let writable: Set<String>

        public init(
            tenant: TenantID, site: RowID, sites: [String: RowID],
            rules: RecordRules, writable: Set<String>
        ) {
            self.tenant = tenant
            self.site = site
            self.sites = sites
            self.rules = rules
            self.writable = writable
        }
    }

    /// A record that another one names: it must be here or come from an earlier file.
    public struct Reference: Sendable, Hashable {
        public let collection: UInt32
        public let row: RowID
        public let column: String
        public let key: String
    }

    /// What a row of the file means.
    public struct Reading: Sendable {
        public let rows: [ImportedRow]
        public let references: [Reference]
        /// Its records belong to another site, which imports them itself.
        public let isElsewhere: Bool
    }

    public let mapping: ImportMapping
    public let header: [String]
    let place: Place
    let schema: Schema
    let hasher: any ContentHasher
    let records: [BoundRecord]
    let unknown: Set<String>
    let reviews: [BoundReview]
    private var names: ImportRowNames

    /// Columns by their places in the header.
    struct BoundRecord: Sendable {
        let collection: RowCollection
        let kind: String
        let key: [Int]
        let when: Int?
        let fields: [BoundField]
        /// The field whose value is the record's home site, where the mapping names one.
        let home: BoundField?
    }

    struct BoundField: Sendable {
        let field: Field
        let rule: ImportField
        let column: Int?
        let when: Int?
        let key: [Int]
        let target: RowCollection?
        let targetKind: String
        let allowed: FieldRule?

        var columnName: String { rule.column ?? rule.key?.joined(separator: ", ") ?? field.name }
    }

    struct BoundReview: Sendable {
        let record: Int
        let columns: [Int]
        let named: Int?
    }

    /// - Throws: every problem of the mapping and the header, a sentence each.
    public init(
        _ mapping: ImportMapping, header: [String], _ schema: Schema, _ place: Place,
        _ hasher: any ContentHasher
    ) throws(PackProblems) {
        var binding = ImportBinding(mapping, header, schema, place)
        binding.bind()
        guard binding.sentences.isEmpty else { throw PackProblems(binding.sentences) }
        self.mapping = mapping
        self.header = header
        self.place = place
        self.schema = schema
        self.hasher = hasher
        records = binding.records
        reviews = binding.reviews
        unknown = Set((mapping.unknown ?? [""]).map { Self.folded($0) } + [""])
        names = ImportRowNames(tenant: place.tenant, source: mapping.source, hasher: hasher)
    }

    /// Whether records of this file belong to the box that imports it, because no column names
    /// their site.
    public var isOfThisSite: Bool {
        records.contains { $0.collection.homeSite != nil && $0.home == nil }
    }

    /// The id of the batch of a file under this mapping: the same at every site that imports it,
    /// unless the file's records belong to the site.
    public func batch(fileHash: ContentHash, mappingHash: ContentHash) -> RowID {
        var names = names
        return names.row(
            of: "import_batch", home: isOfThisSite ? place.site : nil,
            key: [Self.hex(fileHash), Self.hex(mappingHash)])
    }

    /// The records of one row.
    ///
    /// - Throws: the first thing that is wrong with it.
    public mutating func read(_ record: CSVReader.Record) throws(ImportProblem) -> Reading {
        guard record.fields.count == header.count else {
            throw ImportProblem(
                row: record.number,
                "has \(record.fields.count) fields, the header has \(header.count)")
        }
        var rows: [ImportedRow] = []
        var references: [Reference] = []
        for index in records.indices {
            if let when = records[index].when, !isKnown(record.fields[when]) { continue }
            rows.append(try row(index, record, &references))
        }
        return Reading(
            rows: rows, references: references,
            isElsewhere: rows.contains { $0.home.map { $0 != place.site } ?? false })
    }

    private mutating func row(
        _ index: Int, _ record: CSVReader.Record, _ references: inout [Reference]
    ) throws(ImportProblem) -> ImportedRow {
        let bound = records[index]
        let key = bound.key.map { record.fields[$0] }
        guard key.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            let columns = bound.key.map { header[$0] }.joined(separator: ", ")
            throw ImportProblem(
                row: record.number, column: columns,
                "is blank; without it nobody could tell the \(bound.kind) in the next file")
        }
        var home: RowID?
        if bound.collection.homeSite != nil {
            home = place.site
            if let field = bound.home, let column = field.column,
                case .reference(let site)? = try site(record.fields[column], field, record.number)
            {
                home = site
            }
        }
        var cells: [ImportedRow.Cell] = []
        for field in bound.fields {
            guard let content = try content(field, record, home, &names, &references) else {
                continue
            }
            cells.append(
                ImportedRow.Cell(
                    field: field.field.id, content: content, column: field.columnName))
        }
        try judgeOrder(of: cells, bound, record.number)
        return ImportedRow(
            number: record.number, record: index, collection: bound.collection.id,
            id: names.row(of: bound.kind, home: home, key: key), home: home, cells: cells)
    }

    /// Whether a text says something.
    func isKnown(_ text: String) -> Bool { !unknown.contains(Self.folded(text)) }

    /// Small letters, no spaces around.
    static func folded(_ text: String) -> String { trimmed(text).lowercased() }

    static func trimmed(_ text: String) -> String {
        guard text.utf8.first == UInt8(ascii: " ") || text.utf8.last == UInt8(ascii: " ") else {
            return text
        }
        return String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func hex(_ hash: ContentHash) -> String {
        hash.bytes.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
