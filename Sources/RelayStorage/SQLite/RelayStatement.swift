internal import CRDT
internal import CSQLite

/// What a parameter can hold.
enum RelayBindable {
    case integer(Int64)
    case blob([UInt8])

    init(_ number: UInt64) { self = .integer(Int64(bitPattern: number)) }
    init(_ hash: ContentHash) { self = .blob(hash.bytes) }
}

/// One prepared statement. Blobs are copied at `bind`.
final class RelayStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer
    /// The first binding SQLite did not take; the next step reports it.
    private var bindFault = SQLITE_OK

    init(_ connection: OpaquePointer, _ sql: String) throws(RelayFileError) {
        self.connection = connection
        var raw: OpaquePointer?
        let result = sqlite3_prepare_v3(
            connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
        guard result == SQLITE_OK, let raw else {
            throw RelayFileError(result, String(cString: sqlite3_errmsg(connection)))
        }
        handle = raw
    }

    deinit { sqlite3_finalize(handle) }

    /// Makes it ready for the next use and lets go of its snapshot.
    func reset() {
        sqlite3_reset(handle)
        bindFault = SQLITE_OK
    }

    func bind(_ values: [RelayBindable]) {
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let result =
                switch value {
                case .integer(let number): sqlite3_bind_int64(handle, place, number)
                case .blob(let bytes):
                    bytes.isEmpty
                        ? sqlite3_bind_zeroblob(handle, place, 0)
                        : sqlite3_bind_blob64(
                            handle, place, bytes, UInt64(bytes.count), csqlite_transient())
                }
            if result != SQLITE_OK, bindFault == SQLITE_OK { bindFault = result }
        }
    }

    /// Steps once: `true` with a row, `false` at the end.
    func step() throws(RelayFileError) -> Bool {
        let result = bindFault == SQLITE_OK ? sqlite3_step(handle) : bindFault
        switch result {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = RelayFileError(result, String(cString: sqlite3_errmsg(connection)))
            reset()
            throw error
        }
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func unsigned(_ column: Int32) -> UInt64 { UInt64(bitPattern: integer(column)) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let raw = sqlite3_column_blob(handle, column) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, column))
        return [UInt8](UnsafeRawBufferPointer(start: raw, count: count))
    }

    func text(_ column: Int32) -> String {
        guard let raw = sqlite3_column_text(handle, column) else { return "" }
        return String(cString: raw)
    }

    func hash(_ column: Int32) throws(RelayFileError) -> ContentHash {
        guard let hash = ContentHash(bytes: bytes(column)) else {
            throw RelayFileError(SQLITE_CORRUPT, "a hash column holds no 32 bytes")
        }
        return hash
    }
}
