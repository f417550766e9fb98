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
            } else if writer != number || bytes + body.count > bytesMax {
                break
            }
            bytes += body.count
            transactions.append(body)
            chains.append(try statement.hash(2))
        }
        guard !transactions.isEmpty else { return nil }
        guard let previous = try chainPrefix(of: number, at: low - 1) else {
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
            try storeFrame(frame, number, newest: run.chains.map(\.prefix))
        }
    }

    /// - Parameter newest: chain prefixes of the frame's last transactions; earlier ones are known.
    func storeFrame(
        _ frame: IncomingFrame, _ number: WriterNumber, newest: [UInt64]
    ) throws(StorageError) {
        guard try !holdsFrame(number, low: frame.low, high: frame.high) else { return }
        var chains = ByteWriter(capacity: frame.transactions.count * 8)
        let known = frame.transactions.count - newest.count
        for index in 0..<known {
            let sequence = frame.low + UInt64(index)
            guard let prefix = try chainPrefix(of: number, at: sequence) else {
                throw StorageError(.internalFault, "the chain at \(sequence) is not kept")
            }
            chains.write(fixed: prefix)
        }
        for prefix in newest { chains.write(fixed: prefix) }
        try connection.run(
            "INSERT INTO warren_frame(writer, low, high, chains, bytes) VALUES(?, ?, ?, ?, ?)",
            Bindable(number), Bindable(frame.low), Bindable(frame.high), .blob(chains.bytes),
            .blob(frame.sealed))
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

    /// Stored frames that wait for another writer's transactions: to be opened and merged again.
    public func waitingFrames() throws(StorageError) -> [StoredFrame] {
        var waiting: [StoredFrame] = []
        for writer in state.writers {
            waiting += try frames(of: writer.id, after: writer.head, bytesMax: 1)
        }
        return waiting
    }

    /// Stored frames of one writer that hold anything after `sequence`, oldest first.
    ///
    /// - Parameter bytesMax: stops when reached, but gives at least one frame if there is one.
    public func frames(
        of writer: WriterID, after sequence: UInt64, bytesMax: Int
    ) throws(StorageError) -> [StoredFrame] {
        guard let number = state.number(of: writer) else { return [] }
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
                writer: writer, low: statement.unsigned(0), high: statement.unsigned(1),
                bytes: statement.bytes(2))
            bytes += frame.bytes.count
            frames.append(frame)
        }
        return frames
    }

    /// The first 8 bytes of a writer's chain hash at a sequence; `nil` where it is not kept.
    func chainPrefix(of number: WriterNumber, at sequence: UInt64) throws(StorageError) -> UInt64? {
        let writer = state.writers[number]
        if sequence == writer.head { return writer.chain.prefix }
        if sequence == 0 {
            return chainStart(
                tenant: configuration.tenant, writer: writer.id, configuration.hasher
            ).prefix
        }
        let frame = try connection.statement(
            """
            SELECT low, chains FROM warren_frame WHERE writer = ?1 AND high >= ?2 AND low <= ?2
            ORDER BY high LIMIT 1
            """)
        frame.bind(Bindable(number), at: 1)
        frame.bind(Bindable(sequence), at: 2)
        defer { frame.reset() }
        if try frame.step() {
            let chains = frame.bytes(1)
            let start = Int(sequence - frame.unsigned(0)) * 8
            guard start + 8 <= chains.count else { return nil }
            var reader = ByteReader(chains[start..<(start + 8)])
            return try? reader.fixed(UInt64.self)
        }
        let own = try connection.statement(
            "SELECT chain FROM warren_transaction WHERE writer = ? AND sequence = ?")
        own.bind(Bindable(number), at: 1)
        own.bind(Bindable(sequence), at: 2)
        defer { own.reset() }
        return try own.step() ? try own.hash(0).prefix : nil
    }

    /// Whether a peer's entry lies on the history held here; `nil` where that cannot be told.
    public func agrees(with entry: ContextEntry) throws(StorageError) -> Bool? {
        guard let number = state.number(of: entry.writer),
            entry.sequence <= state.writers[number].head
        else { return nil }
        return try chainPrefix(of: number, at: entry.sequence).map { $0 == entry.chain }
    }
}
