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

/// What became of a frame. Only `applied` and `blocked` change any row or vector.
public enum MergeOutcome: Sendable, Hashable {
    /// All its transactions count as delivered now.
    case applied(transactions: Int)
    /// Everything in it was here already, byte for byte as the chain tells.
    case duplicate
    /// Something before it is missing, and it is not kept.
    case gap(next: UInt64)
    /// Kept, but it, or a part of it, waits for what another writer did before.
    case blocked(applied: Int, on: ContextEntry)
    /// It goes on from another history than ours, whose beginning is not here. Nobody can tell yet
    /// who signed it, so it is a gap and not an alarm: its writer is to be sent from the start.
    case fork(at: UInt64)
    /// A transaction does not parse: the frame is kept out whole.
    case malformed(sequence: UInt64, DecodingError)
    /// The author did not sign this chain.
    case unsigned
    /// It begins a history, and there are as many as a replica keeps: it is left out, the alarm
    /// `ReplicaStore.crowdedSince` stands, and everything else goes on.
    case crowded
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
        let outcome = try take(frame, wallMilliseconds, isSigned)
        // In the same turn: at one frontier every replica has released the same.
        if state.hasReachedPin { _ = try releaseInside() }
        return outcome
    }

    private func take(
        _ frame: IncomingFrame, _ wallMilliseconds: Int64, _ isSigned: (ContentHash) -> Bool
    ) throws(StorageError) -> MergeOutcome {
        guard frame.isWithinFormat else {
            return .malformed(sequence: frame.low, .beyondLimit("sequence"))
        }
        if try holdsBytes(of: frame) { return .duplicate }
        let links: FrameLinks
        switch try place(frame, isSigned) {
        case .success(let placed): links = placed
        case .failure(let refusal): return refusal.outcome
        }
        if try isBeyondWaiting(frame, links) { return .gap(next: frame.low) }
        guard let number = try house(frame, links, wallMilliseconds) else { return .crowded }
        let writer = state.writers[number]
        if frame.high <= writer.head { return .duplicate }
        if let parent = writer.parent, state.writers[parent.number].head < parent.fork {
            return .blocked(
                applied: 0, on: try entry(of: parent.number, at: parent.fork))
        }
        guard frame.low <= writer.head + 1 else {
            return .blocked(
                applied: 0,
                on: ContextEntry(
                    writer: frame.writer, sequence: frame.low - 1, chain: frame.previous))
        }
        var applied = 0
        for index in Int(writer.head + 1 - frame.low)..<links.transactions.count {
            let encoded = links.transactions[index]
            let seen: [SeenHistory]
            switch try resolve(encoded.transaction.context) {
            case .success(let all): seen = all
            case .failure(let missing): return .blocked(applied: applied, on: missing.entry)
            }
            try deliver(encoded, links.chains[index], from: number, seen, wallMilliseconds)
            applied += 1
        }
        return .applied(transactions: applied)
    }

    /// Finds or makes the history that the frame belongs to, and stores the frame there: at first
    /// sight, so that one that waits survives a restart and can be forwarded.
    ///
    /// - Returns: `nil` where one history more would be too many.
    private func house(
        _ frame: IncomingFrame, _ links: FrameLinks, _ wallMilliseconds: Int64
    ) throws(StorageError) -> WriterNumber? {
        guard let place = links.place else {
            guard hasRoom(historyOf: frame.writer) else { return try crowd(wallMilliseconds) }
            let number = try admit(frame.writer)
            try storeFrame(frame, number, chains: links.chains)
            return number
        }
        if place.agreed == frame.high { return place.number }
        let isFork = place.agreed < state.writers[place.number].reach
        // Somebody knows more of us than we do: a restore or a clone. Ours ends here.
        if frame.writer == state.writers[state.local].id {
            try beginIncarnation(
                apartBy: isFork ? try chainHash(of: state.local, at: place.agreed + 1) : nil)
        }
        if isFork, !hasRoom(historyOf: frame.writer) { return try crowd(wallMilliseconds) }
        let number =
            isFork
            ? try branch(
                from: place.number, at: place.agreed,
                to: links.chains[Int(place.agreed + 1 - frame.low)], wallMilliseconds)
            : place.number
        try storeFrame(frame, number, chains: links.chains)
        return number
    }

    /// Takes one transaction whose causal past is here: applies it or sets it aside, and moves the
    /// writer's head either way.
    private func deliver(
        _ encoded: EncodedTransaction, _ chain: ContentHash, from number: WriterNumber,
        _ seen: [SeenHistory], _ wallMilliseconds: Int64
    ) throws(StorageError) {
        let transaction = encoded.transaction
        let sequence = state.writers[number].head + 1
        if state.writers[number].parent != nil, sequence == state.writers[number].fork + 1 {
            try inherit(number)
        }
        try learn(seen, number, at: sequence)
        if let cited = transaction.rosterHead { try cite(cited, number, at: sequence) }
        var context = state.writers[number].context
        state.cover(number, through: sequence - 1, in: &context)
        state.writers[number].head = sequence
        state.writers[number].chain = chain
        state.changedWriters.insert(number)
        let dot = Dot(writer: number, sequence: sequence, chain: chain.prefix)
        let delivered = Delivered(encoded: encoded, dot: dot, chain: chain, context: context)
        let name = TransactionName(
            writer: state.writers[number].id, sequence: sequence, chain: chain)
        if state.awaitedPins.contains(name) { state.hasReachedPin = true }
        switch try verdict(transaction, number, name, state.writers[number].rosterHead) {
        case .allowed(let site):
            noteAhead(transaction.stamp, of: name.writer, wallMilliseconds)
            let event = delivered.event(for: site)
            var working = WorkingRows()
            try apply(transaction, event, &working)
            try follow(delivered, site)
        case .refused(let reason): try setAside(delivered, reason, .final)
        case .pending(let reason):
            noteAhead(transaction.stamp, of: name.writer, wallMilliseconds)
            try setAside(delivered, reason, .pending)
        }
        state.clock.observe(transaction.stamp, wallMilliseconds: wallMilliseconds)
    }

    /// Adds what a writer cites to what it has seen, in memory and in its table.
    func learn(
        _ entries: [SeenHistory], _ number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) {
        for entry in entries {
            // Taken out, so that it is changed in place.
            var context = Context()
            swap(&context, &state.writers[number].context)
            state.cover(entry.number, through: entry.sequence, in: &context)
            swap(&context, &state.writers[number].context)
            try connection.run(
                """
                INSERT INTO warren_context(writer, seen, at, sequence) VALUES(?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)
                """,
                Bindable(number), Bindable(entry.number), Bindable(sequence),
                Bindable(entry.sequence))
        }
    }

    /// Notes the roster head that a writer cites from a transaction on.
    func cite(
        _ roster: ContentHash, _ number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) {
        state.writers[number].rosterHead = roster
        try connection.run(
            "INSERT INTO warren_citation(writer, at, roster) VALUES(?, ?, ?)",
            Bindable(number), Bindable(sequence), Bindable(roster))
    }

    /// Schema first, then rights: functions of transaction, schema, roster and the writer's
    /// delivered histories alone.
    func verdict(
        _ transaction: Transaction, _ number: WriterNumber, _ name: TransactionName,
        _ rosterHead: ContentHash?
    ) throws(StorageError) -> RightsVerdict {
        let schema = configuration.schema
        if transaction.minimumReader > schema.version {
            return .pending(reason: "needs schema \(transaction.minimumReader)")
        }
        do throws(Violation) {
            try transaction.validate(schema)
        } catch {
            return .refused(reason: "\(error)")
        }
        var unknown: [TransactionName] = []
        let verdict = try configuration.rights.verdict(
            on: transaction, by: name.writer, sequence: name.sequence, chain: name.chain,
            citing: rosterHead
        ) { pin throws(StorageError) in
            let lineage = try lineage(of: number, at: name.sequence, to: pin)
            if lineage == .unknown { unknown.append(pin) }
            return lineage
        }
        if case .pending = verdict { state.awaitedPins.formUnion(unknown) }
        return verdict
    }
}
