internal import Foundation

/// `compare`: every phase of ours and of plain SQLite in turn, each in a process of its own, and
/// one table of both with the goals beside them.
struct Comparison {
    private let dataFolder: String
    private let repeats: Int
    private var runsByName: [String: [Double]] = [:]

    static func run(dataFolder: String, repeats: Int) throws {
        guard Files.size(dataFolder + "/load.jsonl") > 0 else {
            throw BenchmarkError("\(dataFolder) has no workload: `make bench` makes it")
        }
        var comparison = Comparison(dataFolder: dataFolder, repeats: repeats)
        try Files.withTemporaryFolder { folder in
            for _ in 0..<repeats { try comparison.measure(folder) }
        }
        comparison.report()
    }

    private init(dataFolder: String, repeats: Int) {
        self.dataFolder = dataFolder
        self.repeats = repeats
    }

    private mutating func measure(_ folder: String) throws {
        try phase("load", [folder])
        try phase("plain-load", [folder])
        for site in Fleet.sites { try phase("day", [folder, site]) }
        try phase("plain-day", [folder, "A"])
        for site in Fleet.sites { try phase("merge", [folder, site]) }
        try phase("plain-merge", [folder, "A"])
        try phase("boot", [folder])
    }

    /// Runs one verb of this very program and takes note of its numbers as `verb.name`.
    private mutating func phase(_ verb: String, _ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [verb, dataFolder] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0,
            let line = output.split(separator: UInt8(ascii: "\n")).last
        else { throw BenchmarkError("\(verb) failed with status \(process.terminationStatus)") }
        for (name, value) in try JSONParser.parse(ArraySlice(Array(line))).members ?? [] {
            let number: Double? =
                switch value {
                case .integer(let number): Double(number)
                case .real(let number): number
                case .bool(let flag): flag ? 1 : 0
                case .null, .text, .array, .object: nil
                }
            if let number { runsByName["\(verb).\(name)", default: []].append(number) }
        }
    }

    /// The median over sites and repetitions.
    private func median(_ name: String) -> Double? {
        runsByName[name].flatMap { $0.isEmpty ? nil : $0.sorted()[$0.count / 2] }
    }

    private func report() {
        print(
            """
            Ours beside plain SQLite with the same rows and indexes, both synchronous = FULL, in
            one run, medians of \(repeats). Rates are per second of the process's own CPU time.

            | figure | ours | plain | ours / plain | goal |
            |---|---|---|---|---|
            """)
        for line in Self.lines { print(row(line)) }
        let won = runsByName["merge.lww_winner_by_time"]?.min() ?? 0
        let conflicts = median("merge.lww_conflicts") ?? 0
        let isRight = runsByName["merge.is_expected"]?.allSatisfy { $0 == 1 } ?? false
        print(
            """

            Conflicts won by the latest write: \(Int(won)) of \(Int(conflicts)). \
            Content as the oracle has it on every site: \(isRight ? "yes" : "NO").
            """)
    }

    private func row(_ line: Line) -> String {
        let ours = median(line.ours)
        let plain = line.plain.flatMap(median)
        var ratio = ""
        if let ours, let plain, plain > 0 { ratio = Self.text(ours / plain, digits: 2) }
        func cell(_ number: Double?) -> String {
            number.map { Self.text($0, digits: $0 < 100 ? 1 : 0) } ?? ""
        }
        return "| \(line.title) | \(cell(ours)) | \(cell(plain)) | \(ratio) | \(line.goal) |"
    }

    private static func text(_ number: Double, digits: Int) -> String {
        String(format: "%.\(digits)f", number)
    }

    private struct Line {
        let title: String
        let ours: String
        let plain: String?
        let goal: String
    }

    private static let lines = [
        Line(
            title: "load, rows", ours: "load.load_rows_cpu_s",
            plain: "plain-load.load_rows_cpu_s", goal: "150,000; 0.68 of plain in C"),
        Line(
            title: "one durable edit, ops", ours: "day.day_each_ops_cpu_s",
            plain: "plain-day.day_each_ops_cpu_s", goal: "0.7 of plain"),
        Line(
            title: "merge of two sites, ops", ours: "merge.merge_ops_cpu_s",
            plain: "plain-merge.merge_ops_cpu_s", goal: "55,000; 0.6 of a merge in C"),
        Line(
            title: "the same again, ops", ours: "merge.reapply_ops_cpu_s", plain: nil,
            goal: "1,000,000"),
        Line(
            title: "durable edits a second of wall time", ours: "day.day_each_ops_s",
            plain: "plain-day.day_each_ops_s", goal: "0.85 of the disk's syncs"),
        Line(
            title: "…to the disk's own syncs", ours: "day.day_each_to_disk", plain: nil,
            goal: "0.85"),
        Line(
            title: "edit, median µs", ours: "day.edit_p50_us", plain: "plain-day.edit_p50_us",
            goal: ""),
        Line(
            title: "edit, 99th percentile µs", ours: "day.edit_p99_us",
            plain: "plain-day.edit_p99_us", goal: ""),
        Line(
            title: "stored, MB", ours: "load.db_mb", plain: "plain-load.db_mb",
            goal: "66; 1.07 of plain"),
        Line(
            title: "of that sealed frames, MB", ours: "load.frames_mb", plain: nil, goal: ""),
        Line(
            title: "day's delta sealed, bytes an op (plain: JSON)", ours: "day.bytes_per_op",
            plain: "plain-day.bytes_per_op", goal: "30; 22 with numbers for ids"),
        Line(
            title: "one edit sent at once, bytes", ours: "day.streamed_bytes_per_op", plain: nil,
            goal: "220 sealed and signed"),
        Line(
            title: "boot a replica from frames, CPU s", ours: "boot.boot_cpu_s", plain: nil,
            goal: "1.5 (as an image)"),
        Line(
            title: "peak memory of the load, MB", ours: "load.peak_rss_mb",
            plain: "plain-load.peak_rss_mb", goal: ""),
        Line(
            title: "peak memory of the merge, MB", ours: "merge.peak_rss_mb",
            plain: "plain-merge.peak_rss_mb", goal: ""),
    ]
}
