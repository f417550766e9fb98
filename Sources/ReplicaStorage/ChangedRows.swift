public import CRDT

/// One row that a durable transaction changed, made or took away.
public struct RowChange: Sendable, Hashable {
    public let collection: UInt32
    public let row: RowID

    public init(collection: UInt32, row: RowID) {
        self.collection = collection
        self.row = row
    }
}

/// Which rows changed: for whoever keeps something that is made from them.
public struct ChangedRows: Sendable, Hashable {
    /// More are not named one by one; an import has many.
    public static let rowsMax = 4_096

    /// Each once, in the order of their first change; empty where there were too many.
    public private(set) var rows: [RowChange] = []
    /// In which collections something changed; whole also where `rows` is not.
    public private(set) var collections: Set<UInt32> = []
    /// Whether `rows` names all of them.
    public private(set) var isWhole = true

    private var known: Set<RowChange> = []

    public init() {}

    public var isEmpty: Bool { collections.isEmpty }

    public mutating func insert(_ change: RowChange) {
        collections.insert(change.collection)
        guard isWhole, known.insert(change).inserted else { return }
        guard rows.count < Self.rowsMax else { return lose() }
        rows.append(change)
    }

    public mutating func formUnion(_ later: ChangedRows) {
        collections.formUnion(later.collections)
        if !later.isWhole { lose() }
        for change in later.rows { insert(change) }
    }

    private mutating func lose() {
        isWhole = false
        rows = []
        known = []
    }
}
