import CFaultVFS
import CRDT
import CSQLite
import ReplicaStorage
import Signing
import Testing

/// The anchor as a file on the simulated disk, replaced by writing beside it and renaming.
// Sendable because one box's store is its only user and a disk guards itself.
final class FaultAnchor: Anchor, @unchecked Sendable {
    static let file = "node.anchor"
    private static let spare = "node.anchor.new"
    let disk: OpaquePointer

    init(_ disk: OpaquePointer) { self.disk = disk }

    func read() throws(StorageError) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 256)
        var length: Int64 = 0
        switch fvfs_file_read(disk, Self.file, 0, &bytes, 256, &length) {
        case SQLITE_OK: return Array(bytes[..<Int(length)])
        case SQLITE_CANTOPEN: return nil
        default: throw StorageError(.inputOutput, "the anchor could not be read")
        }
    }

    func write(_ bytes: [UInt8]) throws(StorageError) {
        let steps = [
            { fvfs_file_write(self.disk, Self.spare, bytes, Int64(bytes.count)) },
            { fvfs_file_sync(self.disk, Self.spare) },
            { fvfs_file_rename(self.disk, Self.spare, Self.file) },
            { fvfs_directory_sync(self.disk) },
        ]
        for step in steps where step() != SQLITE_OK {
            throw StorageError(.inputOutput, "the anchor could not be written")
        }
    }
}

/// One machine with one replica on a simulated disk.
final class Box {
    let bench: FaultBench
    let number: UInt64
    var schema: Schema
    var host: UInt64
    var rights: ToyRights
    private(set) var store: ReplicaStore
    private var ids: RowIDSource

    init(
        _ number: UInt64, seed: UInt64 = 1, schema: Schema = ToyPack.first,
        bench: FaultBench? = nil, rights: ToyRights = ToyRights()
    ) throws {
        self.number = number
        self.schema = schema
        self.rights = rights
        self.bench = bench ?? FaultBench(seed: seed &* 31 &+ number)
        host = number
        ids = RowIDSource(prefix: UInt128(seed) << 16 | UInt128(number))
        store = try Self.open(self.bench, number, schema, host: number, rights)
    }

    static func open(
        _ bench: FaultBench, _ number: UInt64, _ schema: Schema, host: UInt64, _ rights: ToyRights,
        isReleasing: Bool = true
    ) throws(StorageError) -> ReplicaStore {
        var configuration = ReplicaConfiguration(
            path: FaultBench.file, vfs: bench.name, schema: schema, tenant: TenantID(7),
            device: DeviceID(UInt128(number)), host: ContentHash(0, 0, 0, host),
            hasher: BLAKE2bHasher(), generation: number, rights: rights)
        configuration.cacheKiB = 512
        configuration.checkpointPages = 24
        let store = try ReplicaStore(configuration, anchor: FaultAnchor(bench.disk))
        if isReleasing { try store.releasePending() }
        return store
    }

    /// Ends the process cleanly and starts it again.
    ///
    /// - Parameter isReleasing: as every owner does once its judge is set.
    func reopen(isReleasing: Bool = true) throws {
        store.close()
        store = try Self.open(
            bench, number, schema, host: host, rights, isReleasing: isReleasing)
    }

    /// Starts the process again without closing: after a crash.
    func restart() throws { store = try Self.open(bench, number, schema, host: host, rights) }

    func drawID() -> RowID { ids.draw() }
    func collection(_ id: UInt32) throws -> RowCollection { try #require(schema.collection(id)) }

    @discardableResult
    func commit(
        _ changes: [RowOperation], at wallMilliseconds: Int64 = 1_700_000_000_000
    ) throws(StorageError) -> Commit {
        try store.commit(
            CommitRequest(changes: changes, wallMilliseconds: wallMilliseconds, saltSeed: 5))
    }

    /// Seals everything unsealed and marks it as handed to a link.
    func seal(bytesMax: Int = 1 << 20) throws(StorageError) {
        while let run = try store.unsealedRun(bytesMax: bytesMax) {
            try store.store(run, sealed: ToySeal.encode(run))
        }
        try store.raiseAnchor(through: store.localHead.sequence)
    }

    /// Every frame that a peer with this vector lacks, as a link would carry it.
    func frames(lackedBy vector: VersionVector = VersionVector()) throws -> [[UInt8]] {
        let own = store.vector.entries
        return try Set(own.map(\.writer)).sorted().flatMap { writer in
            let gap = HistoryGap(
                writer: writer, held: own, peerHolds: vector.entries, isForked: true)
            guard case .frames(let frames) = try store.answer(gap, bytesMax: .max) else {
                return [[UInt8]]()
            }
            return frames.map(\.bytes)
        }
    }

    @discardableResult
    func merge(_ sealed: [UInt8]) throws -> MergeOutcome {
        let frame = try #require(ToySeal.decode(sealed))
        return try store.merge(
            frame, wallMilliseconds: 1_700_000_000_000, isSigned: { _ in true })
    }

    /// Takes what the other has until there is nothing new, waiting frames included.
    func pull(from other: Box) throws {
        for _ in 0..<64 {
            let before = store.vector
            for sealed in try other.frames(lackedBy: store.vector) { try merge(sealed) }
            for waiting in try store.waitingFrames() { try merge(waiting.bytes) }
            if store.vector == before { return }
        }
        Issue.record("a pull did not settle")
    }

    /// All rows of all tables, as a reader beside the writer sees them.
    func shown() throws -> [String: [RowID: [Value]]] {
        let pool = ReadPool(path: FaultBench.file, vfs: bench.name, schema: schema)
        defer { pool.close() }
        let schema = schema
        return try pool.read { reader throws(StorageError) in
            var all: [String: [RowID: [Value]]] = [:]
            for collection in schema.collections {
                for record in try reader.records(collection, limit: 100_000) {
                    all[collection.name, default: [:]][record.id] = record.values
                }
            }
            return all
        }
    }

    /// The audit finds nothing and agrees with the digest kept while writing.
    func check() throws {
        let report = try store.verify()
        #expect(report.isClean, "\(report)")
        #expect(report.digest == store.digest)
    }
}

/// Stands where sealing stands: the frame's fields in the open.
enum ToySeal {
    static func encode(_ run: UnsealedRun) -> [UInt8] {
        encode(
            IncomingFrame(
                writer: run.writer, low: run.low, previous: run.previous,
                transactions: run.transactions, sealed: []))
    }

    static func encode(_ frame: IncomingFrame) -> [UInt8] {
        var out = ByteWriter()
        out.write(writer: frame.writer)
        out.write(fixed: frame.low)
        out.write(fixed: frame.previous)
        out.write(count: frame.transactions.count)
        for transaction in frame.transactions { out.write(block: transaction) }
        return out.bytes
    }

    static func decode(_ sealed: [UInt8]) -> IncomingFrame? {
        var reader = ByteReader(sealed)
        guard let writer = try? reader.writer(), let low = try? reader.fixed(UInt64.self),
            let previous = try? reader.fixed(UInt64.self), let count = try? reader.varint()
        else { return nil }
        var transactions: [[UInt8]] = []
        for _ in 0..<count {
            guard let block = try? reader.block(upTo: 1 << 21, of: "transaction") else {
                return nil
            }
            transactions.append(Array(block))
        }
        return IncomingFrame(
            writer: writer, low: low, previous: previous, transactions: transactions,
            sealed: sealed)
    }
}
