internal import CRDT

/// What a business keeps, as data: a document with collections, fields, merge codes, rights and
/// label templates (`Packs.md`). The caller decodes it; this room only judges it.
public struct Pack: Decodable, Sendable, Hashable {
    /// The form of this document; 1.
    public let format: Int
    public let name: String
    /// Rises with every release of the pack.
    public let version: UInt32
    /// Fields that every collection has unless it says otherwise.
    public let everywhere: [PackField]?
    public let collections: [PackCollection]
    /// Rank tables by name: every value of a status and its rank.
    public let ranks: [String: [String: Int]]?
    public let templates: [LabelTemplate]?
    /// Collection ids that were used once and never may be again.
    public let retired: [UInt32]?
}

/// One collection as a pack declares it.
public struct PackCollection: Decodable, Sendable, Hashable {
    public let id: UInt32
    public let name: String
    public let fields: [PackField]
    /// Each index lists field names, in order.
    public let indexes: [[String]]?
    /// Rows are written once.
    public let appendOnly: Bool?
    public let deleteFinal: Bool?
    /// `row`, or the create-only reference field that names the person.
    public let subject: String?
    /// The create-only reference field that names the row's home site.
    public let homeSite: String?
    /// Who may write while the internet is cut.
    public let writers: [PackWriter]
    /// Absent: kept for ever.
    public let retention: PackRetention?
    /// Field names in the order in which a form shows them.
    public let form: [String]?
    /// Pairs of fields: what the first holds never comes after what the second holds.
    public let inOrder: [[String]]?
    /// Fields of which a record must say at least one.
    public let someOf: [String]?
    /// Leaves out the pack's fields for everywhere.
    public let bare: Bool?
    /// Only commands of the program write rows: a check-in, a print, an approval.
    public let byCommand: Bool?
    /// No list, page or feed shows its rows: they hold what opens doors.
    public let hidden: Bool?
    /// Field ids that were used once and never may be again.
    public let retired: [UInt32]?
}

/// One field as a pack declares it.
public struct PackField: Decodable, Sendable, Hashable {
    public let id: UInt32
    public let name: String
    public let type: PackType
    public let merge: PackMerge
    public let personal: Bool?
    /// For `rank`: the name of the rank table.
    public let ranks: String?
    /// For references: the collection that is meant.
    public let to: String?
    /// For texts: the words that a form offers, and the API accepts.
    public let options: [String]?
    /// How a text or number must be written.
    public let format: FieldFormat?
    /// For numbers: the least and the greatest.
    public let least: Int64?
    public let most: Int64?
    /// Whether a text may have several lines.
    public let lines: Bool?
    /// The longest text, in Unicode scalars; else 500, with lines 10,000.
    public let longest: Int?
    /// Whether a record must say it.
    public let required: Bool?
    /// Whether no two records may look alike in it; for collections of a few hundred rows.
    public let distinct: Bool?
    /// Whether the box fills it, and nobody else.
    public let byBox: Bool?
    /// Words that a person writes only over one of these words; over none, where only commands do.
    public let onlyAfter: [String: [String]]?
}

/// Who may write a collection's rows.
public enum PackWriter: String, Decodable, Sendable, CaseIterable {
    /// Signed-in staff with the right, at every site.
    case desk
    /// Only the box of the row's home site.
    case home
    case admin
    case cloud
}

/// When a row may go: so many days after the moment in the field `after`.
public struct PackRetention: Decodable, Sendable, Hashable {
    public let days: Int
    /// An integer field: milliseconds since 1970.
    public let after: String
}

/// The types by their words in a pack.
public enum PackType: String, Decodable, Sendable, CaseIterable {
    case integer, real, text, blob, reference

    var valueType: ValueType {
        switch self {
        case .integer: .integer
        case .real: .real
        case .text: .text
        case .blob: .blob
        case .reference: .reference
        }
    }
}

/// The merge codes by their words in a pack. Codes that are reserved have no word yet.
public enum PackMerge: String, Decodable, Sendable, CaseIterable {
    case createOnly = "create-only"
    case lastWriter = "last-writer"
    case lastWriterListed = "last-writer-listed"
    case multiValue = "multi-value"
    case minimum, maximum, rank, counter
    case addWinsSet = "add-wins-set"
    case owned

    var code: MergeCode {
        switch self {
        case .createOnly: .createOnly
        case .lastWriter: .lastWriter
        case .lastWriterListed: .lastWriterListed
        case .multiValue: .multiValue
        case .minimum: .minimum
        case .maximum: .maximum
        case .rank: .rank
        case .counter: .counter
        case .addWinsSet: .addWinsSet
        case .owned: .owned
        }
    }
}
