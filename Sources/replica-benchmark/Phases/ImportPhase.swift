internal import CRDT
internal import EdgeNode
internal import Foundation
internal import FrontDesk

/// `import`: the reference tenant from its CSV files into a node, then the same rows into plain
/// tables of SQLite with the same columns and indexes.
///
/// Ours reads each file twice, finds what is wrong, looks every record up and makes signed history;
/// plain SQLite gets finished values. So the ratio says what an import costs, not what a disk can.
enum ImportPhase {
    private static let rowsOfTransaction = 1_024

    static func run(register: String, workFolder: String) async throws -> Figures {
        let work = URL(fileURLWithPath: workFolder)
        guard !FileManager.default.fileExists(atPath: work.path) else {
            throw BenchmarkError("\(workFolder) is there already; name a new folder")
        }
        let files = work.appendingPathComponent("files")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        guard let today = LocalDate("2026-06-19") else { throw BenchmarkError("no day") }
        var tenant = try SampleTenant(seed: 1, register: register, today: today, site: "North")
        for file in try tenant.files() {
            try DurableFile.replace(
                files.appendingPathComponent(file.name), with: Array(file.text.utf8))
        }
        let directory = NodeDirectory(work.appendingPathComponent("node"))
        _ = try TrustSetup.begin(directory, site: "North", .system)
        let packs = try InstalledPacks.shipped()
        let node = try await Node(directory, schema: packs.schema)
        try await node.introduceSite()
        let order = ImportOrder(items: try ImportManifest.items(in: files))
        var figures = Figures()
        let (wall, processor) = (Stopwatch.wall, Stopwatch.processor)
        let reports = try await FileImport(node, packs).run(order)
        let seconds = (Stopwatch.wall - wall, Stopwatch.processor - processor)
        figures.add("import_peak_rss_mb", ProcessMemory.peak)
        let plain = try load(packs, node, work.appendingPathComponent("plain.db").path)
        await node.close()
        let records = reports.reduce(0) { $0 + $1.addedRecords }
        figures.add("csv_rows", reports.reduce(0) { $0 + $1.rowsRead })
        figures.add("records", records)
        figures.add("plain_rows", plain.rows)
        figures.add("import_s", seconds.0)
        figures.add("import_cpu_s", seconds.1)
        figures.add("import_records_per_s", Double(records) / seconds.0)
        figures.add("plain_s", plain.watch.seconds)
        figures.add("plain_cpu_s", plain.watch.processorSeconds)
        figures.add("plain_rows_per_s", Double(plain.rows) / plain.watch.seconds)
        let share = Double(plain.rows) / Double(max(1, records))
        figures.add("ratio_wall", plain.watch.seconds / seconds.0 / share)
        figures.add("ratio_cpu", plain.watch.processorSeconds / seconds.1 / share)
        figures.add("db_mb", Double(Files.size(directory.database.path)) / 1e6)
        figures.add(
            "plain_db_mb", Double(Files.size(work.appendingPathComponent("plain.db").path)) / 1e6)
        return figures
    }

    private static func load(
        _ packs: InstalledPacks, _ node: Node, _ path: String
    ) throws -> (rows: Int, watch: Stopwatch) {
        let database = try PlainDatabase(path: path)
        defer { database.close() }
        var watch = Stopwatch()
        var rows = 0
        for collection in packs.schema.collections where !packs.hidden.contains(collection.name) {
            let columns = ["id"] + collection.fields.map(\.name)
            let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
            try database.execute(
                "CREATE TABLE \"\(collection.name)\"(key INTEGER PRIMARY KEY, \(names), UNIQUE(id))"
            )
            for (number, index) in collection.indexes.enumerated() {
                let parts = index.map { "\"\($0)\"" }.joined(separator: ", ")
                try database.execute(
                    "CREATE INDEX \(collection.name)_\(number) ON \"\(collection.name)\"(\(parts))")
            }
            let marks = repeatElement("?", count: columns.count).joined(separator: ", ")
            let insert = try database.prepare(
                "INSERT INTO \"\(collection.name)\"(\(names)) VALUES(\(marks))")
            var after: Int64? = 0
            while let key = after {
                let page = try node.page(of: collection, after: key, limit: rowsOfTransaction)
                after = page.next
                rows += page.rows.count
                if page.rows.isEmpty { continue }
                try watch.time {
                    try database.durably {
                        for row in page.rows {
                            try insert.bind(.reference(row.id), 1)
                            for (slot, value) in row.values.enumerated() {
                                try insert.bind(value, Int32(slot + 2))
                            }
                            try insert.run()
                        }
                    }
                }
            }
        }
        return (rows, watch)
    }
}
