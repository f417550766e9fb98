internal import CRDT

/// One row of one collection.
struct RowKey: Hashable, Comparable {
    let collection: UInt32
    let row: RowID

    static func < (left: RowKey, right: RowKey) -> Bool {
        (left.collection, left.row) < (right.collection, right.row)
    }
}
