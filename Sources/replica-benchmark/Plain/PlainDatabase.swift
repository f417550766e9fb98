internal import CRDT
internal import CSQLite

/// SQLite as any program would use it: the same rows and indexes, `synchronous = FULL`, kept
/// statements, no clocks, no log, no digest. What ours is compared with; so it goes straight to the
/// C API and not through the storage's own hand on it.
final class PlainDatabase {
    private var handle: OpaquePointer?
    private var statements: [PlainStatement] = []
    private let path: String
    private lazy var begin = Result { try prepare("BEGIN IMMEDIATE") }
    private lazy var commit = Result { try prepare("COMMIT") }

    init(path: String) throws {
        self.path = path
        guard
            sqlite3_open_v2(
                path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nil
            )
                == SQLITE_OK
        else { throw fault("open") }
        for pragma in [
            "journal_mode = WAL", "synchronous = FULL", "cache_size = -\(Fleet.cacheKiB)",
            "temp_store = MEMORY",
        ] {
            try execute("PRAGMA \(pragma)")
        }
    }

    func close() {
        for statement in statements { statement.finalize() }
        statements = []
        sqlite3_close_v2(handle)
        handle = nil
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw fault(sql) }
    }

    /// Runs `body` in one durable transaction.
    func durably(_ body: () throws -> Void) throws {
        try begin.get().run()
        try body()
        try commit.get().run()
    }

    func prepare(_ sql: String) throws -> PlainStatement {
        var statement: OpaquePointer?
        guard
            sqlite3_prepare_v3(
                handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK,
            let statement
        else { throw fault(sql) }
        let prepared = PlainStatement(statement, self)
        statements.append(prepared)
        return prepared
    }

    fileprivate func fault(_ what: String) -> BenchmarkError {
        let text = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
        return BenchmarkError("plain SQLite, \(path): \(text) [\(what.prefix(80))]")
    }
}

/// A statement kept for the life of its database.
final class PlainStatement {
    private let handle: OpaquePointer
    private unowned let database: PlainDatabase

    fileprivate init(_ handle: OpaquePointer, _ database: PlainDatabase) {
        self.handle = handle
        self.database = database
    }

    fileprivate func finalize() { sqlite3_finalize(handle) }

    /// Runs it to its end, which is at once: none returns rows.
    func run() throws {
        guard sqlite3_step(handle) == SQLITE_DONE else { throw database.fault("step") }
        sqlite3_reset(handle)
    }

    func bind(_ value: Value, _ place: Int32) throws {
        guard take(value, place) == SQLITE_OK else { throw database.fault("bind") }
    }

    private func take(_ value: Value, _ place: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(handle, place)
        case .integer(let number): return sqlite3_bind_int64(handle, place, number)
        case .real(let number): return sqlite3_bind_double(handle, place, number)
        case .text(let text) where text.isEmpty:
            // An empty text may have no address, which SQLite would take for NULL.
            return sqlite3_bind_text(handle, place, "", 0, csqlite_transient())
        case .text(var text):
            return text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text(
                        handle, place, $0.baseAddress, Int32($0.count),
                        csqlite_transient())
                }
            }
        case .blob(let bytes):
            return sqlite3_bind_blob(
                handle, place, bytes, Int32(bytes.count), csqlite_transient())
        case .reference(let row):
            return withUnsafeBytes(of: row.value.bigEndian) {
                sqlite3_bind_blob(handle, place, $0.baseAddress, 16, csqlite_transient())
            }
        }
    }
}
