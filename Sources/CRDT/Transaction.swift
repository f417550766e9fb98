/// One atomic set of changes by one writer, as every replica will apply it: whole, once, after
/// everything its context names.
public struct Transaction: Sendable, Hashable {
    public var stamp: Stamp
    /// The writer's clock was not to be trusted; the flag never changes the outcome.
    public var isClockSuspect: Bool
    /// The least schema version that can apply it; an older replica keeps and forwards it.
    public var minimumReader: UInt32
    /// The roster head this writer cites from here on; only when it changed.
    public var rosterHead: ContentHash?
    /// The transaction this one re-submits after a park; shared by original and copy.
    public var original: TransactionName?
    /// Changes of the writer's context since its previous transaction, sorted by writer, then by
    /// chain: a forked writer has an entry for each branch that moved on.
    public var context: [ContextEntry]
    public var rows: [RowOperation]
    /// Personal cells, one section per subject, sorted by subject.
    public var sections: [Section]

    public init(
        stamp: Stamp, isClockSuspect: Bool = false, minimumReader: UInt32 = 1,
        rosterHead: ContentHash? = nil, original: TransactionName? = nil,
        context: [ContextEntry] = [], rows: [RowOperation], sections: [Section] = []
    ) {
        self.stamp = stamp
        self.isClockSuspect = isClockSuspect
        self.minimumReader = minimumReader
        self.rosterHead = rosterHead
        self.original = original
        self.context = context
        self.rows = rows
        self.sections = sections
    }
}

/// A transaction's name for ever: who, which, and the chain hash that proves it.
public struct TransactionName: Sendable, Hashable {
    public let writer: WriterID
    public let sequence: UInt64
    public let chain: ContentHash

    public init(writer: WriterID, sequence: UInt64, chain: ContentHash) {
        self.writer = writer
        self.sequence = sequence
        self.chain = chain
    }
}

/// What happens to one row.
public struct RowOperation: Sendable, Hashable {
    public enum Kind: UInt8, Sendable {
        case insert = 0
        case update = 1
        case delete = 2
    }

    public var collection: UInt32
    public var row: RowID
    public var kind: Kind
    /// Only where it lies above the transaction's stamp: the delete's bump.
    public var stamp: Stamp?
    /// Strictly ascending by field.
    public var cells: [CellOperation]

    public init(
        collection: UInt32, row: RowID, kind: Kind, stamp: Stamp? = nil, cells: [CellOperation]
    ) {
        self.collection = collection
        self.row = row
        self.kind = kind
        self.stamp = stamp
        self.cells = cells
    }
}

/// What happens to one cell.
public struct CellOperation: Sendable, Hashable {
    public enum Action: Sendable, Hashable {
        case assign(Value)
        case increment(Int64)
        case add(Value)
        /// Removes every add of the value that the transaction's context covers.
        case remove(Value)
    }

    public var field: UInt32
    public var action: Action
    /// Only where it lies above the transaction's stamp: the cell's bump.
    public var stamp: Stamp?

    public init(field: UInt32, action: Action, stamp: Stamp? = nil) {
        self.field = field
        self.action = action
        self.stamp = stamp
    }
}

/// The personal cells of one subject. The chain hashes only the section's salted hash, so that the
/// content can go and the chain still verifies.
public struct Section: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        /// Salt (16 bytes) and operations; the salt goes with the content.
        case present(salt: UInt128, rows: [RowOperation])
        case erased(ContentHash)
    }

    public var subject: RowID
    public var content: Content

    public init(subject: RowID, content: Content) {
        self.subject = subject
        self.content = content
    }
}
