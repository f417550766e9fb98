public import CRDT
internal import FrontDesk
internal import ReplicaStorage
internal import Signing

/// What a desk wants written to one record.
public struct RecordWish: Sendable, Hashable {
    public enum Deed: Sendable, Hashable { case create, change, delete }

    /// What a field shall hold.
    public enum Content: Sendable, Hashable {
        /// Null empties the field.
        case value(Value)
        /// All elements of a set.
        case elements([Value])
    }

    public let deed: Deed
    public let collection: RowCollection
    /// Nil for a new record.
    public let row: RowID?
    public let contents: [String: Content]
    /// Refuses when the record does not have this tag any more; nil asks nothing.
    public let expectedTag: String?
    /// Who is signed in.
    public let staff: RowID

    public init(
        _ deed: Deed, _ collection: RowCollection, _ row: RowID? = nil,
        contents: [String: Content] = [:], expectedTag: String? = nil, staff: RowID
    ) {
        self.deed = deed
        self.collection = collection
        self.row = row
        self.contents = contents
        self.expectedTag = expectedTag
        self.staff = staff
    }
}

extension Desk {
    /// Names what a record holds now: equal contents have equal tags, at every box.
    public static func tag(of row: ShownRow) -> String {
        var writer = ByteWriter(capacity: 512)
        for value in row.values { value.encode(into: &writer) }
        return RowName.text(BLAKE2bHasher().hash(writer.bytes).prefix)
    }

    /// Creates, changes or deletes one record, once a key.
    ///
    /// - Parameters:
    ///   - key: nil for a wish that may be done twice without harm.
    ///   - request: what the key belongs to.
    ///   - encode: the answer for the record's id.
    /// - Throws: `DeskRefusal` or `NodeFault`.
    public func write(
        _ wish: RecordWish, key: String?, request: [UInt8],
        encode: @escaping @Sendable (RowID) -> [UInt8]
    ) async throws -> (answer: [UInt8], isReplayed: Bool) {
        let turn = RecordTurn(
            wish: wish, key: key, request: BLAKE2bHasher().hash(request),
            now: node.environment.wallMilliseconds(), site: node.site, encode: encode)
        let outcome = Outcome<CheckInTurn.Ending>()
        do throws(StorageError) {
            _ = try await node.replica.commit { reader, ids throws(StorageError) in
                let (deed, ending) = try turn.perform(reader, &ids)
                outcome.set(ending)
                return deed
            }
        } catch {
            throw NodeFault(error)
        }
        switch outcome.value {
        case .answered(let answer, let isReplayed): return (answer, isReplayed)
        case .refused(let refusal): throw refusal
        case nil: throw NodeFault(.stopped, "the record was not written")
        }
    }
}

/// One write inside one turn of the replica.
private struct RecordTurn: Sendable {
    let wish: RecordWish
    let key: String?
    let request: ContentHash
    let now: Int64
    let site: RowID
    let encode: @Sendable (RowID) -> [UInt8]

    func perform(
        _ reader: Reader, _ ids: inout RowIDSource
    ) throws(StorageError) -> (Deed, CheckInTurn.Ending) {
        if let key, let known = try reader.answer(to: key) {
            guard known.request == request else { return (.none, .refused(.keyReused)) }
            return (.none, .answered(known.answer, isReplayed: true))
        }
        let current = try wish.row.map { row throws(StorageError) in
            try reader.record(wish.collection, row)
        }
        if let row = wish.row {
            guard let record = current ?? nil else {
                return (
                    .none,
                    .refused(
                        DeskRefusal(
                            .unknown,
                            "\(wish.collection.name) \(RowName.text(row)) is not here; it may not "
                                + "have synced yet"))
                )
            }
            let shown = ShownRow(id: record.id, values: record.values)
            if let tag = wish.expectedTag, tag != Desk.tag(of: shown) {
                return (
                    .none,
                    .refused(
                        DeskRefusal(
                            .changed, "Somebody changed it since you read it. Read it again."))
                )
            }
        }
        let row = wish.row ?? ids.draw()
        let operations = operations(on: row, current ?? nil)
        let body = encode(row)
        let answer = key.map {
            StoredAnswer(key: $0, request: request, answer: body, wallMilliseconds: now)
        }
        return (
            Deed(changes: operations, answer: answer, effects: []),
            .answered(body, isReplayed: false)
        )
    }

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
    private var born: [String: RecordWish.Content] {
        var values: [String: RecordWish.Content] = [
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
        _ contents: [String: RecordWish.Content], _ record: Record?
    ) -> [CellOperation] {
        var cells: [CellOperation] = []
        for (name, content) in contents {
            guard let field = wish.collection.field(named: name) else { continue }
            switch content {
            case .value(let value):
                // A null at birth is said by silence.
                if record == nil, value.isNull { continue }
                cells.append(CellOperation(field: field.id, action: .assign(value)))
            case .elements(let wanted):
                let held = record.map { NamedRow($0, wish.collection).elements(of: field) } ?? []
                cells += wanted.filter { !held.contains($0) }
                    .map { CellOperation(field: field.id, action: .add($0)) }
                cells += held.filter { !wanted.contains($0) }
                    .map { CellOperation(field: field.id, action: .remove($0)) }
            }
        }
        return cells
    }
}

extension NamedRow {
    /// A set's elements as its column shows them.
    fileprivate func elements(of field: Field) -> [Value] {
        switch field.type {
        case .text: texts(field.name).map(Value.text)
        case .reference: references(field.name).map(Value.reference)
        case .integer, .real, .blob: []
        }
    }
}
