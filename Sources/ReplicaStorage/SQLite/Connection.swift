internal import CSQLite

/// One SQLite connection, confined to whoever owns it. A thin hand on the C API: it adds prepared
/// statement reuse and typed errors, nothing else.
final class Connection {
    private(set) var handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    /// What `Reader` made; a connection has one schema for its life.
    var selectionsByCollection: [UInt32: Selection] = [:]

    /// - Parameters:
    ///   - vfs: a registered VFS's name; `nil` for the operating system's.
    ///   - isReadOnly: opens without write access, for the read pool.
    init(path: String, vfs: String?, isReadOnly: Bool) throws(StorageError) {
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
        sqlite3_close_v2(handle)
    }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(StorageError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        if result != SQLITE_OK { throw error(result, sql) }
    }

    /// A statement prepared once and kept; reset when handed out. Bindings stay: bind them all.
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

    /// Runs one kept statement with `values` bound in order, to its end.
    func run(_ sql: String, _ values: Bindable...) throws(StorageError) {
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
        return StorageError(code, "SQLite \(result): \(text) [\(context.prefix(120))]")
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
