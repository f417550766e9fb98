internal import CRDT

/// The rows one transaction touches, each loaded once and saved once, in order of first touch.
struct WorkingRows {
    private struct Entry {
        var row: Row
        let old: Row
        /// Nothing was looked up for it: an insert whose id should be new.
        let isAssumedNew: Bool
        /// Whether this transaction inserts it.
        var isBorn = false
    }

    /// A local insert draws a fresh id; an id that stands already is the caller's mistake.
    var refusesKnownIDs = false
    private var entries: [Entry] = []
    private var index = IDIndex()
    /// Where the next operation's row most likely is: a transaction is gone through twice.
    private var cursor = 0

    mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

    /// The place of an operation's row, loading it on first touch.
    mutating func place(
        of operation: RowOperation, _ rows: RowStore, _ state: EngineState
    ) throws(StorageError) -> (place: Int, isFirst: Bool) {
        if cursor < entries.count, isRow(of: operation, at: cursor) {
            defer { advance(from: cursor) }
            return (cursor, false)
        }
        if let known = index.find(operation.row.value, where: { isRow(of: operation, at: $0) }) {
            advance(from: known)
            return (known, false)
        }
        let isAssumedNew = operation.kind == .insert && state.hiddenRows == 0
        let row =
            isAssumedNew
            ? Row(collection: operation.collection, id: operation.row)
            : try rows.load(operation.collection, operation.row, state)
        entries.append(Entry(row: row, old: row, isAssumedNew: isAssumedNew))
        index.insert(operation.row.value, at: entries.count - 1) { entries[$0].row.id.value }
        return (entries.count - 1, true)
    }

    private func isRow(of operation: RowOperation, at place: Int) -> Bool {
        entries[place].row.id == operation.row
            && entries[place].row.collection == operation.collection
    }

    private mutating func advance(from place: Int) {
        cursor = place + 1 < entries.count ? place + 1 : 0
    }

    /// The row before this transaction.
    func before(at place: Int) -> Row { entries[place].old }
    func isBorn(at place: Int) -> Bool { entries[place].isBorn }

    /// `false` when the transaction has a birth of this id already, be it in another collection.
    mutating func bear(at place: Int) -> Bool {
        let id = entries[place].row.id
        let known = index.find(id.value) { entries[$0].isBorn && entries[$0].row.id == id }
        entries[place].isBorn = true
        return known == nil
    }

    mutating func apply(
        _ operation: RowOperation, _ event: Event, _ collection: RowCollection?,
        _ rows: RowStore, _ state: EngineState
    ) throws(StorageError) -> [Loss] {
        let place = try place(of: operation, rows, state).place
        return entries[place].row.apply(operation, event, collection)
    }

    /// - Parameter transaction: what was applied, to be applied again on the real row should an id
    ///   stand already.
    /// - Returns: what lost on such a real row, still to be listed.
    mutating func save(
        _ transaction: Transaction, _ event: Event, _ rows: RowStore, _ state: inout EngineState
    ) throws(StorageError) -> [(Loss, RowOperation)] {
        var losses: [(Loss, RowOperation)] = []
        for place in entries.indices {
            guard entries[place].isAssumedNew else {
                try rows.save(entries[place].row, from: entries[place].old, &state)
                continue
            }
            if try rows.insert(entries[place].row, &state) { continue }
            // The id stands already (only after a fork), or the row is no plain live one.
            let row = entries[place].row
            let old = try rows.load(row.collection, row.id, state)
            if refusesKnownIDs, !RowStore.isBlank(old) {
                throw StorageError(.refused, "a row of that id stands already")
            }
            var merged = old
            let collection = rows.collection(row.collection)
            for operation in transaction.allOperations where isRow(of: operation, at: place) {
                losses += merged.apply(operation, event, collection).map { ($0, operation) }
            }
            try rows.save(merged, from: old, &state)
        }
        self = WorkingRows()
        return losses
    }
}
