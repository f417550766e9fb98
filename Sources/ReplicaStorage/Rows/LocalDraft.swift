internal import CRDT

/// A local change on its way to a transaction: rows looked up, writes stamped, personal cells put
/// into the sections of their subjects.
struct LocalDraft {
    var working = WorkingRows()
    private let base: Stamp
    private let saltSeed: UInt128
    private let isClockSuspect: Bool
    private var open: [RowOperation] = []
    private var personal: [RowID: [RowOperation]] = [:]

    init(
        _ request: CommitRequest, base: Stamp, _ state: EngineState, _ rows: RowStore,
        _ schema: Schema
    ) throws(StorageError) {
        self.base = base
        saltSeed = request.saltSeed
        isClockSuspect = request.isClockSuspect
        working.refusesKnownIDs = true
        open.reserveCapacity(request.changes.count)
        var born: Set<RowID> = []
        for change in request.changes {
            guard let collection = schema.collection(change.collection) else {
                throw StorageError(.refused, "there is no collection \(change.collection)")
            }
            try add(change, collection, &born, state, rows)
        }
    }

    private mutating func add(
        _ change: RowOperation, _ collection: RowCollection, _ born: inout Set<RowID>,
        _ state: EngineState, _ rows: RowStore
    ) throws(StorageError) {
        var change = change
        change.cells.sort { $0.field < $1.field }
        if change.kind == .insert {
            born.insert(change.row)
            // Absent is the only form of a null written at birth.
            change.cells.removeAll { $0.action == .assign(.null) }
        }
        let before = try working.before(change, rows, state)
        if change.kind != .insert, before.created == nil, !born.contains(change.row) {
            throw StorageError(.refused, "\(collection.name) has no such row")
        }
        if change.kind == .insert, before.created != nil {
            throw StorageError(.refused, "\(collection.name) has a row of that id already")
        }
        let stamped = before.stamping(change, base: base)
        let (kept, moved) = split(stamped, collection)
        if let moved {
            guard let subject = subject(of: change, collection, before) else {
                throw StorageError(
                    .refused, "a personal field of \(collection.name) needs its subject")
            }
            personal[subject, default: []].append(moved)
        }
        if kept.kind != .update || !kept.cells.isEmpty || moved == nil { open.append(kept) }
    }

    private func split(
        _ operation: RowOperation, _ collection: RowCollection
    ) -> (kept: RowOperation, moved: RowOperation?) {
        func isPersonal(_ cell: CellOperation) -> Bool {
            collection.field(cell.field)?.isPersonal ?? false
        }
        guard operation.cells.contains(where: isPersonal) else { return (operation, nil) }
        var kept = operation
        kept.cells.removeAll(where: isPersonal)
        let moved = RowOperation(
            collection: operation.collection, row: operation.row, kind: .update,
            cells: operation.cells.filter(isPersonal))
        return (kept, moved)
    }

    private func subject(
        of change: RowOperation, _ collection: RowCollection, _ before: Row
    ) -> RowID? {
        switch collection.subject {
        case .row: return change.row
        case .field(let id):
            if case .assign(.reference(let row)) = change.cells.first(where: { $0.field == id })?
                .action
            {
                return row
            }
            if case .value(.reference(let row), _) = before[id] { return row }
            return nil
        case nil: return nil
        }
    }

    func transaction(_ hasher: any ContentHasher) -> Transaction {
        var transaction = Transaction(stamp: base, isClockSuspect: isClockSuspect, rows: open)
        for (index, subject) in personal.keys.sorted().enumerated() {
            var preimage = ByteWriter(domain: .section)
            preimage.write(id: saltSeed)
            preimage.write(count: index)
            let salt = hasher.hash(preimage.bytes)
            transaction.sections.append(
                Section(
                    subject: subject,
                    content: .present(
                        salt: UInt128(salt.prefix) << 64 | UInt128(salt.suffix),
                        rows: personal[subject] ?? [])))
        }
        return transaction
    }
}
