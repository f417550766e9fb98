internal import EdgeNode
internal import Foundation

/// What a person at the terminal gets to see of an import, and the files that it leaves for them.
final class ImportPaper {
    /// Rows that are named on the terminal; the files have all.
    private static let linesMax = 20
    private static let pause = Duration.milliseconds(500)

    private let rejects: FileHandle?
    private let review: FileHandle?
    private var header: [String] = []
    /// What the rows below it are, in each file; files of several mappings have several headers.
    private var rejectsHeader: [String]?
    private var reviewHeader: [String]?
    private var lines = 0
    private var unsaid = 0
    private var lastSaid = ContinuousClock.now
    private var phaseStart = ContinuousClock.now
    private var phase = ""
    private(set) var reports: [ImportReport] = []

    init(rejects: String?, review: String?) throws {
        self.rejects = try rejects.map(Self.file)
        self.review = try review.map(Self.file)
    }

    /// Nil if everything is in.
    var exitCode: Int32? {
        if reports.contains(where: \.isRefused) { return 3 }
        return reports.contains { $0.rowsRejected > 0 || $0.kept > 0 } ? 2 : nil
    }

    func take(_ notice: ImportNotice) throws {
        switch notice {
        case .header(_, let fields): header = fields
        case .checking(let file, let rows, let perMille):
            progress("checking", file, rows, Double(perMille) / 1_000)
        case .writing(let file, let rows, let all):
            progress("writing", file, rows, Double(rows) / Double(max(1, all)))
        case .rejected(let file, let row, let sentence, let fields):
            mention("left out: \(file), \(sentence)")
            try writeReject(file, row, sentence, fields)
        case .kept(let file, let sentence): mention("kept: \(file), \(sentence)")
        case .alike(let file, let name, let group, let row, let fields):
            try writeAlike(file, name, group, row, fields)
        case .finished(let report):
            reports.append(report)
            tell(report)
        case .failed(let why): throw VerbError(why)
        }
    }

    /// The last lines, and the files' last bytes.
    func close(_ seconds: Double) throws {
        for handle in [rejects, review].compactMap(\.self) {
            try handle.synchronize()
            try handle.close()
        }
        let rows = reports.reduce(0) { $0 + $1.rowsRead }
        let added = reports.reduce(0) { $0 + $1.addedRecords }
        print(
            """
            \(rows) rows in \(Figures.seconds(seconds)) s, \(rate(rows, seconds)) rows/s; \
            \(added) records, \(rate(added, seconds)) records/s; peak memory of this process \
            \(PeakMemory.mebibytes() ?? 0) MiB
            """)
    }

    private func tell(_ report: ImportReport) {
        if unsaid > 0 { say("  … and \(unsaid) more; --rejects FILE writes all that is left out") }
        (lines, unsaid) = (0, 0)
        let added = report.added.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        let new = added.isEmpty ? "nothing new" : added.joined(separator: ", ")
        let verb = report.isDryRun ? "would add" : "added"
        print("\(report.file): \(report.rowsRead) rows, \(verb) \(new)")
        var facts: [String] = []
        func note(_ count: Int, _ words: String) {
            if count > 0 { facts.append("\(count) \(words)") }
        }
        note(
            report.rowsFolded,
            report.rowsFolded == 1 ? "row repeats another" : "rows repeat another")
        note(report.changed, report.isDryRun ? "records would change" : "records changed")
        note(report.same, "records were here already and are the same")
        note(report.kept, "differences are left as they are here")
        note(report.rowsElsewhere, "rows belong to another site, which imports them itself")
        note(report.rowsRejected, report.rowsRejected == 1 ? "row left out" : "rows left out")
        if !facts.isEmpty { print("  " + facts.joined(separator: "; ")) }
        if report.isRefused { print("  --strict: nothing of this file was written") }
        for (name, groups) in report.alikeGroups.sorted(by: { $0.key < $1.key }) {
            print(
                """
                  to look at: \(report.alikeRows[name] ?? 0) records in \(groups) groups, \(name); \
                --review FILE writes them
                """)
        }
    }

    private func mention(_ line: String) {
        lines += 1
        if lines <= Self.linesMax { say("  " + line) } else { unsaid += 1 }
    }

    private func progress(_ deed: String, _ file: String, _ rows: Int, _ share: Double) {
        let now = ContinuousClock.now
        if phase != deed + file { (phase, phaseStart) = (deed + file, now) }
        guard now - lastSaid > Self.pause || share >= 1 else { return }
        lastSaid = now
        let seconds = Double((now - phaseStart) / .milliseconds(1)) / 1_000
        let left = share > 0 ? Int((seconds / share * (1 - share)).rounded(.up)) : 0
        let rest = share >= 1 ? "" : ", about \(left) s left"
        let words = "  \(deed) \(file): \(rows) rows, \(rate(rows, seconds)) rows/s\(rest)"
        guard isatty(STDERR_FILENO) == 1 else { return say(words) }
        // One line that changes; the last word of a file stays.
        FileHandle.standardError.write(Data("\r\u{1B}[K\(words)\(share >= 1 ? "\n" : "")".utf8))
    }

    private func rate(_ count: Int, _ seconds: Double) -> Int {
        Int(Double(count) / max(seconds, 0.001))
    }

    private func writeReject(
        _ file: String, _ row: Int?, _ sentence: String, _ fields: [String]?
    ) throws {
        guard let rejects else { return }
        if rejectsHeader != header {
            try write(CSVLine.rejectColumns + header, to: rejects)
            rejectsHeader = header
        }
        try write([file, row.map { "\($0)" } ?? "", sentence] + (fields ?? []), to: rejects)
    }

    private func writeAlike(
        _ file: String, _ name: String, _ group: Int, _ row: Int, _ fields: [String]
    ) throws {
        guard let review else { return }
        if reviewHeader != header {
            try write(["file", "review", "group", "row"] + header, to: review)
            reviewHeader = header
        }
        try write([file, name, "\(group)", "\(row)"] + fields, to: review)
    }

    private func write(_ fields: [String], to handle: FileHandle) throws {
        try handle.write(contentsOf: Data(CSVLine.forPeople(fields).utf8))
    }

    /// Never over something that is there: it may be the file to be imported.
    private static func file(_ path: String) throws -> FileHandle {
        let handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard handle >= 0 else {
            throw VerbError(
                "\(path) cannot be written: \(String(cString: strerror(errno))). Name a new file.")
        }
        return FileHandle(fileDescriptor: handle, closeOnDealloc: true)
    }
}
