import CFaultVFS
import CSQLite
import Testing

/// A simulated disk with one database file, as the tests of the disk itself use it.
final class FaultBench {
    let disk: OpaquePointer
    let name: String
    static let file = "node.db"

    init(seed: UInt64 = 1, sector: Int32 = 512) {
        disk = fvfs_create(seed, sector)
        name = String(cString: fvfs_name(disk))
    }

    deinit { fvfs_destroy(disk) }

    var stats: fvfs_stats { fvfs_statistics(disk) }

    func calls(_ operation: fvfs_operation = FVFS_ANY) -> UInt64 { fvfs_calls(disk, operation) }

    func fail(
        after more: UInt64, _ operation: fvfs_operation = FVFS_ANY, with fault: fvfs_fault,
        sticky: Bool = false, suffix: String? = nil
    ) {
        let armed = fvfs_fail_at(
            disk, operation, calls(operation) + more, fault, sticky, suffix)
        #expect(armed)
    }

    func bytes(_ file: String) -> [UInt8]? {
        var length: Int64 = 0
        guard let copy = fvfs_dump(disk, file, &length) else { return nil }
        defer { fvfs_free(copy) }
        return Array(UnsafeBufferPointer(start: copy, count: Int(length)))
    }

    var files: [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        var index: Int32 = 0
        while let name = fvfs_file_name(disk, index) {
            let file = String(cString: name)
            fvfs_free(name)
            found[file] = bytes(file)
            index += 1
        }
        return found
    }

    func write(_ file: String, _ bytes: [UInt8]) -> Int32 {
        fvfs_file_write(disk, file, bytes, Int64(bytes.count))
    }
}

/// A connection that answers with SQLite's codes, for here the codes are the matter.
final class RawConnection {
    private var handle: OpaquePointer?
    let opened: Int32

    init(_ vfs: String, setup: [String] = []) {
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        opened = sqlite3_open_v2(FaultBench.file, &handle, flags, vfs)
        for statement in setup { run(statement) }
    }

    deinit { close() }

    @discardableResult
    func run(_ statement: String) -> Int32 { sqlite3_exec(handle, statement, nil, nil, nil) }

    func close() {
        sqlite3_close_v2(handle)
        handle = nil
    }

    /// The first column of the first row; null when there is none or the statement fails.
    func text(_ query: String) -> String? {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, query, -1, &statement, nil) == SQLITE_OK else {
            return nil
        }
        defer { sqlite3_finalize(statement) }
        guard sqlite3_step(statement) == SQLITE_ROW else { return nil }
        return sqlite3_column_text(statement, 0).map { String(cString: $0) }
    }

    func number(_ query: String) -> Int? { text(query).flatMap { Int($0) } }

    /// The same, asked again while another's lock is in the way.
    func numberInTime(_ query: String) -> Int? {
        for _ in 0..<Self.triesMax {
            if let number = number(query) { return number }
            guard isInTheWay(sqlite3_errcode(handle)) else { return nil }
        }
        return nil
    }

    /// Runs a whole transaction, again from its start while another's lock is in the way.
    func runInTime(_ transaction: String) -> Int32 {
        for _ in 0..<Self.triesMax {
            let code = run(transaction)
            guard isInTheWay(code) else { return code }
            run("ROLLBACK")
        }
        return SQLITE_BUSY
    }

    /// Enough for any pause of the holder; a lock that nobody gives back ends the test.
    private static let triesMax = 1_000_000

    /// SQLite gave up waiting: it sleeps between its tries, which takes no time on this disk, and
    /// the thread that holds the lock may stand still meanwhile.
    private func isInTheWay(_ code: Int32) -> Bool {
        code == SQLITE_BUSY || code == SQLITE_PROTOCOL
    }
}

/// A ledger of numbered rows, whose bodies follow from their numbers.
struct CrashLedger {
    let connection: RawConnection

    static func open(
        _ bench: FaultBench, journal: String = "WAL", synchronous: String, page: Int = 4096
    ) -> CrashLedger {
        CrashLedger(
            connection: RawConnection(
                bench.name,
                setup: [
                    "PRAGMA page_size=\(page)", "PRAGMA journal_mode=\(journal)",
                    "PRAGMA synchronous=\(synchronous)", "PRAGMA wal_autocheckpoint=12",
                    "CREATE TABLE IF NOT EXISTS row(id INTEGER PRIMARY KEY, body TEXT)",
                ]))
    }

    static func body(_ id: Int) -> String {
        String(repeating: "\(id)-", count: 1 + id * 37 % 211)
    }

    func append(_ id: Int) -> Int32 {
        connection.run("INSERT INTO row VALUES(\(id), '\(Self.body(id))')")
    }

    /// How many rows there are, if they are whole and numbered without a gap.
    func count() throws -> Int {
        let rows = try #require(connection.number("SELECT count(*) FROM row"))
        #expect(connection.number("SELECT ifnull(max(id), 0) FROM row") == rows)
        for id in [1, rows / 2, rows] where id > 0 && id <= rows {
            #expect(connection.text("SELECT body FROM row WHERE id=\(id)") == Self.body(id))
        }
        return rows
    }
}

/// SplitMix64, so that a seed's choices repeat.
struct CrashDice {
    var state: UInt64

    mutating func roll(_ sides: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return (word ^ (word >> 31)) % sides
    }
}
