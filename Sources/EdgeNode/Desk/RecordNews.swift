public import CRDT
internal import ReplicaStorage

/// Which rows changed, by collection: no word of what is in them.
public struct RecordNews: Sendable, Hashable {
    /// More rows of one collection are quicker read as a list than one by one.
    public static let rowsMax = 64

    /// By collection id. Empty where more than `rowsMax` changed: then any may have.
    public let rowsByCollection: [UInt32: [RowID]]

    init(_ changes: ChangedRows) {
        var rows = Dictionary(uniqueKeysWithValues: changes.collections.map { ($0, [RowID]()) })
        for change in changes.rows { rows[change.collection, default: []].append(change.row) }
        rowsByCollection = rows.mapValues { $0.count > Self.rowsMax ? [] : $0 }
    }
}
