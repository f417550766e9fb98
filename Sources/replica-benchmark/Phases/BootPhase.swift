internal import CRDT
internal import EdgeNode
internal import ReplicaStorage

/// `boot`: an empty replica takes the whole tenant as frames and replays them.
enum BootPhase {
    static func run(dataFolder: String, workFolder: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let fleet = try Fleet(workFolder: workFolder, schema: pack.schema)
        let source = try fleet.open("base", as: Fleet.loader)
        var exporting = Stopwatch()
        let codec = fleet.codec(of: Fleet.loader)
        let delta = try exporting.time { () throws(StorageError) in
            try source.export(codec, after: 0)
        }
        fleet.remove("boot")
        let store = try fleet.open("boot", as: Fleet.newcomer)
        let reading = fleet.codec(of: Fleet.newcomer)
        var applying = Stopwatch()
        _ = try applying.time { try store.absorb(delta, reading) }
        let rows = store.digest.rows
        guard store.digest == source.digest else {
            throw BenchmarkError("the newcomer does not hold what its source holds")
        }
        var figures = Figures()
        figures.add("boot_path", "frames")
        figures.add("boot_s", exporting.seconds + applying.seconds)
        figures.add("boot_cpu_s", exporting.processorSeconds + applying.processorSeconds)
        figures.add("boot_rows_s", Double(rows) / (exporting.seconds + applying.seconds))
        figures.add("boot_bytes", delta.sealedCount)
        figures.add("boot_frames", delta.frames.count)
        figures.add("peak_rss_mb", ProcessMemory.peak)
        source.close()
        store.close()
        return figures
    }
}
