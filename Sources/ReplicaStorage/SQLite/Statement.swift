internal import CRDT
internal import CSQLite

/// What a parameter can hold.
enum Bindable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    init(_ number: Int) { self = .integer(Int64(number)) }
    init(_ number: UInt32) { self = .integer(Int64(number)) }
    /// Sequences stay below 2^62 by format.
    init(_ number: UInt64) { self = .integer(Int64(bitPattern: number)) }
    init(_ row: RowID) { self = .blob(row.bytes) }
    init(_ hash: ContentHash) { self = .blob(hash.bytes) }
}

/// One prepared statement. Text and blobs are copied by SQLite at `bind`.
final class Statement {
    private let handle: OpaquePointer
    private unowned let connection: Connection
    private let sql: String
    /// The first binding SQLite did not take; the next step reports it.
    private var bindFault = SQLITE_OK

    init(_ connection: Connection, _ sql: String) throws(StorageError) {
        self.connection = connection
        self.sql = sql
        var raw: OpaquePointer?
        let result = sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
        guard result == SQLITE_OK, let raw else { throw connection.error(result, sql) }
        handle = raw
    }

    deinit { sqlite3_finalize(handle) }

    func reset() {
        sqlite3_reset(handle)
    }

    /// Steps once: `true` with a row, `false` at the end.
    func step() throws(StorageError) -> Bool {
        guard bindFault == SQLITE_OK else {
            let fault = bindFault
            bindFault = SQLITE_OK
            throw connection.error(fault, sql)
        }
        let result = sqlite3_step(handle)
        switch result {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let error = connection.error(result, sql)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Steps a statement that returns no row and makes it ready for the next use.
    func finish() throws(StorageError) {
        while try step() {}
        sqlite3_reset(handle)
    }

    private func note(_ result: Int32) {
        if result != SQLITE_OK, bindFault == SQLITE_OK { bindFault = result }
    }

    func bind(_ value: Bindable, at index: Int) {
        switch value {
        case .null: bindNull(at: index)
        case .integer(let number): bind(integer: number, at: index)
        case .real(let number): note(sqlite3_bind_double(handle, Int32(index), number))
        case .text(let text): bind(text: text, at: index)
        case .blob(let bytes): bind(bytes: bytes, at: index)
        }
    }

    func bind(_ value: Value, at index: Int) {
        switch value {
        case .null: bindNull(at: index)
        case .integer(let number): bind(integer: number, at: index)
        case .real(let number): note(sqlite3_bind_double(handle, Int32(index), number))
        case .text(let text): bind(text: text, at: index)
        case .blob(let bytes): bind(bytes: bytes, at: index)
        case .reference(let row): bind(row, at: index)
        }
    }

    func bindNull(at index: Int) { note(sqlite3_bind_null(handle, Int32(index))) }

    func bind(integer: Int64, at index: Int) {
        note(sqlite3_bind_int64(handle, Int32(index), integer))
    }

    func bind(_ row: RowID, at index: Int) {
        withUnsafeBytes(of: row.value.bigEndian) { raw in
            note(
                sqlite3_bind_blob(
                    handle, Int32(index), raw.baseAddress, 16, csqlite_transient()))
        }
    }

    func bind(bytes: [UInt8], at index: Int) {
        if bytes.isEmpty {
            note(sqlite3_bind_zeroblob(handle, Int32(index), 0))
        } else {
            note(
                sqlite3_bind_blob64(
                    handle, Int32(index), bytes, UInt64(bytes.count), csqlite_transient()))
        }
    }

    func bind(text: String, at index: Int) {
        guard !text.utf8.isEmpty else {
            // An empty Swift string may have no address, which SQLite would take for NULL.
            note(sqlite3_bind_text(handle, Int32(index), "", 0, csqlite_transient()))
            return
        }
        var text = text
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) { characters in
                note(
                    sqlite3_bind_text64(
                        handle, Int32(index), characters.baseAddress, UInt64(characters.count),
                        csqlite_transient(), UInt8(SQLITE_UTF8)))
            }
        }
    }

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(handle, Int32(column)) == SQLITE_NULL }
    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }
    func unsigned(_ column: Int) -> UInt64 { UInt64(bitPattern: integer(column)) }
    func real(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    func text(_ column: Int) -> String {
        guard let raw = sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: raw, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) -> [UInt8] {
        guard let raw = sqlite3_column_blob(handle, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return [UInt8](UnsafeRawBufferPointer(start: raw, count: count))
    }

    func row(_ column: Int) -> RowID? {
        guard let raw = sqlite3_column_blob(handle, Int32(column)),
            sqlite3_column_bytes(handle, Int32(column)) == 16
        else { return nil }
        return RowID(UInt128(bigEndian: raw.loadUnaligned(as: UInt128.self)))
    }

    func hash(_ column: Int) throws(StorageError) -> ContentHash {
        guard let raw = sqlite3_column_blob(handle, Int32(column)),
            sqlite3_column_bytes(handle, Int32(column)) == 32
        else {
            throw StorageError(.corrupt, "a hash column holds no 32 bytes [\(sql.prefix(80))]")
        }
        func word(_ index: Int) -> UInt64 {
            UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
        }
        return ContentHash(word(0), word(1), word(2), word(3))
    }

    func value(_ column: Int, _ type: ValueType) throws(StorageError) -> Value {
        switch (type, sqlite3_column_type(handle, Int32(column))) {
        case (_, SQLITE_NULL): return .null
        case (.integer, SQLITE_INTEGER): return .integer(integer(column))
        case (.real, SQLITE_FLOAT), (.real, SQLITE_INTEGER): return .real(real(column))
        case (.text, SQLITE_TEXT): return .text(text(column))
        case (.blob, SQLITE_BLOB): return .blob(bytes(column))
        case (.reference, SQLITE_BLOB):
            if let row = row(column) { return .reference(row) }
        case (.integer, _), (.real, _), (.text, _), (.blob, _), (.reference, _): break
        }
        throw StorageError(
            .corrupt, "column \(column) is not of its field's type [\(sql.prefix(80))]")
    }
}

extension RowID {
    var bytes: [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }
}
