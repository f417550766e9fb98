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
    private var prefixes: Set<UInt128> = []
    private var lastPrefix: UInt128 = 1 << 80

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
        var change = try checked(change, collection)
        if change.kind == .insert {
            guard born.insert(change.row).inserted else {
                throw StorageError(.refused, "\(collection.name) gets one row twice")
            }
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

    /// What no replica could read must not be written: the decoder's rules, asked before.
    private mutating func checked(
        _ change: RowOperation, _ collection: RowCollection
    ) throws(StorageError) -> RowOperation {
        func refused(_ reason: String) -> StorageError {
            StorageError(.refused, "\(collection.name): \(reason)")
        }
        var change = change
        change.stamp = nil
        change.cells.sort { $0.field < $1.field }
        if change.kind == .delete, !change.cells.isEmpty {
            throw refused("a delete writes no fields")
        }
        let isFirst = !working.holds(change)
        var last: UInt32 = 0
        for index in change.cells.indices {
            let field = change.cells[index].field
            guard collection.slot(of: field) != nil else { throw refused("no field \(field)") }
            guard field > last else { throw refused("field \(field) twice in one operation") }
            last = field
            switch change.cells[index].action {
            case .assign(let value):
                if !isFirst, isAssigned(field, of: change) {
                    throw refused("field \(field) is assigned twice")
                }
                change.cells[index].action = .assign(try checked(value, refused))
            case .add(let value):
                change.cells[index].action = .add(try checked(value, refused))
            case .remove(let value):
                change.cells[index].action = .remove(try checked(value, refused))
            case .increment: break
            }
        }
        include(change.row)
        guard prefixes.count <= Limits.prefixesMax else {
            throw refused("rows of more than \(Limits.prefixesMax) origins in one transaction")
        }
        return change
    }

    private mutating func include(_ row: RowID) {
        guard row.prefix != lastPrefix else { return }
        lastPrefix = row.prefix
        prefixes.insert(lastPrefix)
    }

    /// Whether an earlier operation of this transaction assigned the same cell.
    private func isAssigned(_ field: UInt32, of change: RowOperation) -> Bool {
        (open + personal.values.joined()).contains { earlier in
            earlier.row == change.row && earlier.collection == change.collection
                && earlier.cells.contains {
                    guard $0.field == field, case .assign = $0.action else { return false }
                    return true
                }
        }
    }

    private mutating func checked(
        _ value: Value, _ refused: (String) -> StorageError
    ) throws(StorageError) -> Value {
        switch value {
        case .null, .integer: return value
        case .real(let number): return .real(normalizing: number)
        case .text(let text):
            if text.utf8.count <= Limits.valueBytesMax { return value }
        case .blob(let bytes):
            if bytes.count <= Limits.valueBytesMax { return value }
        case .reference(let row):
            include(row)
            return value
        }
        throw refused("a value has at most \(Limits.valueBytesMax) bytes")
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
