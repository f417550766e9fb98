internal import CSQLite

/// One SQLite connection, confined to whoever owns it. A thin hand on the C API: it adds prepared
/// statement reuse and typed errors, nothing else.
final class Connection {
    private(set) var handle: OpaquePointer
    /// Is told of every error.
    private let watch: DiskWatch
    private var statements: [String: Statement] = [:]
    /// Statements of literal texts, by the address of the text: hashing 100 characters takes longer
    /// than the rest of a look-up.
    private var literals: [UInt: Statement] = [:]
    /// Statements of those who come often: to find one by its text takes longer than to reset it.
    private var numbered: [(sql: String, statement: Statement?)] = []
    /// What `Reader` made; a connection has one schema for its life.
    var selectionsByCollection: [UInt32: Selection] = [:]

    /// SQLite counts every byte it asks for, behind a lock, for a figure nobody here reads. Refused
    /// where someone used SQLite in this process before; then it counts on.
    private static let countsNoMemory = csqlite_count_no_memory() == SQLITE_OK

    /// How long the writer waits for another tool's lock before it gives up for this time.
    private static let busyMilliseconds: Int32 = 5_000

    /// - Parameters:
    ///   - vfs: a registered VFS's name; `nil` for the operating system's.
    ///   - isReadOnly: opens without write access, for the read pool.
    init(
        path: String, vfs: String?, isReadOnly: Bool, watch: DiskWatch = DiskWatch()
    ) throws(StorageError) {
        _ = Self.countsNoMemory
        self.watch = watch
        var raw: OpaquePointer?
        let mode = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let result = sqlite3_open_v2(path, &raw, mode | SQLITE_OPEN_NOMUTEX, vfs)
        guard let raw else {
            throw StorageError(.internalFault, "SQLite had no memory to open \(path)")
        }
        handle = raw
        if result != SQLITE_OK {
            let error = self.error(result, "open")
            sqlite3_close_v2(raw)
            throw error
        }
        sqlite3_extended_result_codes(raw, 1)
        // A person's VACUUM or copy from a shell holds the lock for a moment. Readers never wait:
        // they run beside any writer.
        if !isReadOnly { sqlite3_busy_timeout(raw, Self.busyMilliseconds) }
        // A schema from a damaged or foreign file may not call functions of ours but innocuous
        // ones.
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_DQS_DDL, 0)
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_DQS_DML, 0)
    }

    deinit { close() }

    private var isClosed = false
    /// Pages in the write-ahead log after this connection's last commit.
    private(set) var logPages = 0
    private var pagesAtAttempt = 0

    func close() {
        guard !isClosed else { return }
        isClosed = true
        statements.removeAll()
        literals.removeAll()
        numbered.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(StorageError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        if result != SQLITE_OK { throw error(result, sql) }
    }

    /// A statement prepared once and kept; reset when handed out. Bind all parameters each time.
    func statement(_ sql: StaticString) throws(StorageError) -> Statement {
        guard sql.hasPointerRepresentation else { return try statement(sql.description) }
        let address = UInt(bitPattern: sql.utf8Start)
        if let known = literals[address] {
            known.reset()
            return known
        }
        let fresh = try Statement(self, sql.description)
        literals[address] = fresh
        return fresh
    }

    /// As for a literal, for a text made at run time.
    @_disfavoredOverload
    func statement(_ sql: String) throws(StorageError) -> Statement {
        if let known = statements[sql] {
            known.reset()
            return known
        }
        let fresh = try Statement(self, sql)
        // Filters and sets of changed columns make many texts. Whoever still uses one keeps it.
        if statements.count >= 512 { statements.removeAll() }
        statements[sql] = fresh
        return fresh
    }

    /// A place for a statement that is never dropped while the connection is open.
    func number(for sql: String) -> Int {
        numbered.append((sql, nil))
        return numbered.count - 1
    }

    /// As `statement(_ sql:)`, for one that has a number.
    func statement(_ number: Int) throws(StorageError) -> Statement {
        if let known = numbered[number].statement {
            known.reset()
            return known
        }
        let fresh = try Statement(self, numbered[number].sql)
        numbered[number].statement = fresh
        return fresh
    }

    /// Runs one kept statement with `values` bound in order, to its end.
    func run(_ sql: StaticString, _ values: Bindable...) throws(StorageError) {
        let statement = try statement(sql)
        for (index, value) in values.enumerated() { statement.bind(value, at: index + 1) }
        try statement.finish()
    }

    var changes: Int { Int(sqlite3_changes(handle)) }
    var lastRowKey: Int64 { sqlite3_last_insert_rowid(handle) }
    /// Whether a transaction is open; SQLite ends it by itself after some errors.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func error(_ result: Int32, _ context: String) -> StorageError {
        let text = String(cString: sqlite3_errmsg(handle))
        let code: StorageError.Code =
            switch result & 0xFF {
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL, SQLITE_NOMEM, SQLITE_READONLY:
                .inputOutput
            case SQLITE_FULL: .diskFull
            case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            default: .internalFault
            }
        watch.note(code)
        let statement = code == .internalFault ? ", in “\(context.prefix(120))”" : ""
        return StorageError(
            code, "\(Self.words(for: result & 0xFF)) (SQLite \(result), \(text)\(statement))")
    }

    /// What happened, and what to do.
    private static func words(for code: Int32) -> String {
        switch code {
        case SQLITE_CANTOPEN:
            "the database cannot be opened; see that its folder is there and is this account's"
        case SQLITE_READONLY:
            "the database may not be written; see who owns its file and folder, and how the disk "
                + "is mounted"
        case SQLITE_NOMEM: "there is no memory left for the database; end other programs"
        case SQLITE_IOERR, SQLITE_PROTOCOL:
            "the disk failed to read or write the database; look at the disk"
        case SQLITE_FULL: "there is no room left on the disk; free some space"
        case SQLITE_CORRUPT: "the database is damaged; restore it from another box or a backup"
        case SQLITE_NOTADB: "the file is no database of this program, or its beginning is damaged"
        case SQLITE_BUSY, SQLITE_LOCKED:
            "another tool is writing to the database; end it, or try again"
        default: "the database did not take what this program asked; report this"
        }
    }

    /// Follows the length of the log. Replaces SQLite's own automatic checkpoint.
    func watchLog() {
        sqlite3_wal_hook(
            handle,
            { connection, _, _, pages in
                guard let connection else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(connection).takeUnretainedValue().logPages =
                    Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Copies the log into the file when it holds `pages` more than at the last attempt, without
    /// waiting for readers.
    func checkpoint(atPages pages: Int) throws(StorageError) {
        if logPages < pagesAtAttempt { pagesAtAttempt = 0 }
        guard logPages >= pagesAtAttempt + pages else { return }
        pagesAtAttempt = logPages
        let result = sqlite3_wal_checkpoint_v2(
            handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        if result != SQLITE_OK { throw error(result, "checkpoint") }
    }

    /// After an I/O error nothing more is written, not even by closing.
    func leaveLogAtClose() {
        _ = csqlite_db_config_flag(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    /// Registers the function that every guard asks. Only the writer connection has it, so a
    /// row write through any other tool fails.
    func registerGuard() throws(StorageError) {
        let result = sqlite3_create_function_v2(
            handle, "warren_guard", -1, SQLITE_UTF8 | SQLITE_INNOCUOUS | SQLITE_DETERMINISTIC, nil,
            { context, _, _ in sqlite3_result_int(context, 0) }, nil, nil, nil)
        if result != SQLITE_OK { throw error(result, "warren_guard") }
    }
}
