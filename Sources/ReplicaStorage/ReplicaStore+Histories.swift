internal import CRDT

// A writer's histories form a tree: a trunk, and a branch for each place where a copied machine
// went on by itself. Numbers are local; a branch owns only what lies after its fork, so nothing is
// ever renumbered when one is found, and the common part counts once.

/// A frame's transactions, parsed and chained, the signature at the end verified.
struct FrameLinks {
    struct Place {
        /// The history that shares most with the frame.
        let number: WriterNumber
        /// The last sequence that both have.
        let agreed: UInt64
    }

    let transactions: [EncodedTransaction]
    /// The chain hash after each.
    let chains: [ContentHash]
    /// `nil` for a writer seen for the first time.
    let place: Place?
}

/// A context entry, found here.
struct SeenHistory {
    let number: WriterNumber
    let sequence: UInt64
}

/// A context entry that names what is not here.
struct MissingPast: Error { let entry: ContextEntry }

struct FrameRejection: Error { let outcome: MergeOutcome }

extension ReplicaStore {
    /// Chains a frame on to whatever here it goes on from, verifies its signature, and finds the
    /// history with which it agrees longest. Everything in it is verified, known parts as well.
    func place(
        _ frame: IncomingFrame, _ isSigned: (ContentHash) -> Bool
    ) throws(StorageError) -> Result<FrameLinks, FrameRejection> {
        func refused(_ outcome: MergeOutcome) -> Result<FrameLinks, FrameRejection> {
            .failure(FrameRejection(outcome: outcome))
        }
        let numbers = state.histories(of: frame.writer)
        var starts: [ContentHash] = []
        if frame.low == 1 {
            starts = [
                chainStart(
                    tenant: configuration.tenant, writer: frame.writer, configuration.hasher)
            ]
        } else {
            let reach = numbers.map { state.writers[$0].reach }.max() ?? 0
            guard frame.low - 1 <= reach else { return refused(.gap(next: reach + 1)) }
            for number in numbers {
                guard let hash = try chainHash(of: number, at: frame.low - 1),
                    hash.prefix == frame.previous, !starts.contains(hash)
                else { continue }
                starts.append(hash)
            }
            guard !starts.isEmpty else { return refused(.fork(at: frame.low - 1)) }
        }
        var transactions: [EncodedTransaction] = []
        for (index, bytes) in frame.transactions.enumerated() {
            do throws(DecodingError) {
                transactions.append(try EncodedTransaction(decoding: bytes))
            } catch {
                return refused(.malformed(sequence: frame.low + UInt64(index), error))
            }
        }
        for start in starts {
            var chains: [ContentHash] = []
            var hash = start
            for encoded in transactions {
                hash = encoded.chainHash(after: hash, configuration.hasher)
                chains.append(hash)
            }
            guard isSigned(hash) else { continue }
            let place = try longestAgreement(frame, start, chains)
            return .success(
                FrameLinks(transactions: transactions, chains: chains, place: place))
        }
        return refused(.unsigned)
    }

    private func longestAgreement(
        _ frame: IncomingFrame, _ start: ContentHash, _ chains: [ContentHash]
    ) throws(StorageError) -> FrameLinks.Place? {
        var best: FrameLinks.Place?
        for number in state.histories(of: frame.writer) {
            guard try chainHash(of: number, at: frame.low - 1) == start else { continue }
            // Histories that differ once differ ever after.
            var low = frame.low - 1
            var high = min(frame.high, state.writers[number].reach)
            while low < high {
                let middle = low + (high - low + 1) / 2
                if try chainHash(of: number, at: middle) == chains[Int(middle - frame.low)] {
                    low = middle
                } else {
                    high = middle - 1
                }
            }
            if low > best?.agreed ?? 0 || best == nil {
                best = FrameLinks.Place(number: number, agreed: low)
            }
        }
        return best
    }

    /// A writer's chain hash at a sequence of one of its histories; `nil` where it is not kept.
    func chainHash(
        of number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) -> ContentHash? {
        let writer = state.writers[number]
        if sequence == writer.head { return writer.chain }
        if let parent = writer.parent, sequence <= parent.fork {
            return try chainHash(of: parent.number, at: sequence)
        }
        if sequence == 0 {
            return chainStart(
                tenant: configuration.tenant, writer: writer.id, configuration.hasher)
        }
        guard sequence <= writer.reach else { return nil }
        let frame = try connection.statement(
            """
            SELECT substr(chains, (?2 - low) * 32 + 1, 32) FROM warren_frame
            WHERE writer = ?1 AND high >= ?2 AND low <= ?2 ORDER BY high LIMIT 1
            """)
        frame.bind(Bindable(number), at: 1)
        frame.bind(Bindable(sequence), at: 2)
        defer { frame.reset() }
        if try frame.step() { return try frame.hash(0) }
        let own = try connection.statement(
            "SELECT chain FROM warren_transaction WHERE writer = ? AND sequence = ?")
        own.bind(Bindable(number), at: 1)
        own.bind(Bindable(sequence), at: 2)
        defer { own.reset() }
        return try own.step() ? try own.hash(0) : nil
    }

    /// How a history is cited at a sequence.
    func entry(
        of number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) -> ContextEntry {
        ContextEntry(
            writer: state.writers[number].id, sequence: sequence,
            chain: try chainHash(of: number, at: sequence)?.prefix ?? 0)
    }

    /// The history that owns a cited transaction, among what is applied: the sequence alone says
    /// nothing, the chain hash beside it says which history is meant.
    func owner(of entry: ContextEntry) throws(StorageError) -> WriterNumber? {
        for number in state.histories(of: entry.writer) {
            let writer = state.writers[number]
            guard entry.sequence > writer.fork, entry.sequence <= writer.head else { continue }
            if try chainHash(of: number, at: entry.sequence)?.prefix == entry.chain {
                return number
            }
        }
        return nil
    }

    /// Finds everything that a transaction has seen, or the first thing that is not here.
    func resolve(
        _ context: [ContextEntry]
    ) throws(StorageError) -> Result<[SeenHistory], MissingPast> {
        var seen: [SeenHistory] = []
        for entry in context {
            guard let number = try owner(of: entry) else {
                return .failure(MissingPast(entry: entry))
            }
            seen.append(SeenHistory(number: number, sequence: entry.sequence))
        }
        return .success(seen)
    }

    // MARK: Room

    /// Histories kept in all: what one vector may name, less room for the own incarnations that
    /// restores and clones may still begin here.
    static var historiesMax: Int { Limits.contextEntriesMax - 64 }

    func hasRoom(historyOf writer: WriterID) -> Bool {
        state.writers.count < Self.historiesMax
            && state.histories(of: writer).count < Limits.branchesMax
    }

    /// Raises the alarm that a history is left out, once.
    func crowd(_ wallMilliseconds: Int64) throws(StorageError) -> WriterNumber? {
        guard state.crowdedSince == nil else { return nil }
        state.crowdedSince = wallMilliseconds
        try setFact("crowded", .integer(wallMilliseconds))
        return nil
    }

    // MARK: Branches

    /// Makes a branch, and lists the fork for people once.
    func branch(
        from parent: WriterNumber, at fork: UInt64, to found: ContentHash, _ wallMilliseconds: Int64
    ) throws(StorageError) -> WriterNumber {
        // The parent may itself be a branch that shares this with its own.
        var parent = parent
        while let above = state.writers[parent].parent, above.fork >= fork {
            parent = above.number
        }
        guard let chain = try chainHash(of: parent, at: fork),
            let known = try chainHash(of: parent, at: fork + 1)
        else { throw StorageError(.corrupt, "the chain at the fork \(fork) is not kept") }
        let number = state.writers.count
        state.append(
            EngineState.WriterState(
                id: state.writers[parent].id, parent: (parent, fork), head: fork, chain: chain,
                framed: fork, cited: fork, context: Context(), rosterHead: nil))
        state.changedWriters.insert(number)
        try connection.run(
            """
            INSERT INTO warren_fork(branch, shared, chain, known, found, at)
            VALUES(?, ?, ?, ?, ?, ?)
            """,
            Bindable(number), Bindable(fork), Bindable(chain), Bindable(known), Bindable(found),
            .integer(wallMilliseconds))
        return number
    }

    /// Gives a branch, before its first own transaction, what its parent had seen and cited at the
    /// fork.
    func inherit(_ number: WriterNumber) throws(StorageError) {
        guard let parent = state.writers[number].parent else { return }
        state.writers[number].context = try context(of: parent.number, at: parent.fork)
        state.writers[number].rosterHead = try rosterHead(of: parent.number, at: parent.fork)
    }

    /// What a history had seen after its transaction `sequence`.
    func context(
        of number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) -> Context {
        var context = Context()
        if let parent = state.writers[number].parent {
            context = try self.context(of: parent.number, at: min(sequence, parent.fork))
        }
        // One seek for each history seen, however often it was cited.
        let statement = try connection.statement(
            """
            SELECT seen, sequence FROM warren_context
            WHERE writer = ?1 AND seen > ?2 AND at <= ?3 ORDER BY seen, at DESC LIMIT 1
            """)
        defer { statement.reset() }
        var last = -1
        while true {
            statement.reset()
            statement.bind(Bindable(number), at: 1)
            statement.bind(Bindable(last), at: 2)
            statement.bind(Bindable(sequence), at: 3)
            guard try statement.step() else { break }
            guard let seen = WriterNumber(exactly: statement.integer(0)),
                state.writers.indices.contains(seen)
            else { throw StorageError(.corrupt, "a context names no writer") }
            state.cover(seen, through: statement.unsigned(1), in: &context)
            last = seen
        }
        return context
    }

    /// The roster head that a history cited last at a sequence.
    private func rosterHead(
        of number: WriterNumber, at sequence: UInt64
    ) throws(StorageError) -> ContentHash? {
        let statement = try connection.statement(
            """
            SELECT roster FROM warren_citation WHERE writer = ? AND at <= ?
            ORDER BY at DESC LIMIT 1
            """)
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(sequence), at: 2)
        let cited = try statement.step() ? try statement.hash(0) : nil
        statement.reset()
        if let cited { return cited }
        guard let parent = state.writers[number].parent else { return nil }
        return try rosterHead(of: parent.number, at: min(sequence, parent.fork))
    }
}
