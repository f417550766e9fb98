internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import NodeClient

/// `warren import`
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Import CSV files into a node, running or not.",
        discussion: """
            Files are UTF-8, with commas and a header. A mapping says what columns mean; without \
            --mapping the shipped one is taken whose columns the header has: \
            \(ShippedMapping.allCases.map(\.rawValue).joined(separator: ", ")). \
            `--show-mapping NAME` prints one to begin your own with; its form is in FrontDesk's \
            Import page.

            A folder is imported by its import.json, which names files, mappings and order.

              warren import licences.csv -d north
              warren import export/ -d north --dry-run
              warren import export/ -d north --rejects rejects.csv --review review.csv

            Rows in which something is wrong are left out and listed; the rest is taken. The same \
            rows are the same records in every file and at every site: a second import adds \
            nothing, one that was cut off goes on, a corrected file changes what it corrects. What \
            a person changed since stays. New records show once the file's last row is written.

            Exit code 0: everything is in. 2: something was left out. 3: --strict, and nothing of \
            a file was written. 1: it could not be done.
            """)

    @OptionGroup var folder: NodeFolder

    @Argument(help: "CSV files, or one folder with an import.json.")
    var files: [String] = []

    @Option(help: ArgumentHelp("A shipped mapping's name or a mapping file.", valueName: "name"))
    var mapping: String?

    @Flag(help: "Read and count everything, change nothing.")
    var dryRun = false

    @Flag(help: "Write nothing of a file in which anything is wrong.")
    var strict = false

    @Option(
        help: ArgumentHelp(
            "Write the rows that were left out, and why, to this CSV file.", valueName: "file"))
    var rejects: String?

    @Option(
        help: ArgumentHelp(
            "Write rows that are alike, for a person to judge, to this CSV file.",
            valueName: "file"))
    var review: String?

    @Option(help: ArgumentHelp("Print a shipped mapping and end.", valueName: "name"))
    var showMapping: String?

    func validate() throws {
        if files.isEmpty, showMapping == nil {
            throw ValidationError("Name the CSV files, or a folder with an import.json.")
        }
    }

    func run() async throws {
        if let showMapping {
            guard let shipped = ShippedMapping(rawValue: showMapping) else {
                let names = ShippedMapping.allCases.map(\.rawValue).joined(separator: ", ")
                throw VerbError("there is no mapping “\(showMapping)”; shipped are \(names)")
            }
            FileHandle.standardOutput.write(Data(shipped.document))
            return
        }
        let order = ImportOrder(
            items: try items(), isDryRun: dryRun, isStrict: strict, tellsAlike: review != nil)
        let paper = try ImportPaper(rejects: rejects, review: review)
        let start = ContinuousClock.now
        if await folder.running() != nil {
            try await ask(order, paper)
        } else {
            let (node, packs) = try await folder.open()
            let outcome: Result<Void, any Error>
            do {
                try await FileImport(node, packs).run(order) { try paper.take($0) }
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await node.close()
            try outcome.get()
        }
        let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1_000
        try paper.close(seconds)
        if let code = paper.exitCode { throw ExitCode(code) }
    }

    /// Gives the order to the running node and hears what happens, as it happens.
    private func ask(_ order: ImportOrder, _ paper: ImportPaper) async throws {
        var isDone = false
        let request = NodeClient.Request(
            "POST", "/imports", headers: ["Content-Type": "application/json"],
            body: Array(try JSONEncoder().encode(order)))
        let client = NodeClient(.socket(path: folder.node.socket.path))
        try await client.sendTakingLines(request) { status, line in
            guard status == 200 else {
                let problem = try? JSONSerialization.jsonObject(with: Data(line))
                let detail = (problem as? [String: Any])?["detail"] as? String
                throw VerbError(detail ?? "the node answered \(status)")
            }
            let notice = try JSONDecoder().decode(ImportNotice.self, from: Data(line))
            try paper.take(notice)
            if case .finished = notice { isDone = true }
        }
        guard isDone else {
            throw VerbError(
                "the node ended before the import did; start it and import again: it goes on there")
        }
    }

    private func items() throws -> [ImportOrder.Item] {
        let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        return try files.flatMap { file -> [ImportOrder.Item] in
            let url = URL(fileURLWithPath: file)
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
            if isThere, isFolder.boolValue { return try ImportManifest.items(in: url) }
            if let mapping {
                let known = try ImportManifest.mapping(mapping, in: here)
                return [ImportOrder.Item(path: url.path, mapping: known)]
            }
            guard let known = try ImportManifest.recognized(url.path) else {
                let names = ShippedMapping.allCases.map(\.rawValue).joined(separator: ", ")
                throw VerbError(
                    """
                    no shipped mapping (\(names)) has the columns of \(file). Name one with \
                    --mapping, or write your own; --show-mapping animals prints one to begin with
                    """)
            }
            say("\(url.lastPathComponent): mapping “\(known.name)”, known by the columns")
            return [ImportOrder.Item(path: url.path, mapping: known)]
        }
    }
}
