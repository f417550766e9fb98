public import CRDT
internal import CSQLite
public import SyncProtocol

/// Mailboxes in one SQLite file: WAL, `synchronous=FULL`, one thread.
///
/// Whatever is answered is synced. Writes that arrive while the disk is busy share one
/// transaction; one that finds nobody waiting is written at once: there is no timer. After a
/// failure of the disk every answer is `failed` and the process is to be started again.
public actor SQLiteMailboxStore: MailboxStore {
    /// What opens a store.
    public struct Options: Sendable {
        /// How much each mailbox may hold.
        public var quota = MailboxQuota()
        /// Whether this process serves: it alone shortens the log. Others may note invites beside
        /// it.
        public var isServing = true
        /// A registered SQLite VFS, for tests; `nil` for the system's files. With one there is no
        /// lock.
        public var vfs: String?

        /// The defaults.
        public init() {}
    }

    /// Drawn when the file was made.
    public nonisolated let relay: RelayID
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    private let thread: DiskThread
    private let tables: MailboxTables
    private var lock: ServingLock?
    private var writes: [Write] = []
    private var isGathering = false
    /// What broke the disk, for the log; `nil` while it is well.
    public private(set) var failure: String?

    /// Bytes of items that one transaction takes, beyond its first write.
    private static let transactionBytesMax = 8 << 20
    /// How often whoever writes lets waiting callers in first.
    private static let gatherTurnsMax = 64

    /// Opens or makes the file.
    ///
    /// - Parameters:
    ///   - path: of the SQLite file; a lock file lies beside it.
    ///   - hasher: BLAKE2b-256 in production.
    /// - Throws: `busy` when another process serves the same file.
    public init(
        path: String, hasher: any ContentHasher, options: Options = Options()
    ) throws(RelayStorageError) {
        var lock: ServingLock?
        if options.vfs == nil {
            lock = try ServingLock(path: path + ".lock")
            if options.isServing, lock == nil {
                throw RelayStorageError(
                    .busy, "another process serves \(path); stop it first or choose another folder")
            }
        }
        self.lock = lock
        do {
            let file = try RelayFile(
                path: path, vfs: options.vfs, checkpoints: options.vfs != nil || lock != nil)
            tables = MailboxTables(file: file, hasher: hasher, quota: options.quota)
            try file.execute("BEGIN IMMEDIATE")
            try tables.install(relay: UInt128.random(in: 1 ... .max))
            try file.execute("COMMIT")
            relay = try tables.relay()
            file.resetAll()
        } catch {
            throw RelayStorageError(error, path)
        }
        thread = DiskThread()
    }

    deinit { thread.stop() }

    /// Closes the file and gives up serving; afterwards every answer is `failed`.
    public func close() {
        failure = failure ?? "the store is closed"
        tables.file.close()
        lock = nil
    }

    public func admit(invite: ContentHash, expires: Int64) async throws(MailboxRefusal) {
        try await write { tables throws(RelayFileError) in
            try tables.admit(invite: invite, expires: expires)
            return Result<Void, MailboxRefusal>.success(())
        }.get()
    }

    public func create(
        _ mailbox: MailboxID, admin: RelayKey, invite: ContentHash, now: Int64
    ) async throws(MailboxRefusal) -> MailboxStanding {
        let generation = UInt64.random(in: .min ... .max)
        return try await write { tables throws(RelayFileError) in
            try tables.create(
                mailbox, admin: admin, invite: invite, generation: generation, now: now)
        }.get()
    }

    public func append(
        _ items: [[UInt8]], _ pass: RelayPass
    ) async -> [Result<MailboxReceipt, MailboxRefusal>] {
        let bytes = items.reduce(0) { $0 + $1.count }
        let hashed = items.map { (bytes: $0, hash: MailboxCursor.itemHash($0, tables.hasher)) }
        let answers = await write(bytes: bytes) { tables throws(RelayFileError) in
            Result<[Result<MailboxReceipt, MailboxRefusal>], MailboxRefusal>.success(
                try tables.append(hashed, pass))
        }
        switch answers {
        case .success(let answers): return answers
        case .failure(let refusal): return items.map { _ in .failure(refusal) }
        }
    }

    public func perform(_ deed: MailboxDeed, _ pass: RelayPass) async -> MailboxDeedAnswer {
        guard case .trim(let number) = deed else {
            let answer = await write { tables throws(RelayFileError) in
                Result<MailboxDeedAnswer, MailboxRefusal>.success(try tables.perform(deed, pass))
            }
            switch answer {
            case .success(let answer): return answer
            case .failure(let refusal): return .refused(refusal)
            }
        }
        // In slices, between which others write.
        while true {
            let floor = await write { tables throws(RelayFileError) in
                try tables.trim(through: number, pass)
            }
            switch floor {
            case .failure(let refusal): return .refused(refusal)
            case .success(let floor): if floor >= number { return .done }
            }
        }
    }

    public func standing(
        _ pass: RelayPass
    ) async throws(MailboxRefusal) -> MailboxStanding {
        try read { tables throws(RelayFileError) in
            try tables.open(pass).map { tables.standing($0) }
        }.get()
    }

    public func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) async -> Result<MailboxAnswer, MailboxRefusal> {
        read { tables throws(RelayFileError) in
            try tables.page(after: cursor, items: items, bytes: bytes, pass)
        }
    }
}

// MARK: Turns of the disk

extension SQLiteMailboxStore {
    /// One write that waits for its transaction.
    private final class Write {
        let bytes: Int
        let run: () throws(RelayFileError) -> Void
        /// Told once the transaction is on disk, or with why it is not.
        let finish: (MailboxRefusal?) -> Void

        init(
            bytes: Int, run: @escaping () throws(RelayFileError) -> Void,
            finish: @escaping (MailboxRefusal?) -> Void
        ) {
            self.bytes = bytes
            self.run = run
            self.finish = finish
        }
    }

    private func read<Answer>(
        _ body: (MailboxTables) throws(RelayFileError) -> Result<Answer, MailboxRefusal>
    ) -> Result<Answer, MailboxRefusal> {
        guard failure == nil else { return .failure(.failed) }
        do throws(RelayFileError) {
            return try body(tables)
        } catch {
            note(error)
            return .failure(error.refusal)
        }
    }

    /// Runs `body` in a transaction and answers once that is on disk.
    private func write<Answer: Sendable>(
        bytes: Int = 0,
        _ body:
            @escaping @Sendable (MailboxTables) throws(RelayFileError) -> Result<
                Answer, MailboxRefusal
            >
    ) async -> Result<Answer, MailboxRefusal> {
        let tables = tables
        let isFirst = !isGathering
        if isFirst {
            isGathering = true
            var turns = 0
            while thread.hasWaitingJobs, turns < Self.gatherTurnsMax {
                turns += 1
                await Task.yield()
            }
        }
        return await withCheckedContinuation { continuation in
            var answer = Result<Answer, MailboxRefusal>.failure(.failed)
            writes.append(
                Write(
                    bytes: bytes,
                    run: { () throws(RelayFileError) in answer = try body(tables) },
                    finish: { refusal in
                        continuation.resume(returning: refusal.map { .failure($0) } ?? answer)
                    }))
            if isFirst {
                isGathering = false
                writeAll()
            }
        }
    }

    private func writeAll() {
        while !writes.isEmpty {
            var (count, bytes) = (0, 0)
            for write in writes {
                bytes += write.bytes
                if count > 0, bytes > Self.transactionBytesMax { break }
                count += 1
            }
            let batch = Array(writes.prefix(count))
            writes.removeFirst(count)
            let refusal = commit(batch)
            for write in batch { write.finish(refusal) }
        }
    }

    private func commit(_ batch: [Write]) -> MailboxRefusal? {
        guard failure == nil else { return .failed }
        do throws(RelayFileError) {
            try tables.file.execute("BEGIN IMMEDIATE")
            for write in batch { try write.run() }
            try tables.file.execute("COMMIT")
            return nil
        } catch {
            note(error)
            tables.file.resetAll()
            // Nothing of the batch is kept; a rollback that fails leaves it to the next start.
            if tables.file.isInTransaction { try? tables.file.execute("ROLLBACK") }
            return error.refusal
        }
    }

    private func note(_ error: RelayFileError) {
        guard !error.isPassing, failure == nil else { return }
        failure = error.message
        tables.file.leaveLogAtClose()
    }
}

extension RelayStorageError {
    /// - Parameter path: of the file that could not be opened.
    init(_ error: any Error, _ path: String) {
        guard let error = error as? RelayFileError else {
            self.init(.inputOutput, "\(error)")
            return
        }
        switch (error.code & 0xFF, error.code) {
        case (SQLITE_CORRUPT, _), (SQLITE_NOTADB, _): self.init(.corrupt, error.message)
        case (SQLITE_BUSY, _), (SQLITE_LOCKED, _): self.init(.busy, error.message)
        // Without room for its index the log cannot be used: that is no code of a full disk.
        case (SQLITE_FULL, _), (_, Self.noRoomForIndex):
            self.init(
                .inputOutput,
                """
                The disk that holds \(path) is full. Free some space there, then start the relay \
                again; what boxes could not leave there waits with them. (\(error.message))
                """)
        default:
            self.init(
                .inputOutput,
                """
                \(path) cannot be opened. See that the disk is well and has room, and that this \
                account may write there; then start the relay again. (\(error.message))
                """)
        }
    }

    /// `SQLITE_IOERR_SHMSIZE`, which is no constant in Swift.
    private static let noRoomForIndex = SQLITE_IOERR | 19 << 8
}
