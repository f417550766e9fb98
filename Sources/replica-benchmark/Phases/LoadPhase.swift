internal import CRDT
internal import EdgeNode
internal import ReplicaStorage

/// `load`: the tenant's first records, in transactions of at most 4,096 rows and 1 MiB.
///
/// What is timed is the durable commits. Sealing, which a node does before it sends, is timed
/// apart.
struct LoadPhase {
    private let store: ReplicaStore
    private let codec: TenantCodec
    private var commits = Stopwatch()
    private var sealing = Stopwatch()
    private var rows = 0
    private var transactions = 0
    private var sealedBytes = 0

    static func run(dataFolder: String, workFolder: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let fleet = try Fleet(workFolder: workFolder, schema: pack.schema)
        fleet.remove("base")
        var phase = LoadPhase(
            store: try fleet.open("base", as: Fleet.loader), codec: fleet.codec(of: Fleet.loader))
        var batch = Batch()
        for line in try LineReader(path: dataFolder + "/load.jsonl") {
            let edit = try Edit(line, pack)
            if batch.take(edit) { continue }
            try phase.commit(batch)
            batch = Batch()
            guard batch.take(edit) else { throw BenchmarkError("one row is above the limits") }
        }
        if !batch.edits.isEmpty { try phase.commit(batch) }
        phase.store.close()
        return phase.figures(sizeInBytes: Files.size(fleet.path("base.db")))
    }

    private init(store: ReplicaStore, codec: TenantCodec) {
        self.store = store
        self.codec = codec
    }

    private mutating func commit(_ batch: Batch) throws {
        let request = CommitRequest(
            changes: batch.changes, wallMilliseconds: batch.wallMilliseconds, saltSeed: 0)
        _ = try commits.time { () throws(StorageError) in try store.commit(request) }
        sealedBytes += try sealing.time { () throws(StorageError) in try store.sealAll(codec) }
        rows += batch.edits.count
        transactions += 1
    }

    private func figures(sizeInBytes: Int) -> Figures {
        var figures = Figures()
        figures.add("load", commits, rows, of: "rows")
        figures.add("load_transactions", transactions)
        figures.add("load_sealing_s", sealing.seconds)
        figures.add("load_sealing_cpu_s", sealing.processorSeconds)
        figures.add("db_mb", Double(sizeInBytes) / 1e6)
        figures.add("frames_mb", Double(sealedBytes) / 1e6)
        figures.add("peak_rss_mb", ProcessMemory.peak)
        return figures
    }
}
