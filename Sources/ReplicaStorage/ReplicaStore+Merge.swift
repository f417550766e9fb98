public import CRDT

/// A frame that was opened: whose transactions, which, and the bytes it came in.
public struct IncomingFrame: Sendable {
    public let writer: WriterID
    /// The sequence of the first transaction.
    public let low: UInt64
    /// The first 8 bytes of the chain hash before it.
    public let previous: UInt64
    public let transactions: [[UInt8]]
    /// The sealed bytes, stored and forwarded unchanged.
    public let sealed: [UInt8]

    public init(
        writer: WriterID, low: UInt64, previous: UInt64, transactions: [[UInt8]],
        sealed: [UInt8]
    ) {
        self.writer = writer
        self.low = low
        self.previous = previous
        self.transactions = transactions
        self.sealed = sealed
    }

    /// Meaningless for a frame without transactions or beyond the format, which no merge takes.
    public var high: UInt64 { low &+ UInt64(transactions.count) &- 1 }

    /// Sequences begin at 1 and stay below 2^62.
    var isWithinFormat: Bool {
        low >= 1 && low < 1 << 62 && !transactions.isEmpty
            && transactions.count <= 1 << 32 && high < 1 << 62
    }
}

/// What became of a frame. Only `applied` and `blocked` change anything.
public enum MergeOutcome: Sendable, Hashable {
    /// All its transactions count as delivered now.
    case applied(transactions: Int)
    /// Everything in it was here already.
    case duplicate
    /// Its first transaction is not the next: `next` is wanted first.
    case gap(next: UInt64)
    /// After `applied` transactions one cites what is not here yet. Offer the frame again later.
    case blocked(applied: Int, on: ContextEntry)
    /// Another history of the same writer: the chain differs at or before this sequence.
    case fork(at: UInt64)
    /// A transaction that does not parse: the frame is kept out whole.
    case malformed(sequence: UInt64, DecodingError)
    /// The author did not sign this chain.
    case unsigned
}

extension ReplicaStore {
    /// Merges a frame durably.
    ///
    /// - Parameters:
    ///   - wallMilliseconds: only moves our own clock; whether the frame is taken never depends on
    ///   it.
    ///   - isSigned: whether the writer signed this chain hash at `frame.high`.
    public func merge(
        _ frame: IncomingFrame, wallMilliseconds: Int64, isSigned: (ContentHash) -> Bool
    ) throws(StorageError) -> MergeOutcome {
        try durably { () throws(StorageError) in
            try mergeInside(frame, wallMilliseconds: wallMilliseconds, isSigned: isSigned)
        }
    }

    /// Merges within an open `durably`.
    public func mergeInside(
        _ frame: IncomingFrame, wallMilliseconds: Int64, isSigned: (ContentHash) -> Bool
    ) throws(StorageError) -> MergeOutcome {
        guard frame.isWithinFormat else {
            return .malformed(sequence: frame.low, .beyondLimit("sequence"))
        }
        let known = state.number(of: frame.writer)
        let head = known.map { state.writers[$0].head } ?? 0
        if frame.high <= head { return try compare(frame, known) }
        guard frame.low <= head + 1 else { return .gap(next: head + 1) }
        let start =
            known.map { state.writers[$0].chain }
            ?? chainStart(
                tenant: configuration.tenant, writer: frame.writer, configuration.hasher)
        if frame.low == head + 1 {
            if frame.previous != start.prefix { return .fork(at: head) }
        } else if let known, let ours = try chainPrefix(of: known, at: frame.low - 1),
            ours != frame.previous
        {
            return .fork(at: frame.low - 1)
        }
        let verified: [(EncodedTransaction, ContentHash)]
        switch try chain(frame, after: head, start, isSigned) {
        case .success(let links): verified = links
        case .failure(let refusal): return refusal.outcome
        }
        // Somebody knows more of us than we do: a restore or a clone. Ours ends here.
        if known == state.local { try beginIncarnation() }
        let number = try admit(frame.writer)
        // Stored at first sight, so that a frame that waits survives a restart and can be
        // forwarded.
        try storeFrame(frame, number, newest: verified.map(\.1.prefix))
        var applied = 0
        for (encoded, hash) in verified {
            if let missing = missing(encoded.transaction) {
                return .blocked(applied: applied, on: missing)
            }
            try deliver(encoded, hash, from: number, wallMilliseconds)
            applied += 1
        }
        return .applied(transactions: applied)
    }

    /// A frame of known sequences proves a fork where its chain is not ours.
    private func compare(
        _ frame: IncomingFrame, _ number: WriterNumber?
    ) throws(StorageError) -> MergeOutcome {
        guard let number, frame.low > 1,
            let ours = try chainPrefix(of: number, at: frame.low - 1)
        else { return .duplicate }
        return ours == frame.previous ? .duplicate : .fork(at: frame.low - 1)
    }

    private struct Refusal: Error { let outcome: MergeOutcome }

    /// Parses what is new in the frame, chains it on, and asks for the signature at its end.
    private func chain(
        _ frame: IncomingFrame, after head: UInt64, _ start: ContentHash,
        _ isSigned: (ContentHash) -> Bool
    ) throws(StorageError) -> Result<[(EncodedTransaction, ContentHash)], Refusal> {
        var links: [(EncodedTransaction, ContentHash)] = []
        var hash = start
        for index in Int(head + 1 - frame.low)..<frame.transactions.count {
            let encoded: EncodedTransaction
            do throws(DecodingError) {
                encoded = try EncodedTransaction(decoding: frame.transactions[index])
            } catch {
                let sequence = frame.low + UInt64(index)
                return .failure(Refusal(outcome: .malformed(sequence: sequence, error)))
            }
            hash = encoded.chainHash(after: hash, configuration.hasher)
            links.append((encoded, hash))
        }
        return isSigned(hash) ? .success(links) : .failure(Refusal(outcome: .unsigned))
    }

    /// The first thing a transaction has seen and we have not.
    private func missing(_ transaction: Transaction) -> ContextEntry? {
        transaction.context.first { entry in
            guard let number = state.number(of: entry.writer) else { return true }
            return state.writers[number].head < entry.sequence
        }
    }

    /// Takes one transaction whose causal past is here: applies it or sets it aside, and moves the
    /// writer's head either way.
    private func deliver(
        _ encoded: EncodedTransaction, _ chain: ContentHash, from number: WriterNumber,
        _ wallMilliseconds: Int64
    ) throws(StorageError) {
        let transaction = encoded.transaction
        let sequence = state.writers[number].head + 1
        try learn(transaction.context, number)
        if let cited = transaction.rosterHead { state.writers[number].rosterHead = cited }
        var context = state.writers[number].context
        context.include(number, through: sequence - 1)
        state.writers[number].head = sequence
        state.writers[number].chain = chain
        state.changedWriters.insert(number)
        switch verdict(transaction, number, sequence, chain) {
        case .allowed(let site):
            let event = Event(
                clock: CellClock(
                    stamp: transaction.stamp,
                    dot: Dot(writer: number, sequence: sequence, chain: chain.prefix)),
                context: context, speakingSite: site)
            var working = WorkingRows()
            try apply(transaction, event, &working)
        case .refused(let reason):
            try quarantine(encoded, number, sequence, chain, context, reason, isFinal: true)
        case .pending(let reason):
            try quarantine(encoded, number, sequence, chain, context, reason, isFinal: false)
        }
        state.clock.observe(transaction.stamp, wallMilliseconds: wallMilliseconds)
    }

    /// Adds what a writer cites to what it has seen, in memory and in its table.
    func learn(_ entries: [ContextEntry], _ number: WriterNumber) throws(StorageError) {
        for entry in entries {
            guard let seen = state.number(of: entry.writer) else { continue }
            state.writers[number].context.include(seen, through: entry.sequence)
            try connection.run(
                """
                INSERT INTO warren_context(writer, seen, sequence) VALUES(?, ?, ?)
                ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)
                """,
                Bindable(number), Bindable(seen), Bindable(entry.sequence))
        }
    }

    /// Schema first, then rights: functions of transaction, schema and roster alone.
    private func verdict(
        _ transaction: Transaction, _ number: WriterNumber, _ sequence: UInt64,
        _ chain: ContentHash
    ) -> RightsVerdict {
        let schema = configuration.schema
        if transaction.minimumReader > schema.version {
            return .pending(reason: "needs schema \(transaction.minimumReader)")
        }
        do throws(Violation) {
            try transaction.validate(schema)
        } catch {
            return .refused(reason: "\(error)")
        }
        let writer = state.writers[number]
        return configuration.rights.verdict(
            on: transaction, by: writer.id, sequence: sequence, chain: chain,
            citing: writer.rosterHead)
    }

    private func quarantine(
        _ encoded: EncodedTransaction, _ number: WriterNumber, _ sequence: UInt64,
        _ chain: ContentHash, _ context: Context, _ reason: String, isFinal: Bool
    ) throws(StorageError) {
        var heads = ByteWriter()
        for head in context.heads { heads.write(varint: head) }
        try connection.run(
            """
            INSERT INTO warren_quarantine(writer, sequence, chain, is_final, reason, context, bytes)
            VALUES(?, ?, ?, ?, ?, ?, ?)
            """,
            Bindable(number), Bindable(sequence), Bindable(chain), .integer(isFinal ? 1 : 0),
            .text(reason), .blob(heads.bytes), .blob(encoded.bytes))
    }
}
