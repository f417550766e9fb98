public import CRDT

// What an import writes for a record, compared with what is here.
extension ImportedRow {
    /// How the record stands at this box.
    public enum Standing: Sendable {
        case absent
        /// It was deleted here.
        case deleted
        case here(Row)
    }

    /// What is to be done about it.
    public struct Verdict: Sendable, Hashable {
        public enum Kind: Sendable, Hashable { case added, changed, same, deleted }

        public let kind: Kind
        /// One operation names a field once; a set's further elements go into further ones.
        public let operations: [RowOperation]
        /// What the file says and the record will not: columns and why.
        public let kept: [ImportProblem]
    }

    /// Whose import it is.
    public struct Origin: Sendable, Hashable {
        public let site: RowID
        public let batch: RowID

        /// - Parameter batch: none for a dry run, which writes nothing.
        public init(site: RowID, batch: RowID = RowID(0)) {
            self.site = site
            self.batch = batch
        }
    }

    /// What a person changed since an import wrote it stays; what only imports wrote follows the
    /// file. A record that was deleted here does not come back.
    public func verdict(
        _ standing: Standing, _ origin: Origin, in collection: RowCollection
    ) -> Verdict {
        switch standing {
        case .deleted:
            let reason = "was deleted here and is not brought back"
            return Verdict(
                kind: .deleted, operations: [], kept: [ImportProblem(row: number, reason)])
        case .absent:
            return Verdict(
                kind: .added, operations: birth(origin, in: collection), kept: [])
        case .here(let row): return changes(of: row, origin, in: collection)
        }
    }

    private func birth(_ origin: Origin, in collection: RowCollection) -> [RowOperation] {
        var wanted: [CellOperation] = []
        func say(_ name: String, _ row: RowID) {
            guard let field = collection.field(named: name) else { return }
            wanted.append(CellOperation(field: field.id, action: .assign(.reference(row))))
        }
        say("origin_site", origin.site)
        say("import_batch", origin.batch)
        if let home, let field = collection.homeSite {
            wanted.append(CellOperation(field: field, action: .assign(.reference(home))))
        }
        for cell in cells {
            switch cell.content {
            // A null at birth is said by silence.
            case .value(.null): continue
            case .value(let value):
                wanted.append(CellOperation(field: cell.field, action: .assign(value)))
            case .elements(let values):
                wanted += values.map { CellOperation(field: cell.field, action: .add($0)) }
            }
        }
        return operations(.insert, wanted)
    }

    private func changes(
        of row: Row, _ origin: Origin, in collection: RowCollection
    ) -> Verdict {
        let imports = collection.field(named: "imports")
        var wanted: [CellOperation] = []
        var kept: [ImportProblem] = []
        for cell in cells {
            guard let field = collection.field(cell.field) else { continue }
            let actions = Self.actions(cell.content, row[cell.field])
            if actions.isEmpty { continue }
            if let reason = refusal(field, row, imports) {
                kept.append(ImportProblem(row: number, column: cell.column, reason))
            } else {
                wanted += actions.map { CellOperation(field: cell.field, action: $0) }
            }
        }
        if wanted.isEmpty { return Verdict(kind: .same, operations: [], kept: kept) }
        if let imports {
            wanted.append(CellOperation(field: imports.id, action: .add(.reference(origin.batch))))
        }
        return Verdict(kind: .changed, operations: operations(.update, wanted), kept: kept)
    }

    /// What would make a cell say what the file says; nothing if it does.
    private static func actions(
        _ content: Content, _ state: CellState?
    ) -> [CellOperation.Action] {
        switch (content, state) {
        case (.value(let value), .value(let old, _)?): value == old ? [] : [.assign(value)]
        case (.value(let value), .siblings(let siblings)?):
            siblings.contains { $0.value == value } ? [] : [.assign(value)]
        case (.value(.null), nil): []
        case (.value(let value), nil): [.assign(value)]
        case (.elements(let values), .set(let elements, _)?):
            values.filter { value in !elements.contains { $0.value == value } }.map { .add($0) }
        case (.elements(let values), nil): values.map { .add($0) }
        case (.value, .counter?), (.value, .set?), (.elements, .value?), (.elements, .siblings?),
            (.elements, .counter?):
            []
        }
    }

    /// Why a cell does not follow the file; nil if it may.
    private func refusal(_ field: Field, _ row: Row, _ imports: Field?) -> String? {
        if field.merge == .createOnly {
            return "differs from the record, and \(field.name) never changes once it is recorded"
        }
        guard let cell = row[field.id] else { return nil }
        let dot = cell.clock.dot
        if dot == row.created?.dot { return nil }
        if let imports, case .set(let elements, _)? = row[imports.id],
            elements.contains(where: { $0.adds.contains(dot) })
        {
            return nil
        }
        return "was changed by a person since the last import and is left as it is"
    }

    private func operations(
        _ kind: RowOperation.Kind, _ wanted: [CellOperation]
    ) -> [RowOperation] {
        var rounds: [[CellOperation]] = []
        var taken: [UInt32: Int] = [:]
        for cell in wanted {
            let round = taken[cell.field, default: 0]
            taken[cell.field] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(cell)
        }
        return rounds.enumerated().map { round, cells in
            RowOperation(
                collection: collection, row: id, kind: round == 0 ? kind : .update,
                cells: cells.sorted { $0.field < $1.field })
        }
    }
}
