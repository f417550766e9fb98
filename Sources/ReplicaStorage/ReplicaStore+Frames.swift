public import CRDT

/// Own transactions that no frame holds yet, ready to be signed and sealed.
public struct UnsealedRun: Sendable, Hashable {
    public let writer: WriterID
    public let low: UInt64
    public let previous: UInt64
    public let transactions: [[UInt8]]
    /// The chain hash after each transaction; the last one is what the author signs.
    public let chains: [ContentHash]

    public var high: UInt64 { low + UInt64(transactions.count) - 1 }
}

/// A sealed frame as stored.
public struct StoredFrame: Sendable, Hashable {
    public let writer: WriterID
    public let low: UInt64
    public let high: UInt64
    public let bytes: [UInt8]
}

extension ReplicaStore {
    /// The next run of own transactions to seal, oldest incarnation first; `nil` when all are
    /// sealed.
    ///
    /// - Parameter bytesMax: stops before a transaction that would exceed it, but gives at least
    ///   one.
    public func unsealedRun(bytesMax: Int) throws(StorageError) -> UnsealedRun? {
        let statement = try connection.statement(
            """
            SELECT writer, sequence, chain, bytes FROM warren_transaction
            ORDER BY writer, sequence LIMIT 4096
            """)
        var number = -1
        var low: UInt64 = 0
        var bytes = 0
        var transactions: [[UInt8]] = []
        var chains: [ContentHash] = []
        defer { statement.reset() }
        while try statement.step() {
            let writer = Int(statement.integer(0))
            let body = statement.bytes(3)
            if transactions.isEmpty {
                number = writer
                low = statement.unsigned(1)
            } else if writer != number || bytes + body.count > bytesMax
                || statement.unsigned(1) != low + UInt64(transactions.count)
            {
                break
            }
            bytes += body.count
            transactions.append(body)
            chains.append(try statement.hash(2))
        }
        guard !transactions.isEmpty else { return nil }
        guard let previous = try chainHash(of: number, at: low - 1)?.prefix else {
            throw StorageError(.corrupt, "the chain before sequence \(low) is not known")
        }
        return UnsealedRun(
            writer: state.writers[number].id, low: low, previous: previous,
            transactions: transactions, chains: chains)
    }

    /// Stores the sealed form of a run and lets its plain transactions go, in one transaction and
    /// before the first send.
    public func store(_ run: UnsealedRun, sealed: [UInt8]) throws(StorageError) {
        guard let number = state.number(of: run.writer) else {
            throw StorageError(.refused, "a run of an unknown writer")
        }
        try durably { () throws(StorageError) in
            let frame = IncomingFrame(
                writer: run.writer, low: run.low, previous: run.previous,
                transactions: run.transactions, sealed: sealed)
            try storeFrame(frame, number, chains: run.chains)
        }
    }

    /// - Parameter chains: the chain hash after each of its transactions.
    func storeFrame(
        _ frame: IncomingFrame, _ number: WriterNumber, chains: [ContentHash]
    ) throws(StorageError) {
        guard try !holdsFrame(number, low: frame.low, high: frame.high) else { return }
        var hashes = ByteWriter(capacity: chains.count * 32)
        for chain in chains { hashes.write(hash: chain) }
        try connection.run(
            "INSERT INTO warren_frame(writer, low, high, chains, bytes) VALUES(?, ?, ?, ?, ?)",
            Bindable(number), Bindable(frame.low), Bindable(frame.high), .blob(hashes.bytes),
            .blob(frame.sealed))
        state.writers[number].framed = max(state.writers[number].framed, frame.high)
        guard frame.writer.device == configuration.device else { return }
        // Also when a peer hands back what we had not sealed yet.
        try connection.run(
            "DELETE FROM warren_transaction WHERE writer = ? AND sequence BETWEEN ? AND ?",
            Bindable(number), Bindable(frame.low), Bindable(frame.high))
    }

    /// Whether a stored frame holds all of these: another cut of the same would bring nothing.
    private func holdsFrame(
        _ number: WriterNumber, low: UInt64, high: UInt64
    ) throws(StorageError) -> Bool {
        let statement = try connection.statement(
            "SELECT 1 FROM warren_frame WHERE writer = ? AND high >= ? AND low <= ? LIMIT 1")
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(high), at: 2)
        statement.bind(Bindable(low), at: 3)
        defer { statement.reset() }
        return try statement.step()
    }

    /// Whether these very bytes are stored and everything in them is delivered.
    func holdsBytes(of frame: IncomingFrame) throws(StorageError) -> Bool {
        for number in state.histories(of: frame.writer)
        where frame.high <= state.writers[number].head {
            let statement = try connection.statement(
                """
                SELECT 1 FROM warren_frame WHERE writer = ? AND high = ? AND low = ? AND bytes = ?
                """)
            statement.bind(Bindable(number), at: 1)
            statement.bind(Bindable(frame.high), at: 2)
            statement.bind(Bindable(frame.low), at: 3)
            statement.bind(bytes: frame.sealed, at: 4)
            defer { statement.reset() }
            if try statement.step() { return true }
        }
        return false
    }

    /// Stored frames that wait for another writer's transactions: to be opened and merged again.
    public func waitingFrames() throws(StorageError) -> [StoredFrame] {
        var waiting: [StoredFrame] = []
        for (number, writer) in state.writers.enumerated() where writer.framed > writer.head {
            waiting += try frames(ofHistory: number, after: writer.head, bytesMax: 1)
        }
        return waiting
    }

    /// Stored frames of one writer that hold anything after `sequence`, of each history the oldest
    /// first.
    ///
    /// - Parameter bytesMax: stops when reached, but gives at least one frame if there is one.
    public func frames(
        of writer: WriterID, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [StoredFrame] {
        var frames: [StoredFrame] = []
        var room = bytesMax
        for number in state.histories(of: writer) where room > 0 || frames.isEmpty {
            let after = max(sequence, state.writers[number].fork)
            let more = try self.frames(ofHistory: number, after: after, bytesMax: room)
            room -= more.reduce(0) { $0 + $1.bytes.count }
            frames += more
        }
        return frames
    }

    private func frames(
        ofHistory number: WriterNumber, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [StoredFrame] {
        let statement = try connection.statement(
            """
            SELECT low, high, bytes FROM warren_frame WHERE writer = ? AND high > ? ORDER BY high
            """)
        statement.bind(Bindable(number), at: 1)
        statement.bind(Bindable(sequence), at: 2)
        defer { statement.reset() }
        var frames: [StoredFrame] = []
        var bytes = 0
        while bytes < bytesMax || frames.isEmpty, try statement.step() {
            let frame = StoredFrame(
                writer: state.writers[number].id, low: statement.unsigned(0),
                high: statement.unsigned(1), bytes: statement.bytes(2))
            bytes += frame.bytes.count
            frames.append(frame)
        }
        return frames
    }

    /// Whether a peer's entry lies on a history held here; `nil` where that cannot be told.
    public func agrees(with entry: ContextEntry) throws(StorageError) -> Bool? {
        if try owner(of: entry) != nil { return true }
        return entry.sequence <= state.head(of: entry.writer) ? false : nil
    }
}
