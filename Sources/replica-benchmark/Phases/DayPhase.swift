internal import CRDT
internal import EdgeNode
internal import ReplicaStorage
internal import Sealing
internal import Signing

/// `day`: one site's edits, twice, each time from the loaded tenant and each edit a transaction:
///
/// - batch: 4,096 of them made durable by one SQLite commit, as group commit does;
/// - each: each one durable by itself, `synchronous = FULL`. Its delta is sent.
struct DayPhase {
    private static let batchCount = 4_096

    private let fleet: Fleet
    private let site: String
    private let edits: [Edit]
    private var figures = Figures()

    static func run(dataFolder: String, workFolder: String, site: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let fleet = try Fleet(workFolder: workFolder, schema: pack.schema)
        let edits = try LineReader(path: "\(dataFolder)/day-\(site).jsonl").map {
            try Edit($0, pack)
        }
        var phase = DayPhase(fleet: fleet, site: site, edits: edits)
        try phase.batch()
        try phase.each()
        phase.figures.add("peak_rss_mb", ProcessMemory.peak)
        return phase.figures
    }

    private init(fleet: Fleet, site: String, edits: [Edit]) {
        self.fleet = fleet
        self.site = site
        self.edits = edits
    }

    private func request(_ edit: Edit) -> CommitRequest {
        CommitRequest(
            changes: [edit.change], wallMilliseconds: edit.wallMilliseconds, saltSeed: 0)
    }

    private func withScratch(_ body: (ReplicaStore) throws -> Void) throws {
        try fleet.copy("base", to: "scratch-\(site)", withAnchor: false)
        let store = try fleet.open("scratch-\(site)", as: site)
        try body(store)
        store.close()
        fleet.remove("scratch-\(site)")
    }

    private mutating func batch() throws {
        let requests = edits.map(request)
        var watch = Stopwatch()
        try withScratch { store in
            try watch.time { () throws(StorageError) in
                for start in stride(from: 0, to: requests.count, by: Self.batchCount) {
                    let end = min(start + Self.batchCount, requests.count)
                    try store.durably { () throws(StorageError) in
                        for request in requests[start..<end] { _ = try store.commitInside(request) }
                    }
                }
            }
        }
        figures.addRates("day_batch", watch, edits.count, of: "ops")
    }

    private mutating func each() throws {
        let requests = edits.map(request)
        try fleet.copy("base", to: "site-\(site)", withAnchor: false)
        let store = try fleet.open("site-\(site)", as: site)
        let codec = fleet.codec(of: site)
        let disk = try DiskSync(folder: fleet.workFolder).rate(times: 500)
        var latencies: [Double] = []
        latencies.reserveCapacity(requests.count)
        var watch = Stopwatch()
        try watch.time { () throws(StorageError) in
            for request in requests {
                let start = Stopwatch.wall
                _ = try store.commit(request)
                latencies.append(Stopwatch.wall - start)
            }
        }
        figures.addRates("day_each", watch, edits.count, of: "ops")
        figures.add("synchronous", "FULL")
        figures.add("disk_syncs_s", disk)
        figures.add("day_each_to_disk", Double(edits.count) / watch.seconds / disk)
        figures.add("edit_p50_us", latencies.percentile(0.5) * 1e6)
        figures.add("edit_p99_us", latencies.percentile(0.99) * 1e6)
        let streamed = try streamedBytes(store)
        var exporting = Stopwatch()
        let delta = try exporting.time { () throws(StorageError) in
            try store.export(codec, after: 0)
        }
        store.close()
        try Files.write(delta.bytes, to: fleet.path("day-\(site).delta"))
        figures.add("export_ms", exporting.seconds * 1e3)
        figures.add("change_bytes", delta.sealedCount)
        figures.add("bytes_per_op", Double(delta.sealedCount) / Double(edits.count))
        figures.add("streamed_bytes_per_op", streamed)
    }

    /// What an edit takes when it is sent at once, in a frame of its own: the mean of up to 4,096.
    private func streamedBytes(_ store: ReplicaStore) throws -> Double {
        guard let run = try store.unsealedRun(bytesMax: ReplicaStore.runBytesMax) else { return 0 }
        let identity = fleet.identity(of: site)
        let sealer = fleet.sealer()
        var previous = run.previous
        var total = 0
        for (index, transaction) in run.transactions.enumerated() {
            let sequence = run.low + UInt64(index)
            let head = ChainHead(
                tenant: fleet.tenant, writer: run.writer, sequence: sequence,
                chain: run.chains[index])
            let content = FrameContent(
                writer: run.writer, low: sequence, previous: previous,
                signature: head.signed(by: identity), transactions: [transaction])
            guard let nonce = Nonce(bytes: Fleet.randomBytes(Nonce.count)) else { continue }
            total += try sealer.seal(content, nonce: nonce).count
            previous = run.chains[index].prefix
        }
        return Double(total) / Double(run.transactions.count)
    }
}
