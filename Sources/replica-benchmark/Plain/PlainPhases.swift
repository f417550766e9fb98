internal import CRDT

/// The phases without a replica: the same edits in transactions of the same size into plain tables.
enum PlainPhases {
    /// `plain-load`: as `load`.
    static func load(dataFolder: String, workFolder: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        try Files.makeFolder(workFolder)
        let path = workFolder + "/plain.db"
        remove(path)
        let database = try PlainDatabase(path: path)
        let tables = PlainTables(pack.schema, database)
        try tables.create()
        var watch = Stopwatch()
        var rows = 0
        func commit(_ batch: Batch) throws {
            try watch.time {
                try database.durably {
                    for edit in batch.edits { try tables.apply(edit) }
                }
            }
            rows += batch.edits.count
        }
        var batch = Batch()
        for line in try LineReader(path: dataFolder + "/load.jsonl") {
            let edit = try Edit(line, pack)
            if batch.take(edit) { continue }
            try commit(batch)
            batch = Batch()
            guard batch.take(edit) else { throw BenchmarkError("one row is above the limits") }
        }
        if !batch.edits.isEmpty { try commit(batch) }
        database.close()
        var figures = Figures()
        figures.add("load", watch, rows, of: "rows")
        figures.add("db_mb", Double(Files.size(path)) / 1e6)
        figures.add("peak_rss_mb", ProcessMemory.peak)
        return figures
    }

    /// `plain-day`: a site's edits, each durable by itself.
    static func day(dataFolder: String, workFolder: String, site: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let edits = try LineReader(path: "\(dataFolder)/day-\(site).jsonl").map {
            try Edit($0, pack)
        }
        let path = "\(workFolder)/plain-\(site).db"
        remove(path)
        try Files.copy(workFolder + "/plain.db", to: path)
        let database = try PlainDatabase(path: path)
        let tables = PlainTables(pack.schema, database)
        var latencies: [Double] = []
        var watch = Stopwatch()
        try watch.time {
            for edit in edits {
                let start = Stopwatch.wall
                try database.durably { try tables.apply(edit) }
                latencies.append(Stopwatch.wall - start)
            }
        }
        database.close()
        var figures = Figures()
        figures.addRates("day_each", watch, edits.count, of: "ops")
        figures.add("edit_p50_us", latencies.percentile(0.5) * 1e6)
        figures.add("edit_p99_us", latencies.percentile(0.99) * 1e6)
        let text = Files.size("\(dataFolder)/day-\(site).jsonl")
        figures.add("bytes_per_op", Double(text) / Double(edits.count))
        figures.add("peak_rss_mb", ProcessMemory.peak)
        return figures
    }

    /// `plain-merge`: the two other sites' edits replayed as they come, one transaction a site. No
    /// merge: the last to arrive stands.
    static func merge(dataFolder: String, workFolder: String, site: String) throws -> Figures {
        let pack = try Pack(dataFolder: dataFolder)
        let others = try Fleet.sites.filter { $0 != site }.map { other in
            try LineReader(path: "\(dataFolder)/day-\(other).jsonl").map { try Edit($0, pack) }
        }
        let database = try PlainDatabase(path: "\(workFolder)/plain-\(site).db")
        let tables = PlainTables(pack.schema, database)
        var watch = Stopwatch()
        try watch.time {
            for edits in others {
                try database.durably { for edit in edits { try tables.apply(edit) } }
            }
        }
        database.close()
        var figures = Figures()
        figures.add("merge", watch, others.reduce(0) { $0 + $1.count }, of: "ops")
        figures.add("peak_rss_mb", ProcessMemory.peak)
        return figures
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] { Files.remove(path + suffix) }
    }
}
