/// How concurrent writes of one field become one value (`Merge-Rules.md`). Codes are for ever.
public enum MergeCode: UInt8, Sendable, CaseIterable {
    /// Written with the row, never changed.
    case createOnly = 1
    /// The greatest clock wins.
    case lastWriter = 2
    /// As `lastWriter`; a concurrent loser is put in the conflict list.
    case lastWriterListed = 3
    /// Concurrent values are all kept.
    case multiValue = 4
    /// Among concurrent values the least wins; a write that has seen it replaces it.
    case minimum = 5
    /// Among concurrent values the greatest wins; a write that has seen it replaces it.
    case maximum = 6
    /// Among concurrent values the highest rank wins; a write that has seen it replaces it.
    case rank = 7
    /// Deltas are added up, each once.
    case counter = 8
    /// A set in which an add survives every removal that had not seen it.
    case addWinsSet = 9
    /// Reserved: a set in which a removal survives a concurrent add.
    case removeWinsSet = 10
    /// Reserved: a list ordered by fractional keys.
    case orderedList = 11
    /// As `lastWriter`, but only the row's home site may write.
    case owned = 12
}

/// The type a field's value has on every replica. Null is always allowed.
public enum ValueType: UInt8, Sendable, CaseIterable {
    case integer = 1
    case real = 2
    case text = 3
    case blob = 4
    case reference = 5
}

/// One field of a collection. Its id is for ever and never derived from its name.
public struct Field: Sendable, Hashable {
    /// 1 or more; 0 is reserved for a tenant's own fields, keyed by their definition's row.
    public let id: UInt32
    public let name: String
    public let type: ValueType
    public let merge: MergeCode
    /// Travels in a section of its subject, so that it can be erased.
    public let isPersonal: Bool
    /// Only for `rank`: every value's rank.
    public let ranks: [String: Int]

    public init(
        id: UInt32, name: String, type: ValueType, merge: MergeCode, isPersonal: Bool = false,
        ranks: [String: Int] = [:]
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.merge = merge
        self.isPersonal = isPersonal
        self.ranks = ranks
    }
}

/// Whose person a row's personal fields speak of.
public enum Subject: Sendable, Hashable {
    case row
    /// A create-only reference field that names the subject's row.
    case field(UInt32)
}

/// One replicated collection: its fields, its indexes and how its rows may change.
public struct RowCollection: Sendable, Hashable {
    public let id: UInt32
    public let name: String
    public let fields: [Field]
    /// Each index lists field names, in order.
    public let indexes: [[String]]
    /// Rows are written once; there is no update and no delete but retention's.
    public let isAppendOnly: Bool
    /// A delete is never undone by a concurrent edit.
    public let isDeleteFinal: Bool
    public let subject: Subject?
    /// The create-only reference field that names the row's home site, for `owned` fields.
    public let homeSite: UInt32?

    private let slots: SlotTable

    public init(
        id: UInt32, name: String, fields: [Field], indexes: [[String]] = [],
        isAppendOnly: Bool = false, isDeleteFinal: Bool = false, subject: Subject? = nil,
        homeSite: UInt32? = nil
    ) {
        self.id = id
        self.name = name
        self.fields = fields
        self.indexes = indexes
        self.isAppendOnly = isAppendOnly
        self.isDeleteFinal = isDeleteFinal
        self.subject = subject
        self.homeSite = homeSite
        slots = SlotTable(fields.map(\.id))
    }

    /// The position of a field in `fields`, or `nil` for one this schema does not know.
    public func slot(of field: UInt32) -> Int? { slots[field] }
    public func field(_ id: UInt32) -> Field? { slots[id].map { fields[$0] } }
    public func field(named name: String) -> Field? { fields.first { $0.name == name } }
}

/// Positions by id. Merging asks it for every cell: ids of shipped packs are small and stand in a
/// table, others in a dictionary.
private struct SlotTable: Sendable, Hashable {
    private static let dense: UInt32 = 256
    private var near: [Int16] = []
    private var far: [UInt32: Int] = [:]

    init(_ ids: [UInt32]) {
        for (slot, id) in ids.enumerated() {
            guard id < Self.dense, slot <= Int(Int16.max) else {
                far[id] = slot
                continue
            }
            while near.count <= Int(id) { near.append(-1) }
            near[Int(id)] = Int16(slot)
        }
    }

    subscript(id: UInt32) -> Int? {
        guard Int(id) < near.count else { return far.isEmpty ? nil : far[id] }
        let slot = near[Int(id)]
        return slot < 0 ? far[id] : Int(slot)
    }
}

/// All collections of the installed packs, at one version.
public struct Schema: Sendable {
    public let version: UInt32
    public let collections: [RowCollection]
    private let slots: [UInt32: Int]

    public init(version: UInt32, collections: [RowCollection]) {
        self.version = version
        self.collections = collections
        var slots: [UInt32: Int] = [:]
        for (slot, collection) in collections.enumerated() { slots[collection.id] = slot }
        self.slots = slots
    }

    public func collection(_ id: UInt32) -> RowCollection? { slots[id].map { collections[$0] } }
    public func collection(named name: String) -> RowCollection? {
        collections.first { $0.name == name }
    }
}
