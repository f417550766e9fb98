internal import CSQLite
internal import SyncProtocol

/// The SQLite file of a relay: one connection, confined to the store's thread. What the C interface
/// needs and no more (`Decisions/0009`).
final class RelayFile {
    private let handle: OpaquePointer
    private var isClosed = false
    private var statements: [UInt: RelayStatement] = [:]
    /// How long a writer waits for the verb that notes an invite, in milliseconds.
    private static let busyMilliseconds: Int32 = 5_000
    /// SQLite is to shorten its log after so many pages of 4 KiB.
    private static let checkpointPages = 4_000

    /// - Parameters:
    ///   - vfs: a registered VFS's name; `nil` for the operating system's.
    ///   - checkpoints: whether this connection shortens the log: the only one that does.
    init(path: String, vfs: String?, checkpoints: Bool) throws(RelayFileError) {
        var raw: OpaquePointer?
        let mode = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let result = sqlite3_open_v2(path, &raw, mode, vfs)
        guard let raw else { throw RelayFileError(SQLITE_NOMEM, "no memory to open \(path)") }
        handle = raw
        guard result == SQLITE_OK else { throw error("open \(path)", result) }
        sqlite3_extended_result_codes(raw, 1)
        sqlite3_busy_timeout(raw, Self.busyMilliseconds)
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_DQS_DDL, 0)
        _ = csqlite_db_config_flag(raw, SQLITE_DBCONFIG_DQS_DML, 0)
        try execute("PRAGMA journal_mode = WAL")
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA foreign_keys = OFF")
        try execute("PRAGMA secure_delete = ON")
        try execute("PRAGMA journal_size_limit = \(8 << 20)")
        try execute("PRAGMA wal_autocheckpoint = \(checkpoints ? Self.checkpointPages : 0)")
        if !checkpoints { leaveLogAtClose() }
        guard try answer("PRAGMA synchronous") == "2", try answer("PRAGMA journal_mode") == "wal"
        else {
            throw RelayFileError(SQLITE_ERROR, "\(path) does not take WAL and synchronous=FULL")
        }
    }

    deinit { close() }

    /// Nothing may be asked of it afterwards.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        statements.removeAll()
        sqlite3_close_v2(handle)
    }

    /// After a failure of the disk nothing more is written, not even by closing.
    func leaveLogAtClose() {
        _ = csqlite_db_config_flag(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    }

    /// The first column of the first row as text; empty without one.
    func answer(_ sql: String) throws(RelayFileError) -> String {
        let statement = try RelayStatement(handle, sql)
        return try statement.step() ? statement.text(0) : ""
    }

    /// Runs statements that return nothing.
    func execute(_ sql: String) throws(RelayFileError) {
        let result = sqlite3_exec(handle, sql, nil, nil, nil)
        if result != SQLITE_OK { throw error(sql, result) }
    }

    /// A statement prepared once and kept by the address of its text; reset when handed out.
    func statement(_ sql: StaticString) throws(RelayFileError) -> RelayStatement {
        let address = UInt(bitPattern: sql.utf8Start)
        if let known = statements[address] {
            known.reset()
            return known
        }
        let fresh = try RelayStatement(handle, sql.description)
        statements[address] = fresh
        return fresh
    }

    /// Runs one kept statement with values bound in order, to its end.
    func run(_ sql: StaticString, _ values: RelayBindable...) throws(RelayFileError) {
        let statement = try statement(sql)
        statement.bind(values)
        while try statement.step() {}
        statement.reset()
    }

    /// The first row of a kept statement, which stays readable until the next use.
    func row(_ sql: StaticString, _ values: RelayBindable...) throws(RelayFileError)
        -> RelayStatement?
    {
        let statement = try statement(sql)
        statement.bind(values)
        return try statement.step() ? statement : nil
    }

    /// Ends what a kept statement still holds open.
    func resetAll() { for statement in statements.values { statement.reset() } }

    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }
    /// SQLite ends a transaction by itself after some errors.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    private func error(_ context: String, _ result: Int32) -> RelayFileError {
        RelayFileError(result, "\(String(cString: sqlite3_errmsg(handle))) [\(context.prefix(80))]")
    }
}

/// What SQLite reported.
struct RelayFileError: Error {
    let code: Int32
    let message: String

    init(_ code: Int32, _ message: String) {
        self.code = code
        self.message = "SQLite \(code): \(message)"
    }

    /// Whether the store goes on: nothing was changed, and the next try may succeed.
    var isPassing: Bool {
        [SQLITE_FULL, SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xFF)
    }

    var refusal: MailboxRefusal { isPassing ? .busy : .failed }
}
