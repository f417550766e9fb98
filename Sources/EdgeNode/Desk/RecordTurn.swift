internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// One write of one record inside one turn of the replica.
struct RecordTurn: Sendable {
    let wish: RecordWish
    let key: String?
    let request: ContentHash
    let now: Int64
    let site: RowID
    let schema: Schema
    let rules: RecordRules
    let encode: @Sendable (RowID) -> [UInt8]

    func perform(
        _ reader: Reader, _ ids: inout RowIDSource
    ) throws(StorageError) -> (Deed, DeskEnding) {
        if let key, let known = try reader.answer(to: key) {
            guard known.request == request else { return (.none, .failure(.keyReused)) }
            return (.none, .success(DeskReply(bytes: known.answer, isReplayed: true)))
        }
        var held: Record?
        if let row = wish.row {
            guard let record = try reader.record(wish.collection, row) else {
                return refuse(.unknown, try reader.absence(of: row, in: wish.collection))
            }
            let shown = ShownRow(id: record.id, values: record.values)
            if let tag = wish.expectedTag, tag != Desk.tag(of: shown) {
                return refuse(.changed, "Somebody changed it since you read it. Read it again.")
            }
            held = record
        }
        if let reason = try guestInTheWay(reader, held.map { NamedRow($0, wish.collection) }) {
            return refuse(.conflict, reason)
        }
        let faults = try faults(reader, held)
        guard faults.isEmpty else {
            return (.none, .failure(DeskRefusal(faults, of: wish.collection.name)))
        }
        let row = wish.row ?? ids.draw()
        let body = encode(row)
        let answer = key.map {
            StoredAnswer(key: $0, request: request, answer: body, wallMilliseconds: now)
        }
        return (
            Deed(changes: operations(on: row, held), answer: answer, effects: []),
            .success(DeskReply(bytes: body, isReplayed: false))
        )
    }

    private func refuse(_ kind: DeskRefusal.Kind, _ message: String) -> (Deed, DeskEnding) {
        (.none, .failure(DeskRefusal(kind, message)))
    }

    // MARK: What is wrong with it

    private func faults(
        _ reader: Reader, _ record: Record?
    ) throws(StorageError) -> [RecordFault] {
        let held = record.map { NamedRow($0, wish.collection) }
        if wish.deed == .delete, !wish.collection.isAppendOnly { return [] }
        let review = RecordReview(
            rules, wish.collection, wish.contents,
            held: held.map { row in { row.content(of: $0) } })
        var missing: Set<RecordReview.Reference> = []
        for reference in review.references {
            guard let target = schema.collection(named: reference.collection),
                try reader.contains(target, reference.row)
            else {
                missing.insert(reference)
                continue
            }
        }
        let faults = review.faults(missing: missing)
        return faults.isEmpty ? try likenesses(reader, held) : faults
    }

    /// Names that people would take for those of other records.
    private func likenesses(
        _ reader: Reader, _ held: NamedRow?
    ) throws(StorageError) -> [RecordFault] {
        var faults: [RecordFault] = []
        for name in rules.distinct(of: wish.collection.name) {
            guard case .value(.text(let text))? = wish.contents[name], held?.text(name) != text,
                let other = try LookAlike.other(
                    than: wish.row, like: text, in: name, of: wish.collection, reader)
            else { continue }
            faults.append(RecordFault(name, LookAlike.reason(text, other)))
        }
        return faults
    }

    // MARK: What is written

    private func operations(on row: RowID, _ record: Record?) -> [RowOperation] {
        func operation(_ kind: RowOperation.Kind, _ cells: [CellOperation]) -> RowOperation {
            RowOperation(collection: wish.collection.id, row: row, kind: kind, cells: cells)
        }
        switch wish.deed {
        case .delete: return [operation(.delete, [])]
        case .create:
            let rounds = rounds(cells(born.merging(wish.contents) { $1 }, nil))
            return [operation(.insert, rounds.first ?? [])]
                + rounds.dropFirst().map { operation(.update, $0) }
        case .change: return rounds(cells(wish.contents, record)).map { operation(.update, $0) }
        }
    }

    /// One operation names a field once; a set's further elements go into further operations.
    private func rounds(_ cells: [CellOperation]) -> [[CellOperation]] {
        var rounds: [[CellOperation]] = []
        var taken: [UInt32: Int] = [:]
        for cell in cells {
            let round = taken[cell.field, default: 0]
            taken[cell.field] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(cell)
        }
        return rounds.map { $0.sorted { $0.field < $1.field } }
    }

    /// What every new record says of itself.
    private var born: [String: FieldContent] {
        var values: [String: FieldContent] = [
            "origin_site": .value(.reference(site)), "created_by": .value(.reference(wish.staff)),
        ]
        if let home = wish.collection.homeSite.flatMap({ id in
            wish.collection.fields.first { $0.id == id }
        }) {
            values[home.name] = .value(.reference(site))
        }
        return values
    }

    private func cells(
        _ contents: [String: FieldContent], _ record: Record?
    ) -> [CellOperation] {
        var cells: [CellOperation] = []
        let held = record.map { NamedRow($0, wish.collection) }
        for (name, content) in contents {
            guard let field = wish.collection.field(named: name) else { continue }
            // Said again, as whoever sends a whole record does: it stays as it was born.
            if record != nil, field.merge == .createOnly { continue }
            switch content {
            case .value(let value) where field.merge == .counter:
                guard case .integer(let wanted) = value else { continue }
                // Counts are added up, so the difference is what was counted here.
                let (difference, isTooLarge) = wanted.subtractingReportingOverflow(
                    held?.integer(name) ?? 0)
                if isTooLarge || difference == 0 { continue }
                cells.append(CellOperation(field: field.id, action: .increment(difference)))
            case .value(let value):
                // A null at birth is said by silence.
                if record == nil, value.isNull { continue }
                cells.append(CellOperation(field: field.id, action: .assign(value)))
            case .elements(let wanted):
                let had = held?.elements(of: field) ?? []
                cells += wanted.filter { !had.contains($0) }
                    .map { CellOperation(field: field.id, action: .add($0)) }
                cells += had.filter { !wanted.contains($0) }
                    .map { CellOperation(field: field.id, action: .remove($0)) }
            }
        }
        return cells
    }
}

extension DeskRefusal {
    /// All that is wrong with a record, in one sentence and one by one.
    init(_ faults: [RecordFault], of collection: String) {
        let shown = faults.prefix(4).map(\.sentence).joined(separator: "; ")
        let rest = faults.count > 4 ? "; and \(faults.count - 4) more" : ""
        self.init(.invalid, "Nothing was written of this \(collection). \(shown)\(rest).", faults)
    }
}

extension NamedRow {
    /// What a field holds; nil for one that the collection does not have.
    fileprivate func content(of name: String) -> FieldContent? {
        guard let field = field(named: name) else { return nil }
        let isSet = field.merge == .addWinsSet || field.merge == .removeWinsSet
        return isSet ? .elements(elements(of: field)) : .value(value(name))
    }

    /// A set's elements as its column shows them.
    fileprivate func elements(of field: Field) -> [Value] {
        switch field.type {
        case .text: texts(field.name).map(Value.text)
        case .reference: references(field.name).map(Value.reference)
        case .integer, .real, .blob: []
        }
    }
}
