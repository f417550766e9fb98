public import CRDT

/// One local transaction, as the caller means it: stamps, chain and sections are the store's work.
public struct CommitRequest: Sendable {
    /// Operations without stamps. Personal fields stand among the others.
    public var changes: [RowOperation]
    public var wallMilliseconds: Int64
    public var isClockSuspect = false
    /// 16 random bytes from which the sections' salts are derived; not kept.
    public var saltSeed: UInt128
    /// The roster head known here; cited when it differs from the last one cited.
    public var rosterHead: ContentHash?

    public init(
        changes: [RowOperation], wallMilliseconds: Int64, saltSeed: UInt128,
        rosterHead: ContentHash? = nil
    ) {
        self.changes = changes
        self.wallMilliseconds = wallMilliseconds
        self.saltSeed = saltSeed
        self.rosterHead = rosterHead
    }
}

/// What a commit made.
public struct Commit: Sendable, Hashable {
    public let name: TransactionName
    public let stamp: Stamp
}

extension ReplicaStore {
    /// Commits one local transaction durably. See `commitInside` for the errors.
    public func commit(_ request: CommitRequest) throws(StorageError) -> Commit {
        try durably { () throws(StorageError) in try commitInside(request) }
    }

    /// Commits within an open `durably`, so that other laws can share the transaction.
    ///
    /// - Throws: `refused` for an operation on a row that is not there or that the schema forbids,
    ///   and for a transaction above the limits. Never because of a clock.
    public func commitInside(_ request: CommitRequest) throws(StorageError) -> Commit {
        guard !request.changes.isEmpty, request.changes.count <= Limits.transactionRowsMax else {
            throw StorageError(
                .refused,
                """
                a transaction has 1 to \(Limits.transactionRowsMax) rows, \
                not \(request.changes.count)
                """
            )
        }
        try checkLocalHead()
        let base = state.clock.tick(wallMilliseconds: request.wallMilliseconds)
        var draft = try LocalDraft(request, base: base, state, rows, configuration.schema)
        var transaction = draft.transaction(configuration.hasher)
        let seen: [SeenHistory]
        let isWhole: Bool
        (transaction.context, seen, isWhole) = contextDelta()
        let local = state.local
        if let head = request.rosterHead, head != state.writers[local].rosterHead {
            transaction.rosterHead = head
        }
        do throws(Violation) {
            try transaction.validate(configuration.schema)
        } catch {
            throw StorageError(.refused, "the schema forbids this change: \(error)")
        }
        let encoded = transaction.encoded()
        guard transaction.allOperations.count <= Limits.transactionRowsMax else {
            throw StorageError(
                .refused,
                "a transaction has at most \(Limits.transactionRowsMax) rows, sections included")
        }
        guard encoded.bytes.count <= Limits.transactionBytesMax else {
            throw StorageError(
                .refused, "a transaction has at most \(Limits.transactionBytesMax) bytes")
        }
        let writer = state.writers[local]
        let chain = encoded.chainHash(after: writer.chain, configuration.hasher)
        let sequence = writer.head + 1
        let event = Event(
            clock: CellClock(
                stamp: base,
                dot: Dot(writer: local, sequence: sequence, chain: chain.prefix)),
            context: isWhole ? state.frontier : citedContext(seen),
            speakingSite: try speakingSite(of: transaction, writer.id, sequence, chain))
        try refuseForeignOwned(transaction, event.speakingSite, &draft)
        try apply(transaction, event, &draft.working)
        // Should this history ever come back to us from a peer, its past must be known then.
        try learn(seen, local, at: sequence)
        try append(encoded, sequence, chain)
        try follow(
            Delivered(
                encoded: encoded, dot: event.clock.dot, chain: chain, context: event.context),
            event.speakingSite)
        return Commit(
            name: TransactionName(writer: writer.id, sequence: sequence, chain: chain),
            stamp: base)
    }

    /// Sequence and chain come from the table inside the transaction, never from memory alone.
    private func checkLocalHead() throws(StorageError) {
        let statement = try connection.statement(
            "SELECT head, chain FROM warren_writer WHERE number = ?")
        statement.bind(Bindable(state.local), at: 1)
        defer { statement.reset() }
        let writer = state.writers[state.local]
        // Earlier jobs of this same SQLite transaction are flushed only at its end.
        guard !state.changedWriters.contains(state.local) else { return }
        guard try statement.step(), statement.unsigned(0) == writer.head,
            try statement.hash(1) == writer.chain
        else {
            throw StorageError(.corrupt, "the own head on disk is not the one in memory")
        }
    }

    /// What all replicas will know that this transaction has seen: what was cited, and no more.
    private func citedContext(_ seen: [SeenHistory]) -> Context {
        let local = state.writers[state.local]
        var context = local.context
        for entry in seen { state.cover(entry.number, through: entry.sequence, in: &context) }
        state.cover(state.local, through: local.head, in: &context)
        return context
    }

    /// What our context gained since our previous transaction, as far as one transaction may name
    /// it; the next one names the rest.
    private func contextDelta() -> (entries: [ContextEntry], seen: [SeenHistory], isWhole: Bool) {
        var entries: [ContextEntry] = []
        var seen: [SeenHistory] = []
        var isWhole = true
        for number in state.writers.indices where number != state.local {
            let writer = state.writers[number]
            guard writer.head > writer.cited else { continue }
            guard entries.count < Limits.contextEntriesMax else {
                isWhole = false
                break
            }
            entries.append(
                ContextEntry(
                    writer: writer.id, sequence: writer.head, chain: writer.chain.prefix))
            seen.append(SeenHistory(number: number, sequence: writer.head))
            state.writers[number].cited = writer.head
            state.changedWriters.insert(number)
        }
        return (entries.sorted { ($0.writer, $0.chain) < ($1.writer, $1.chain) }, seen, isWhole)
    }

    private func speakingSite(
        of transaction: Transaction, _ writer: WriterID, _ sequence: UInt64, _ chain: ContentHash
    ) throws(StorageError) -> RowID? {
        let cited = transaction.rosterHead ?? state.writers[state.local].rosterHead
        let local = state.local
        switch try configuration.rights.verdict(
            on: transaction, by: writer, sequence: sequence, chain: chain, citing: cited,
            lineage: { pin throws(StorageError) in
                try lineage(of: local, at: sequence, to: pin)
            })
        {
        case .allowed(let site): return site
        case .refused(let reason), .pending(let reason):
            throw StorageError(.refused, "this box may not write that: \(reason)")
        }
    }

    /// Merging drops such a write silently, so the person who tried is told here.
    private func refuseForeignOwned(
        _ transaction: Transaction, _ site: RowID?, _ draft: inout LocalDraft
    ) throws(StorageError) {
        for operation in transaction.allOperations where operation.kind == .update {
            guard let collection = configuration.schema.collection(operation.collection),
                let home = collection.homeSite,
                operation.cells.contains(where: {
                    collection.traits(of: $0.field)?.merge == .owned
                })
            else { continue }
            let place = try draft.working.place(of: operation, rows, state).place
            let before = draft.working.before(at: place)
            if let site, case .value(.reference(let row), _) = before[home], row == site {
                continue
            }
            throw StorageError(
                .refused, "only its home site changes that field of \(collection.name)")
        }
    }

    private func append(
        _ encoded: EncodedTransaction, _ sequence: UInt64, _ chain: ContentHash
    ) throws(StorageError) {
        let local = state.local
        try connection.run(
            "INSERT INTO warren_transaction(writer, sequence, chain, bytes) VALUES(?, ?, ?, ?)",
            Bindable(local), Bindable(sequence), Bindable(chain), .blob(encoded.bytes))
        state.writers[local].head = sequence
        state.writers[local].chain = chain
        if let head = encoded.transaction.rosterHead { try cite(head, local, at: sequence) }
        state.changedWriters.insert(local)
    }

    /// Applies public rows and sections to the rows they touch and saves each once.
    func apply(
        _ transaction: Transaction, _ event: Event, _ working: inout WorkingRows
    ) throws(StorageError) {
        let schema = configuration.schema
        for operation in transaction.allOperations {
            let collection = schema.collection(operation.collection)
            let losses = try working.apply(operation, event, collection, rows, state)
            for loss in losses { try list(loss, operation) }
        }
        for (loss, operation) in try working.save(transaction, event, rows, &state) {
            try list(loss, operation)
        }
    }

    func list(_ loss: Loss, _ operation: RowOperation) throws(StorageError) {
        var lost = ByteWriter()
        loss.lost.value.encode(into: &lost)
        try connection.run(
            """
            INSERT INTO warren_conflict(collection, row, field, lost, lost_stamp, kept_stamp)
            VALUES(?, ?, ?, ?, ?, ?)
            """,
            Bindable(operation.collection), Bindable(operation.row), Bindable(loss.field),
            .blob(lost.bytes), Bindable(loss.lost.clock.stamp.value),
            Bindable(loss.kept.clock.stamp.value))
    }
}

extension Transaction {
    /// Public operations, then those of every section still there.
    var allOperations: [RowOperation] {
        var all = rows
        for section in sections {
            if case .present(_, let more) = section.content { all.append(contentsOf: more) }
        }
        return all
    }
}
