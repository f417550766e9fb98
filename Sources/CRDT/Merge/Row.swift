/// One row with everything merging needs: values, their clocks, and whether it lives.
///
/// Two rows that applied the same transactions in any causal order are equal up to `WriterNumber`s
/// (`Merge-Rules.md`).
public struct Row: Sendable, Hashable {
    public let collection: UInt32
    public let id: RowID
    /// The earliest insert; `nil` while only later changes are known (their insert is quarantined).
    public internal(set) var created: CellClock?
    /// The latest delete, kept also when a later write revived the row.
    public internal(set) var deleted: CellClock?
    /// Ascending by field. A field without a cell is null at the row's own clock.
    public internal(set) var cells: [Cell]

    public init(
        collection: UInt32, id: RowID, created: CellClock? = nil, deleted: CellClock? = nil,
        cells: [Cell] = []
    ) {
        self.collection = collection
        self.id = id
        self.created = created
        self.deleted = deleted
        self.cells = cells
    }

    /// The latest write to anything in the row but its delete.
    public var touched: CellClock? {
        var latest = created
        for cell in cells {
            let clock = cell.state.clock
            if latest.map({ $0 < clock }) ?? true { latest = clock }
        }
        return latest
    }

    /// A row lives once it was created and while no delete is later than its last write.
    /// Where deletes are final, any delete ends it.
    public func isLive(in collection: RowCollection?) -> Bool {
        guard created != nil else { return false }
        guard let deleted else { return true }
        if collection?.isDeleteFinal ?? false { return false }
        return touched.map { deleted < $0 } ?? false
    }

    public func position(of field: UInt32) -> (index: Int, isPresent: Bool) {
        var low = 0
        var high = cells.count
        while low < high {
            let middle = (low + high) / 2
            if cells[middle].field < field { low = middle + 1 } else { high = middle }
        }
        return (low, low < cells.count && cells[low].field == field)
    }

    public subscript(field: UInt32) -> CellState? {
        let (index, isPresent) = position(of: field)
        return isPresent ? cells[index].state : nil
    }

    func clock(of field: UInt32) -> CellClock? {
        let (index, isPresent) = position(of: field)
        return isPresent ? cells[index].state.clock : nil
    }
}

/// One field's state in one row.
public struct Cell: Sendable, Hashable {
    public let field: UInt32
    public internal(set) var state: CellState

    public init(field: UInt32, state: CellState) {
        self.field = field
        self.state = state
    }
}

/// What a merge code keeps of a cell.
public enum CellState: Sendable, Hashable {
    case value(Value, CellClock)
    /// Two or more concurrent values, ascending by clock.
    case siblings([Sibling])
    case counter(Int64, CellClock)
    /// Ascending by value; the clock is that of the latest add or removal.
    case set([SetElement], CellClock)

    /// The latest write to the cell.
    public var clock: CellClock {
        switch self {
        case .value(_, let clock), .counter(_, let clock), .set(_, let clock): clock
        case .siblings(let siblings): siblings[siblings.count - 1].clock
        }
    }
}

extension CellState {
    /// The clock of a plain value; `nil` of every other form.
    public var valueClock: CellClock? {
        if case .value(_, let clock) = self { clock } else { nil }
    }

    /// Whether nothing was written to the cell between the two. A clock names the write of a plain
    /// value, so equal clocks say it without a look at the values.
    public func isUnchanged(from old: CellState) -> Bool {
        if let clock = valueClock, let past = old.valueClock { return clock == past }
        return self == old
    }
}

/// One of several concurrent values.
public struct Sibling: Sendable, Hashable {
    public let value: Value
    public let clock: CellClock

    public init(value: Value, clock: CellClock) {
        self.value = value
        self.clock = clock
    }
}

/// A set's element with the adds that nobody has yet removed.
public struct SetElement: Sendable, Hashable {
    public let value: Value
    /// Ascending by (sequence, chain).
    public internal(set) var adds: [Dot]

    public init(value: Value, adds: [Dot]) {
        self.value = value
        self.adds = adds
    }
}
