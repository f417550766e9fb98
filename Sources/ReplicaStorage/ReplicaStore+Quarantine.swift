internal import CRDT

// A pending transaction is released late, after others that had seen it. Applied on top it would
// bring back what they replaced. So from its delivery on every row it touches is held: kept as it
// stood, with every later transaction on it in order of delivery, which is a causal order. On
// release the row is made anew from there: the released one first, then each that followed with
// the context it had. That is what a replica holds that never had to wait.

/// A transaction at its delivery, with what its writer had seen.
struct Delivered {
    let encoded: EncodedTransaction
    let dot: Dot
    let chain: ContentHash
    let context: Context

    func event(for site: RowID?) -> Event {
        Event(
            clock: CellClock(stamp: encoded.transaction.stamp, dot: dot), context: context,
            speakingSite: site)
    }

    var rows: Set<RowKey> {
        Set(
            encoded.transaction.allOperations.map {
                RowKey(collection: $0.collection, row: $0.row)
            })
    }
}

/// What became of a transaction in `warren_quarantine`.
enum Standing: Int64 {
    /// Waits for a newer schema or for the roster.
    case pending = 0
    /// Set aside for good.
    case final = 1
    /// Applied; kept while a row it touched is held.
    case applied = 2
}

/// A line of `warren_quarantine`.
struct QuarantineEntry {
    let key: Int64
    let delivered: Delivered
    let rosterHead: ContentHash?
    var standing: Standing
    var site: RowID?
}

extension ReplicaStore {
    /// Judges every pending transaction anew: after a schema or the roster changed. What may be
    /// applied now is, what may never be becomes final, the rest goes on waiting.
    ///
    /// - Returns: how many are no longer pending.
    @discardableResult
    public func releasePending() throws(StorageError) -> Int {
        guard try pendingCount() > 0 else { return 0 }
        return try durably { () throws(StorageError) in try releaseInside() }
    }

    /// How many delivered transactions wait.
    public func pendingCount() throws(StorageError) -> Int {
        let statement = try connection.statement(
            "SELECT count(*) FROM warren_quarantine WHERE standing = 0")
        defer { statement.reset() }
        return try statement.step() ? Int(statement.integer(0)) : 0
    }

    func setAside(
        _ delivered: Delivered, _ reason: String, _ standing: Standing
    ) throws(StorageError) {
        try write(delivered, reason, standing, site: nil)
        guard standing == .pending else { return }
        let since = connection.lastRowKey
        for key in delivered.rows.sorted() where !state.heldRows.contains(key) {
            try hold(try rows.load(key.collection, key.row, state), since: since)
            state.heldRows.insert(key)
        }
    }

    /// Remembers an applied transaction that touches a held row.
    func follow(_ delivered: Delivered, _ site: RowID?) throws(StorageError) {
        guard !state.heldRows.isEmpty, !delivered.rows.isDisjoint(with: state.heldRows) else {
            return
        }
        try write(delivered, "", .applied, site: site)
    }

    private func write(
        _ delivered: Delivered, _ reason: String, _ standing: Standing, site: RowID?
    ) throws(StorageError) {
        var heads = ByteWriter()
        for head in delivered.context.heads { heads.write(varint: head) }
        let roster = state.writers[delivered.dot.writer].rosterHead
        try connection.run(
            """
            INSERT INTO warren_quarantine(writer, sequence, chain, standing, reason, site, roster,
              context, bytes) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            Bindable(delivered.dot.writer), Bindable(delivered.dot.sequence),
            Bindable(delivered.chain), .integer(standing.rawValue), .text(reason),
            site.map(Bindable.init) ?? .null, roster.map(Bindable.init) ?? .null,
            .blob(heads.bytes), .blob(delivered.encoded.bytes))
    }

    private func hold(_ row: Row, since: Int64) throws(StorageError) {
        try connection.run(
            """
            INSERT INTO warren_held(collection, row, since, packed) VALUES(?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET packed = excluded.packed
            """,
            Bindable(row.collection), Bindable(row.id), .integer(since),
            .blob(PackedClock.encode(row, hasColumn: { _ in false })))
    }

    // MARK: Release

    func releaseInside() throws(StorageError) -> Int {
        state.hasReachedPin = false
        state.awaitedPins = []
        var entries = try quarantined()
        var released: Set<RowKey> = []
        var dots: Set<Dot> = []
        var settled = 0
        for index in entries.indices where entries[index].standing == .pending {
            let entry = entries[index]
            let (delivered, dot) = (entry.delivered, entry.delivered.dot)
            let name = TransactionName(
                writer: state.writers[dot.writer].id, sequence: dot.sequence,
                chain: delivered.chain)
            switch try verdict(
                delivered.encoded.transaction, dot.writer, name, entry.rosterHead)
            {
            case .pending: continue
            case .refused(let reason): try settle(&entries[index], .final, reason, site: nil)
            case .allowed(let site):
                try settle(&entries[index], .applied, "", site: site)
                released.formUnion(delivered.rows)
                dots.insert(dot)
            }
            settled += 1
        }
        // A long history may wait for its pin: each row looks at its own entries only.
        var entriesByRow: [RowKey: [QuarantineEntry]] = [:]
        for entry in entries where entry.standing == .applied {
            for key in entry.delivered.rows where released.contains(key) {
                entriesByRow[key, default: []].append(entry)
            }
        }
        for key in released.sorted() {
            let row = try replay(key, entriesByRow[key] ?? [], releasing: dots)
            try rows.save(
                row, from: try rows.load(key.collection, key.row, state), &state)
        }
        if settled > 0 { try forgetHeld(entries) }
        return settled
    }

    private func settle(
        _ entry: inout QuarantineEntry, _ standing: Standing, _ reason: String, site: RowID?
    ) throws(StorageError) {
        entry.standing = standing
        entry.site = site
        try connection.run(
            "UPDATE warren_quarantine SET standing = ?, reason = ?, site = ? WHERE key = ?",
            .integer(standing.rawValue), .text(reason), site.map(Bindable.init) ?? .null,
            .integer(entry.key))
    }

    /// A held row as it stood, and everything on it applied in order of delivery.
    ///
    /// - Parameters:
    ///   - entries: those that are applied and touch the row.
    ///   - dots: what is released now. Of the others the losers were listed when they lost, and a
    ///     person may have dealt with them.
    private func replay(
        _ key: RowKey, _ entries: [QuarantineEntry], releasing dots: Set<Dot>
    ) throws(StorageError) -> Row {
        var (row, since) = try heldRow(key)
        let collection = configuration.schema.collection(key.collection)
        for entry in entries where entry.key >= since {
            let event = entry.delivered.event(for: entry.site)
            for operation in entry.delivered.encoded.transaction.allOperations
            where operation.collection == key.collection && operation.row == key.row {
                for loss in row.apply(operation, event, collection)
                where dots.contains(loss.lost.clock.dot) || dots.contains(loss.kept.clock.dot) {
                    try list(loss, operation)
                }
            }
        }
        return row
    }

    private func heldRow(
        _ key: RowKey
    ) throws(StorageError) -> (row: Row, since: Int64) {
        let statement = try connection.statement(
            "SELECT packed, since FROM warren_held WHERE collection = ? AND row = ?")
        statement.bind(Bindable(key.collection), at: 1)
        statement.bind(key.row, at: 2)
        defer { statement.reset() }
        guard try statement.step() else {
            throw StorageError(.corrupt, "a row with a pending transaction is not held")
        }
        let row = try PackedClock.decode(
            statement.bytes(0), collection: key.collection, id: key.row, columns: [])
        return (row, statement.integer(1))
    }

    /// Lets go of rows on which nothing waits any more, and of what followed on them alone.
    private func forgetHeld(_ entries: [QuarantineEntry]) throws(StorageError) {
        var waiting: Set<RowKey> = []
        for entry in entries where entry.standing == .pending {
            waiting.formUnion(entry.delivered.rows)
        }
        for key in state.heldRows.subtracting(waiting).sorted() {
            try connection.run(
                "DELETE FROM warren_held WHERE collection = ? AND row = ?",
                Bindable(key.collection), Bindable(key.row))
        }
        state.heldRows = waiting
        for entry in entries
        where entry.standing == .applied && entry.delivered.rows.isDisjoint(with: waiting) {
            try connection.run(
                "DELETE FROM warren_quarantine WHERE key = ?", .integer(entry.key))
        }
    }

    /// Held rows of collections that a newer pack explains get its form, as the rows themselves do.
    func settleHeld(_ collections: Set<UInt32>) throws(StorageError) {
        for key in state.heldRows.sorted() where collections.contains(key.collection) {
            guard let collection = configuration.schema.collection(key.collection) else { continue }
            let (row, since) = try heldRow(key)
            try hold(row.settled(in: collection), since: since)
        }
    }

    // MARK: Reading

    func loadHeldRows() throws(StorageError) {
        let statement = try connection.statement("SELECT collection, row FROM warren_held")
        defer { statement.reset() }
        while try statement.step() {
            guard let row = statement.row(1) else {
                throw StorageError(.corrupt, "a held row has no 16-byte id")
            }
            state.heldRows.insert(
                RowKey(
                    collection: UInt32(truncatingIfNeeded: statement.integer(0)), row: row))
        }
    }

    /// Everything but what is final, in order of delivery.
    private func quarantined() throws(StorageError) -> [QuarantineEntry] {
        let statement = try connection.statement(
            """
            SELECT key, writer, sequence, chain, standing, site, roster, context, bytes
            FROM warren_quarantine WHERE standing <> 1 ORDER BY key
            """)
        defer { statement.reset() }
        var entries: [QuarantineEntry] = []
        while try statement.step() {
            guard let number = WriterNumber(exactly: statement.integer(1)),
                state.writers.indices.contains(number),
                let standing = Standing(rawValue: statement.integer(4))
            else { throw StorageError(.corrupt, "the quarantine names no writer") }
            let chain = try statement.hash(3)
            let dot = Dot(
                writer: number, sequence: statement.unsigned(2), chain: chain.prefix)
            entries.append(
                QuarantineEntry(
                    key: statement.integer(0),
                    delivered: Delivered(
                        encoded: try Self.transaction(statement.bytes(8)), dot: dot,
                        chain: chain, context: try Self.context(statement.bytes(7))),
                    rosterHead: statement.isNull(6) ? nil : try statement.hash(6),
                    standing: standing, site: statement.row(5)))
        }
        return entries
    }

    private static func transaction(
        _ bytes: [UInt8]
    ) throws(StorageError) -> EncodedTransaction {
        do throws(DecodingError) {
            return try EncodedTransaction(decoding: bytes)
        } catch {
            throw StorageError(.corrupt, "a transaction of the quarantine does not parse: \(error)")
        }
    }

    private static func context(_ bytes: [UInt8]) throws(StorageError) -> Context {
        var reader = ByteReader(bytes)
        var heads: [UInt64] = []
        do throws(DecodingError) {
            while !reader.isAtEnd { heads.append(try reader.varint()) }
        } catch {
            throw StorageError(.corrupt, "a context of the quarantine does not parse: \(error)")
        }
        return Context(heads: heads)
    }
}
