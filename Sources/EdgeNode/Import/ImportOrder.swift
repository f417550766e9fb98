internal import Foundation
public import FrontDesk

/// What somebody wants imported: files of this machine, each with its mapping, in this order.
public struct ImportOrder: Codable, Sendable, Hashable {
    public struct Item: Codable, Sendable, Hashable {
        /// An absolute path, readable by the account of the node.
        public let path: String
        public let mapping: ImportMapping

        public init(path: String, mapping: ImportMapping) {
            self.path = path
            self.mapping = mapping
        }

        /// The file's own name.
        public var name: String { URL(fileURLWithPath: path).lastPathComponent }
    }

    public let items: [Item]
    /// Reads and counts everything and writes nothing.
    public let isDryRun: Bool
    /// Writes nothing of a file in which anything is wrong.
    public let isStrict: Bool
    /// Whether rows that are alike are told one by one.
    public let tellsAlike: Bool

    public init(
        items: [Item], isDryRun: Bool = false, isStrict: Bool = false, tellsAlike: Bool = false
    ) {
        self.items = items
        self.isDryRun = isDryRun
        self.isStrict = isStrict
        self.tellsAlike = tellsAlike
    }

    /// A folder of more files is no export.
    public static let itemsMax = 64
}

/// What an import tells while it works, as one line of JSON each where it goes through a socket.
public enum ImportNotice: Codable, Sendable, Hashable {
    /// Rows of the file that were looked at, and their share of the file in thousandths.
    case checking(file: String, rows: Int, perMille: Int)
    case writing(file: String, rows: Int, of: Int)
    /// A row that is left out. Its fields follow where they could be read.
    case rejected(file: String, row: Int?, sentence: String, fields: [String]?)
    /// Something that the file says and the record will not.
    case kept(file: String, sentence: String)
    /// A row that is like others of its group; a person decides whether they are one.
    case alike(file: String, review: String, group: Int, row: Int, fields: [String])
    /// The names of the file's columns; before the first row that is told.
    case header(file: String, fields: [String])
    case finished(ImportReport)
    /// The end of an order that could not be done, and what to do.
    case failed(String)
}

/// What became of one file.
public struct ImportReport: Codable, Sendable, Hashable {
    public internal(set) var file: String
    public internal(set) var mapping: String
    public internal(set) var isDryRun: Bool
    /// The order was strict and something is wrong: nothing was written.
    public internal(set) var isRefused = false
    public internal(set) var rowsRead = 0
    /// Rows that repeat an earlier one.
    public internal(set) var rowsFolded = 0
    public internal(set) var rowsRejected = 0
    /// Rows of other sites, which import them themselves.
    public internal(set) var rowsElsewhere = 0
    /// Records by collection that are new; in a dry run those that would be.
    public internal(set) var added: [String: Int] = [:]
    public internal(set) var changed = 0
    public internal(set) var same = 0
    /// Fields and records that the file would have changed and a person's deed keeps.
    public internal(set) var kept = 0
    /// Groups of rows that are alike, and rows in them, by the review that found them.
    public internal(set) var alikeGroups: [String: Int] = [:]
    public internal(set) var alikeRows: [String: Int] = [:]
    public internal(set) var transactions = 0

    init(_ item: ImportOrder.Item, isDryRun: Bool) {
        file = item.name
        mapping = item.mapping.name
        self.isDryRun = isDryRun
    }

    /// New records of every collection.
    public var addedRecords: Int { added.values.reduce(0, +) }
    /// Nothing of the file was new.
    public var isRepeat: Bool { addedRecords == 0 && changed == 0 }
}
