internal import CRDT
internal import EdgeNode
internal import ReplicaStorage

/// `merge`: a site takes the two other sites' deltas. Opening, verifying and merging are timed,
/// each frame durable by itself; then the same frames again.
enum MergePhase {
    static func run(dataFolder: String, workFolder: String, site: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let fleet = try Fleet(workFolder: workFolder, schema: pack.schema)
        let file = "merged-\(site)"
        try fleet.copy("site-\(site)", to: file, withAnchor: true)
        let store = try fleet.open(file, as: site)
        let codec = fleet.codec(of: site)
        let deltas = try Fleet.sites.filter { $0 != site }.map {
            try Delta(path: fleet.path("day-\($0).delta"))
        }
        var merging = Stopwatch()
        var again = Stopwatch()
        var count = 0
        try merging.time { for delta in deltas { count += try store.absorb(delta, codec) } }
        var repeated = 0
        try again.time { for delta in deltas { repeated += try store.absorb(delta, codec) } }
        guard repeated == 0 else { throw BenchmarkError("a frame counted twice") }
        var figures = Figures()
        figures.add("merge", merging, count, of: "ops")
        figures.addRates("reapply", again, count, of: "ops")
        figures.add("peak_rss_mb", ProcessMemory.peak)
        try judge(store, dataFolder, &figures)
        store.close()
        return figures
    }

    /// Compares the replica with `expected.json` and audits its file; none of it is timed.
    private static func judge(
        _ store: ReplicaStore, _ dataFolder: String, _ figures: inout Figures
    ) throws {
        let expected = try Expectation(dataFolder: dataFolder)
        let content = try Content(store, without: expected.ambiguous)
        let report = try store.verify()
        figures.add("stock_total", content.stockTotal)
        figures.add("stock_right", content.stockTotal == expected.stockTotal)
        figures.add("lww_conflicts", expected.conflicts.count)
        figures.add("lww_winner_by_time", try expected.conflictsWon(store))
        figures.add("digest", content.digest)
        figures.add("is_expected", content.digest == expected.digest)
        figures.add("replica_digest", Hexadecimal.text(store.digest.bytes))
        figures.add("verify", report.isClean ? "clean" : "\(report)")
    }
}
