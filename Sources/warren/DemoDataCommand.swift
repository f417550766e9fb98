internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import FrontDesk

/// `warren demo data`
struct DemoDataCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "data",
        abstract: "Make the reference tenant as CSV files: 18,469 dogs of 11,826 owners.",
        discussion: """
            Dogs come from a public register of licences; owners, phones, vaccinations and their \
            rule, alerts, runs and bookings are made up. The same seed, day, site and register \
            give the same bytes. Import the folder with `warren import FOLDER`.
            """)

    @Option(help: "The number from which everything follows.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("The new folder for the files.", valueName: "folder"))
    var out: String

    /// Brings `--licences` and `--percent`, which both commands have.
    @ParentCommand var demo: DemoCommand

    @Option(help: ArgumentHelp("The day of the first arrivals; else this day.", valueName: "date"))
    var today: String?

    @Option(help: "The site that owns runs and bookings.")
    var site = "North"

    func run() async throws {
        let text = today ?? DemoStage.day(0)
        guard let day = LocalDate(text) else {
            throw VerbError("“\(text)” is no day; write it as 2026-11-21")
        }
        let folder = URL(fileURLWithPath: out)
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw VerbError("\(out) is there already; name a new folder")
        }
        var tenant = try SampleTenant(
            seed: seed, register: demo.licences, today: day, site: site, share: demo.percent)
        let files = try tenant.files()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in files {
            try DurableFile.replace(
                folder.appendingPathComponent(file.name), with: Array(file.text.utf8))
            let rows = file.text.utf8.count { $0 == UInt8(ascii: "\n") } - 1
            print(
                "\(folder.path)/\(file.name)"
                    + (file.name.hasSuffix(".csv") ? ": \(rows) rows" : ""))
        }
    }
}
