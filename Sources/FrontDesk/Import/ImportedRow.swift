public import CRDT

/// One record as a row of a file describes it.
public struct ImportedRow: Sendable, Hashable {
    /// Elements are what a set shall hold besides what it has.
    public typealias Content = FieldContent

    /// One field's content, and the column to name when something is wrong with it.
    public struct Cell: Sendable, Hashable {
        public let field: UInt32
        public let content: Content
        public let column: String
    }

    /// Where the row stands in its file.
    public let number: Int
    /// Which of the mapping's records it is.
    public let record: Int
    public let collection: UInt32
    public let id: RowID
    /// The site that owns the record, where one does.
    public let home: RowID?
    /// Ascending by field. A field of which the file says nothing has no cell.
    public let cells: [Cell]

    /// About how many bytes its cells take in a transaction; never less than they do.
    public var bytesAtMost: Int {
        cells.reduce(128) { sum, cell in
            switch cell.content {
            case .value(let value): sum + 40 + value.textBytes
            case .elements(let values): sum + values.reduce(40) { $0 + 40 + $1.textBytes }
            }
        }
    }

    /// Equal contents have equal fingerprints.
    func fingerprint(_ hasher: any ContentHasher) -> UInt64 {
        var writer = ByteWriter(capacity: 256)
        for cell in cells {
            writer.write(count: Int(cell.field))
            switch cell.content {
            case .value(let value): value.encode(into: &writer)
            case .elements(let values):
                writer.write(count: values.count)
                for value in values { value.encode(into: &writer) }
            }
        }
        return hasher.hash(writer.bytes).prefix
    }
}

extension Value {
    fileprivate var textBytes: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        case .null, .integer, .real, .reference: 0
        }
    }
}

/// What is wrong with a row, for the person who will correct the file.
public struct ImportProblem: Error, Sendable, Hashable {
    /// As a spreadsheet counts rows; nil for a problem of the whole file.
    public let row: Int?
    public let column: String?
    public let reason: String

    public init(row: Int?, column: String? = nil, _ reason: String) {
        self.row = row
        self.column = column
        self.reason = reason
    }

    /// Where, what, and what was expected.
    public var sentence: String {
        let place = row.map { "row \($0)" } ?? "the file"
        return column.map { "\(place), column \($0): \(reason)" } ?? "\(place): \(reason)"
    }

    /// A text as a sentence may quote it.
    static func quoted(_ text: String) -> String {
        Quotation.of(text)
    }
}
