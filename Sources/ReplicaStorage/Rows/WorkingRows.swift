internal import CRDT

/// The rows one transaction touches, each loaded once and saved once, in order of first touch.
struct WorkingRows {
    struct Key: Hashable {
        let collection: UInt32
        let row: RowID
    }

    private struct Entry {
        var row: Row
        let old: Row
        /// Nothing was looked up for it: an insert whose id should be new.
        let isAssumedNew: Bool
        /// What was applied, to be applied again on the real row should the id stand already.
        var applied: [(RowOperation, Event)]
    }

    /// A local insert draws a fresh id; an id that stands already is the caller's mistake.
    var refusesKnownIDs = false
    private var entries: [Entry] = []
    private var positions: [Key: Int] = [:]

    /// Whether an earlier operation touched the same row.
    func holds(_ operation: RowOperation) -> Bool {
        positions[Key(collection: operation.collection, row: operation.row)] != nil
    }

    /// The row before this transaction, loading it on first touch.
    mutating func before(
        _ operation: RowOperation, _ rows: RowStore, _ state: EngineState
    ) throws(StorageError) -> Row {
        entries[try position(operation, rows, state)].old
    }

    mutating func apply(
        _ operation: RowOperation, _ event: Event, _ collection: RowCollection?,
        _ rows: RowStore, _ state: EngineState
    ) throws(StorageError) -> [Loss] {
        let index = try position(operation, rows, state)
        if entries[index].isAssumedNew { entries[index].applied.append((operation, event)) }
        return entries[index].row.apply(operation, event, collection)
    }

    private mutating func position(
        _ operation: RowOperation, _ rows: RowStore, _ state: EngineState
    ) throws(StorageError) -> Int {
        let key = Key(collection: operation.collection, row: operation.row)
        if let known = positions[key] { return known }
        let isAssumedNew = operation.kind == .insert && state.hiddenRows == 0
        let row =
            isAssumedNew
            ? Row(collection: operation.collection, id: operation.row)
            : try rows.load(operation.collection, operation.row, state)
        positions[key] = entries.count
        entries.append(Entry(row: row, old: row, isAssumedNew: isAssumedNew, applied: []))
        return entries.count - 1
    }

    mutating func save(_ rows: RowStore, _ state: inout EngineState) throws(StorageError) {
        for entry in entries {
            if entry.isAssumedNew, try rows.insert(entry.row, &state) { continue }
            guard entry.isAssumedNew else {
                try rows.save(entry.row, from: entry.old, &state)
                continue
            }
            // The id stands already (only after a fork), or the row is no plain live one.
            let old = try rows.load(entry.row.collection, entry.row.id, state)
            if refusesKnownIDs, !RowStore.isBlank(old) {
                throw StorageError(.refused, "a row of that id stands already")
            }
            var merged = old
            let collection = rows.collection(entry.row.collection)
            for (operation, event) in entry.applied {
                _ = merged.apply(operation, event, collection)
            }
            try rows.save(merged, from: old, &state)
        }
        entries = []
        positions = [:]
    }
}
