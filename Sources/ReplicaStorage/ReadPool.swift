public import CRDT
internal import Synchronization

/// A few read-only connections for readers beside the writer. They never write and never
/// checkpoint.
// Sendable because a connection leaves `idle` under the lock and serves one caller until it is
// back.
public final class ReadPool: @unchecked Sendable {
    private let path: String
    private let vfs: String?
    private let schema: Schema
    private let watch: DiskWatch
    private let idle: Mutex<[Connection]>

    /// - Parameter watch: is told what reading finds.
    public init(
        path: String, vfs: String? = nil, schema: Schema, watch: DiskWatch = DiskWatch()
    ) {
        self.watch = watch
        self.path = path
        self.vfs = vfs
        self.schema = schema
        idle = Mutex([])
    }

    /// Runs `body` on one consistent snapshot.
    public func read<Result>(
        _ body: (Reader) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let connection = try take()
        defer { put(connection) }
        // Kept statements: to prepare these two anew takes as long as to read a row.
        try connection.run("BEGIN")
        do throws(StorageError) {
            let result = try body(Reader(connection, schema))
            try connection.run("COMMIT")
            return result
        } catch {
            // The snapshot is only let go; nothing was written.
            try? connection.execute("ROLLBACK")
            watch.note(error.code)
            throw error
        }
    }

    private func take() throws(StorageError) -> Connection {
        let known = Unprotected(idle.withLock { Unprotected($0.popLast()) }.value).value
        if let known { return known }
        let fresh = try Connection(path: path, vfs: vfs, isReadOnly: true, watch: watch)
        try fresh.execute("PRAGMA query_only = ON")
        try fresh.execute("PRAGMA cache_size = -4096")
        return fresh
    }

    private func put(_ connection: Connection) {
        let box = Unprotected(connection)
        idle.withLock { idle in
            if idle.count < 4 { idle.append(box.value) }
        }
    }

    public func close() {
        idle.withLock { idle in
            for connection in idle { connection.close() }
            idle.removeAll()
        }
    }
}

/// Carries a connection across the lock's boundary.
// Sendable because `ReadPool` hands each connection to one caller at a time.
private struct Unprotected<Value>: @unchecked Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
}
