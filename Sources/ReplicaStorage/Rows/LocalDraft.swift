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
    /// How often a row is named: at least as many as there are distinct prefixes.
    private var mentions = 0

    init(
        _ request: CommitRequest, base: Stamp, _ state: EngineState, _ rows: RowStore,
        _ schema: Schema
    ) throws(StorageError) {
        self.base = base
        saltSeed = request.saltSeed
        isClockSuspect = request.isClockSuspect
        working.refusesKnownIDs = true
        working.reserve(request.changes.count)
        open.reserveCapacity(request.changes.count)
        for change in request.changes {
            guard let collection = schema.collection(change.collection) else {
                throw StorageError(.refused, "there is no collection \(change.collection)")
            }
            try add(change, collection, state, rows)
        }
        guard mentions <= Limits.prefixesMax || prefixCount <= Limits.prefixesMax else {
            throw StorageError(
                .refused, "rows of more than \(Limits.prefixesMax) origins in one transaction")
        }
    }

    private mutating func add(
        _ change: RowOperation, _ collection: RowCollection, _ state: EngineState,
        _ rows: RowStore
    ) throws(StorageError) {
        let (place, isFirst) = try working.place(of: change, rows, state)
        var change = change
        try check(&change, collection, isFirst: isFirst)
        if change.kind == .insert {
            guard working.bear(at: place) else {
                throw StorageError(.refused, "\(collection.name) gets one row twice")
            }
            // Absent is the only form of a null written at birth.
            if change.cells.contains(where: { $0.action.assignsNull }) {
                change.cells.removeAll { $0.action.assignsNull }
            }
        }
        let before = working.before(at: place)
        if change.kind != .insert, before.created == nil, !working.isBorn(at: place) {
            throw StorageError(.refused, "\(collection.name) has no such row")
        }
        if change.kind == .insert, before.created != nil {
            throw StorageError(.refused, "\(collection.name) has a row of that id already")
        }
        try refuseFullSets(change, collection, before)
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

    /// Merging may go beyond the limit; a person who adds may not.
    private func refuseFullSets(
        _ change: RowOperation, _ collection: RowCollection, _ before: Row
    ) throws(StorageError) {
        for cell in change.cells {
            guard case .add(let value) = cell.action,
                case .set(let elements, _) = before[cell.field],
                elements.count >= Limits.setElementsMax,
                !elements.contains(where: { $0.value == value })
            else { continue }
            throw StorageError(
                .refused,
                "\(collection.name): a set has at most \(Limits.setElementsMax) elements")
        }
    }

    /// What no replica could read must not be written: the decoder's rules, asked before. Nothing
    /// is written that stays the same, for the first write copies every cell.
    private mutating func check(
        _ change: inout RowOperation, _ collection: RowCollection, isFirst: Bool
    ) throws(StorageError) {
        func refused(_ reason: String) -> StorageError {
            StorageError(.refused, "\(collection.name): \(reason)")
        }
        change.stamp = nil
        if change.kind == .delete, !change.cells.isEmpty {
            throw refused("a delete writes no fields")
        }
        if !change.isInOrder { change.cells.sort { $0.field < $1.field } }
        mentions += 1
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
                try check(value, refused)
                if let better = value.normalized { change.cells[index].action = .assign(better) }
            case .add(let value):
                try check(value, refused)
                if let better = value.normalized { change.cells[index].action = .add(better) }
            case .remove(let value):
                try check(value, refused)
                if let better = value.normalized { change.cells[index].action = .remove(better) }
            case .increment: break
            }
        }
    }

    /// The distinct prefixes of all rows and references; only counted when there could be too many.
    private var prefixCount: Int {
        var prefixes: [UInt128] = []
        var index = IDIndex()
        func include(_ row: RowID) {
            let prefix = row.prefix
            guard index.find(prefix, where: { prefixes[$0] == prefix }) == nil else { return }
            index.insert(prefix, at: prefixes.count) { prefixes[$0] }
            prefixes.append(prefix)
        }
        for operation in open + personal.values.joined() {
            include(operation.row)
            for cell in operation.cells {
                switch cell.action {
                case .assign(.reference(let row)), .add(.reference(let row)),
                    .remove(.reference(let row)):
                    include(row)
                case .assign, .add, .remove, .increment: break
                }
            }
        }
        return prefixes.count
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

    private mutating func check(
        _ value: Value, _ refused: (String) -> StorageError
    ) throws(StorageError) {
        switch value {
        case .null, .integer, .real: return
        case .text(let text):
            if text.utf8.count <= Limits.valueBytesMax { return }
        case .blob(let bytes):
            if bytes.count <= Limits.valueBytesMax { return }
        case .reference:
            mentions += 1
            return
        }
        throw refused("a value has at most \(Limits.valueBytesMax) bytes")
    }

    private func split(
        _ operation: RowOperation, _ collection: RowCollection
    ) -> (kept: RowOperation, moved: RowOperation?) {
        func isPersonal(_ cell: CellOperation) -> Bool {
            collection.traits(of: cell.field)?.isPersonal ?? false
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

extension RowOperation {
    /// Whether its cells stand in ascending order of their fields.
    fileprivate var isInOrder: Bool {
        var last: UInt32 = 0
        for cell in cells {
            if cell.field < last { return false }
            last = cell.field
        }
        return true
    }
}

extension CellOperation.Action {
    fileprivate var assignsNull: Bool {
        if case .assign(.null) = self { true } else { false }
    }
}

extension Value {
    /// The one form of a number that has several; `nil` where the value is in it.
    fileprivate var normalized: Value? {
        guard case .real(let number) = self else { return nil }
        let better = Value.real(normalizing: number)
        return better == self ? nil : better
    }
}
