internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// `warren demo`
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Two sites and a relay here: a check-in reaches paper and the other site.",
        discussion: """
            Makes a business of two sites, North and South, each a process with a folder of its \
            own, and a relay that cannot read what it carries. Imports 18,469 dogs and their \
            owners at North, pairs South by a code, cuts the internet, checks two dogs in, prints \
            their tags and cards on played printers, brings the internet back, and shows that \
            South has it all. Then both desks are yours in a browser. Each run begins anew. Stays \
            until Ctrl-C.
            """,
        subcommands: [DemoDataCommand.self])

    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Where the demo's folders go; what an earlier demo left is removed.",
            valueName: "folder"))
    var directory = ".warren/demo"

    @Option(help: ArgumentHelp("The licences to import.", valueName: "file"))
    var licences = "Tests/Data/nyc-dog-licences.csv"

    @Option(help: "How much of the business to make, in percent.")
    var percent = 100

    @Flag(help: "End after the proof; exit code 0 if everything holds.")
    var once = false

    @Option(
        help: ArgumentHelp(
            "Write every byte that boxes and relay exchange, which then goes without TLS.",
            valueName: "file"))
    var wiretap: String?

    @Flag(help: "Seal nothing and compress nothing, to see that the wiretap would find names.")
    var insecureStandIn = false

    func run() async throws {
        var logger = Logger(label: "warren.demo", factory: StreamLogHandler.standardError(label:))
        logger.logLevel = .error
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(
                        service: DemoService(options: self),
                        successTerminationBehavior: .gracefullyShutdownGroup)
                ],
                gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try await group.run()
    }
}

/// Runs the proof, then waits; whatever happens, both children end.
private struct DemoService: NamedService {
    let options: DemoCommand

    func run() async throws {
        let stage = try await DemoStage(options)
        let outcome: Result<Void, any Error>
        do {
            try await untilShutdown {
                try await stage.play()
                if !options.once { try await Task.sleep(for: .seconds(10_000_000)) }
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        stage.stop()
        try outcome.get()
    }
}
