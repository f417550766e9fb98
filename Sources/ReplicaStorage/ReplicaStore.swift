public import CRDT

/// What a store is opened with.
public struct ReplicaConfiguration: Sendable {
    /// The database file's path, or `:memory:` without a read pool.
    public var path: String
    /// A registered SQLite VFS; `nil` for the operating system's.
    public var vfs: String?
    public var schema: Schema
    public var tenant: TenantID
    public var device: DeviceID
    /// What makes this machine itself (machine id, disk serial, …), hashed by the caller.
    public var host: ContentHash
    public var hasher: any ContentHasher
    public var rights: any RightsJudge
    /// 8 random bytes, new at every start: the generation of a new file, which cursors carry, and
    /// what keeps the stamps of two copies apart.
    public var generation: UInt64
    /// Is told what the disk does.
    public var watch = DiskWatch()
    /// SQLite's page cache in KiB.
    public var cacheKiB = 32_768
    /// Pages of 4 KiB in the log at which a commit is followed by a checkpoint.
    public var checkpointPages = 4_000

    public init(
        path: String, vfs: String? = nil, schema: Schema, tenant: TenantID, device: DeviceID,
        host: ContentHash, hasher: any ContentHasher, generation: UInt64,
        rights: any RightsJudge = OpenRights()
    ) {
        self.path = path
        self.vfs = vfs
        self.schema = schema
        self.tenant = tenant
        self.device = device
        self.host = host
        self.hasher = hasher
        self.generation = generation
        self.rights = rights
    }
}

/// How the store found itself at open.
public struct BootReport: Sendable, Hashable {
    public enum Continuity: Sendable, Hashable {
        case newReplica
        /// The database is at or past the anchor: the writer goes on.
        case continued
        /// There is a database but no anchor: a restored or copied file.
        case anchorMissing
        /// There is an anchor that cannot be read: what was sent is not known.
        case anchorDamaged
        /// The database is behind what was sent: `lost` names the range others may hold.
        case behindAnchor
        /// Another machine: a clone.
        case otherHost
    }

    public let continuity: Continuity
    public let writer: WriterID
    /// Own sequences that a link was handed and this database does not have; fetched on contact.
    public let lost: (writer: WriterID, sequences: ClosedRange<UInt64>)?
    /// Whether this device may have done more than the file says, by this start or by one before it
    /// after which nobody settled it (`ReplicaStore.settleOlder`).
    public let isOlder: Bool

    public static func == (left: BootReport, right: BootReport) -> Bool {
        left.continuity == right.continuity && left.writer == right.writer
            && left.lost?.sequences == right.lost?.sequences
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(writer) }
}

/// One replica's file: the writer connection and every law that one SQLite transaction keeps.
///
/// Not `Sendable`: one actor or thread owns it. Readers use `ReadPool`.
public final class ReplicaStore {
    public internal(set) var configuration: ReplicaConfiguration
    public internal(set) var boot: BootReport
    /// Set by the first I/O error: from then on every call fails and the process must restart.
    public private(set) var failure: StorageError?

    let connection: Connection
    let rows: RowStore
    let anchor: any Anchor
    private var lock: FileLock?
    var state = EngineState()
    /// What the anchor file says.
    var anchored: AnchorRecord?
    private var isWriting = false
    /// Of durable transactions, since somebody asked.
    private var changes = ChangedRows()
    /// Why SQLite ended the open transaction by itself, while `durably` has not noticed yet.
    private var ended: StorageError?

    /// Opens or creates the file, checks its schema, and decides the incarnation. What waits
    /// goes on waiting until the owner has its judge set and calls `releasePending`.
    ///
    /// - Throws: `busy` while another process has the file open, `schemaChanged` when another tool
    ///   changed its tables, `corrupt`, `inputOutput` or `refused` with what to do.
    public init(
        _ configuration: ReplicaConfiguration, anchor: any Anchor
    ) throws(StorageError) {
        self.configuration = configuration
        self.anchor = anchor
        try Self.refuseWideCollections(configuration.schema)
        lock = try Self.lock(configuration)
        connection = try Connection(
            path: configuration.path, vfs: configuration.vfs, isReadOnly: false,
            watch: configuration.watch)
        rows = RowStore(configuration.schema, connection, configuration.hasher)
        boot = BootReport(
            continuity: .newReplica,
            writer: WriterID(device: configuration.device, incarnation: 0), lost: nil,
            isOlder: false)
        try Self.prepare(connection, configuration)
        try openReplica()
    }

    private static func refuseWideCollections(_ schema: Schema) throws(StorageError) {
        for collection in schema.collections
        where collection.fields.count > Limits.collectionFieldsMax {
            throw StorageError(
                .refused,
                """
                the collection \(collection.name) has \(collection.fields.count) fields, at most \
                \(Limits.collectionFieldsMax) are possible: split it in the pack
                """)
        }
    }

    /// A simulated disk belongs to one test, and a file in memory to nobody else.
    private static func lock(
        _ configuration: ReplicaConfiguration
    ) throws(StorageError) -> FileLock? {
        guard configuration.vfs == nil, configuration.path != ":memory:" else { return nil }
        return try FileLock(path: configuration.path + ".lock")
    }

    private static func prepare(
        _ connection: Connection, _ configuration: ReplicaConfiguration
    ) throws(StorageError) {
        try connection.execute("PRAGMA journal_mode = WAL")
        let mode = try connection.statement("PRAGMA journal_mode")
        guard try mode.step(), ["wal", "memory"].contains(mode.text(0)) else {
            throw StorageError(.internalFault, "SQLite did not take journal_mode = WAL")
        }
        mode.reset()
        try connection.execute("PRAGMA synchronous = FULL")
        try connection.execute("PRAGMA cache_size = -\(configuration.cacheKiB)")
        try connection.execute("PRAGMA temp_store = MEMORY")
        try connection.execute("PRAGMA foreign_keys = OFF")
        // This connection alone checkpoints, after a commit and by `checkpointIfDue`: SQLite's own
        // would swallow its errors.
        try connection.execute("PRAGMA wal_autocheckpoint = 0")
        try connection.execute("PRAGMA journal_size_limit = 16777216")
        connection.watchLog()
        try connection.registerGuard()
        try restartLog(connection)
        let statement = try connection.statement("PRAGMA synchronous")
        guard try statement.step(), statement.integer(0) == 2 else {
            throw StorageError(.internalFault, "SQLite did not take synchronous = FULL")
        }
        statement.reset()
    }

    /// Empties a recovered log before anything is added to it. After a crash the log may end inside
    /// a sector whose beginning is synced; the next frame would share that sector, and a write torn
    /// there could take acknowledged bytes with it (found by simulation, seed 104).
    private static func restartLog(_ connection: Connection) throws(StorageError) {
        let statement = try connection.statement("PRAGMA wal_checkpoint(RESTART)")
        defer { statement.reset() }
        guard try statement.step(), statement.integer(0) == 0 else {
            throw StorageError(.busy, "another process uses this database; stop it first")
        }
    }

    /// Runs `body` in one SQLite transaction. When it returns, everything it did is durable; when
    /// it throws, nothing of it happened.
    ///
    /// Jobs inside may use `isolated` to fail alone.
    public func durably<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        if let failure { throw failure }
        precondition(!isWriting, "durably does not nest; use isolated inside it")
        let before = state
        let result: Result
        do throws(StorageError) {
            try connection.run("BEGIN IMMEDIATE")
            isWriting = true
            result = try body()
            if let ended { throw ended }
            try flush()
            try connection.run("COMMIT")
        } catch {
            isWriting = false
            ended = nil
            state = before
            abandon(error)
            throw error
        }
        isWriting = false
        configuration.watch.noteWritten()
        changes.formUnion(state.changedRows)
        state.changedRows = ChangedRows()
        checkpointIfDue()
        return result
    }

    /// Which rows durable transactions changed since this was last asked.
    public func takeChanges() -> ChangedRows {
        defer { changes = ChangedRows() }
        return changes
    }

    /// Runs `body` so that its failure undoes only its own work.
    public func isolated<Result>(
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        precondition(isWriting, "isolated stands inside durably")
        // Else a savepoint would begin a transaction of its own and commit a part of the whole.
        if let ended { throw ended }
        let before = state
        do throws(StorageError) {
            try connection.run("SAVEPOINT job")
            let result = try body()
            if let ended { throw ended }
            try connection.run("RELEASE job")
            return result
        } catch {
            state = before
            if connection.isInTransaction, error.code != .inputOutput, error.code != .corrupt {
                try connection.run("ROLLBACK TO job")
                try connection.run("RELEASE job")
            } else {
                ended = error
            }
            throw error
        }
    }

    private func abandon(_ error: StorageError) {
        configuration.watch.note(error.code)
        if connection.isInTransaction {
            // Best effort: after an I/O error the process restarts and SQLite recovers the log.
            try? connection.execute("ROLLBACK")
        }
        switch error.code {
        case .inputOutput, .corrupt: fail(error)
        case .diskFull, .schemaChanged, .busy, .refused, .internalFault: break
        }
    }

    private func fail(_ error: StorageError) {
        failure = error
        connection.leaveLogAtClose()
    }

    /// Copies the log into the file once it is long enough. What was committed is durable whatever
    /// comes of it; an I/O error here still ends the store, for a failed sync is not repeatable.
    private func checkpointIfDue() {
        do throws(StorageError) {
            try connection.checkpoint(atPages: configuration.checkpointPages)
        } catch {
            switch error.code {
            case .inputOutput, .corrupt: fail(error)
            // The log grows and the next commit tries again.
            case .diskFull, .schemaChanged, .busy, .refused, .internalFault: break
            }
        }
    }

    /// Pages in the write-ahead log after the last commit: it outgrows its bound only while a
    /// reader holds an old snapshot or the disk is full.
    public var logPages: Int { connection.logPages }

    /// When a history was first left out because a replica keeps no more, in Unix milliseconds; an
    /// alarm for people. `nil` while all were taken.
    public var crowdedSince: Int64? { state.crowdedSince }

    /// Writes what changed in memory to the log tables, inside the open transaction.
    private func flush() throws(StorageError) {
        for number in state.changedWriters.sorted() { try save(state.writers[number], number) }
        for collection in state.changedDigests.sorted() {
            guard let digest = state.digests[collection] else { continue }
            var sum = ByteWriter(capacity: 32)
            for word in digest.words { sum.write(bigEndian: UInt128(word), count: 8) }
            try connection.run(
                """
                INSERT INTO warren_digest(collection, rows, sum) VALUES(?, ?, ?)
                ON CONFLICT DO UPDATE SET rows = excluded.rows, sum = excluded.sum
                """,
                Bindable(collection), .integer(digest.rows), .blob(sum.bytes))
        }
        if !state.changedWriters.isEmpty {
            try setFact("clock", .integer(Int64(bitPattern: state.clock.last.value)))
        }
        try saveAhead()
        state.changedWriters = []
        state.changedDigests = []
    }

    /// The vector of everything applied or quarantined here.
    public var vector: VersionVector { state.vector }

    /// One digest over all collections.
    public var digest: ContentDigest {
        var sum = ContentDigest()
        for digest in state.digests.values { sum.merge(digest) }
        return sum
    }

    public func digest(of collection: UInt32) -> ContentDigest {
        state.digests[collection] ?? ContentDigest()
    }

    /// The writer of this box's own transactions, with its head and chain.
    public var localHead: (writer: WriterID, sequence: UInt64, chain: ContentHash) {
        let writer = state.writers[state.local]
        return (writer.id, writer.head, writer.chain)
    }

    /// Reads that see what the open transaction has written so far.
    public var reader: Reader { Reader(connection, configuration.schema) }

    /// Closes the file. A clean close checkpoints; whoever simulates a crash does not call it.
    public func close() {
        connection.close()
        lock = nil
    }
}
