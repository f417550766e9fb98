public import CRDT
public import FrontDesk

/// What a desk wants written to one record.
public struct RecordWish: Sendable, Hashable {
    public enum Deed: Sendable, Hashable { case create, change, delete }

    public let deed: Deed
    public let collection: RowCollection
    /// Nil for a new record.
    public let row: RowID?
    /// By field name. Elements are all that a set shall hold.
    public let contents: [String: FieldContent]
    /// Refuses when the record does not have this tag any more; nil asks nothing.
    public let expectedTag: String?
    /// Who is signed in.
    public let staff: RowID

    public init(
        _ deed: Deed, _ collection: RowCollection, _ row: RowID? = nil,
        contents: [String: FieldContent] = [:], expectedTag: String? = nil, staff: RowID
    ) {
        self.deed = deed
        self.collection = collection
        self.row = row
        self.contents = contents
        self.expectedTag = expectedTag
        self.staff = staff
    }
}
