/// What the columns of a file mean, as data (`Import.md`). The caller decodes it; `ImportPlan`
/// judges it against a header and the packs.
public struct ImportMapping: Codable, Sendable, Hashable {
    /// The form of this document; 1.
    public let format: Int
    public let name: String
    /// Where the numbers of the file were given out. Part of every record's identity: the same
    /// number of the same source is the same record, in whichever file.
    public let source: String
    /// Words that mean “not known”, compared without case and without spaces around.
    public let unknown: [String]?
    public let records: [ImportRecord]
    public let reviews: [ImportReview]?

    /// No mapping we know makes more of a row.
    public static let recordsMax = 16
    public static let reviewsMax = 8
}

/// One record that a row of the file makes.
public struct ImportRecord: Codable, Sendable, Hashable {
    public let collection: String
    /// Tells records of one collection apart that come from the same numbers; else the collection.
    public let kind: String?
    /// The columns whose texts, byte for byte, are the record's natural key.
    public let key: [String]
    /// The record is made only where this column says something.
    public let when: String?
    public let fields: [String: ImportField]
}

/// Where a field's value comes from: a column, a constant, or the record of another key.
public struct ImportField: Codable, Sendable, Hashable {
    public enum Otherwise: String, Codable, Sendable { case reject, blank, keep }
    public enum Blank: String, Codable, Sendable { case leave, clear }

    public let column: String?
    /// The same words in every row.
    public let text: String?
    /// The same number in every row.
    public let number: Int64?
    /// Patterns of days: `YYYY`, `MM`, `DD` (one digit will do) and what stands between them, or
    /// `unix` for seconds since 1970.
    public let date: [String]?
    /// Not the day itself but how exactly the text gives it: `day`, `month` or `year`.
    public let precision: Bool?
    /// What the file's words are called here.
    public let values: [String: String]?
    /// What to do with a word that `values` does not know or a text that is no date; else `reject`.
    public let otherwise: Otherwise?
    /// The collection meant by a reference; `site` is looked up by name.
    public let reference: String?
    public let kind: String?
    /// The columns of a reference's key; else the field's own `column`.
    public let key: [String]?
    /// What stands before the column's text.
    public let prefix: String?
    /// What stands between the elements of a set.
    public let separator: String?
    public let required: Bool?
    /// The field is written only where this column says something.
    public let when: String?
    /// What a blank means for a record that is here already; else `leave`.
    public let blank: Blank?
}

/// Rows that are alike in all of these columns but are different records: a person looks at them.
public struct ImportReview: Codable, Sendable, Hashable {
    /// What is alike, in words.
    public let name: String
    /// The record of the mapping that is meant; else the first.
    public let kind: String?
    public let columns: [String]
    /// Rows in which this column is not known are left out.
    public let named: String?
}
