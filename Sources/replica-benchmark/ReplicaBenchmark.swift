internal import Foundation
internal import Glibc

/// Measures one replica beside its peers, and holds its merge to an oracle.
@main struct ReplicaBenchmark {
    static let help = """
        usage: replica-benchmark VERB …

          load  DATA WORK        load DATA/load.jsonl into a durable replica in WORK
          open  DATA WORK PET    open that replica and read one pet
          day   DATA WORK SITE   apply DATA/day-SITE.jsonl to SITE's copy, one durable edit an op,
                                 and write its sealed delta to WORK/day-SITE.delta
          merge DATA WORK SITE   absorb the two other sites' deltas into SITE's replica
          boot  DATA WORK        a new replica takes everything, frame by frame
          oracle DATA            all phases in a scratch folder; compares with DATA/expected.json
          selftest [--seed N]    the same on a small workload of its own making

          plain-load DATA WORK, plain-day DATA WORK SITE, plain-merge DATA WORK SITE
                                 the same edits into plain tables of SQLite
          import REGISTER WORK   the reference tenant from CSV, beside plain SQLite; WORK is new

          compare DATA [REPEATS] all phases of both, each in its own process, as one table

        SITE is A, B or C. Every verb but `compare` ends with one JSON object on one line. `oracle`
        and `selftest` fail when any replica differs from the oracle.
        """

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.isEmpty || arguments == ["--help"] || arguments == ["-h"] {
            print(help)
            return
        }
        do {
            if try compares(arguments) { return }
            guard let figures = try await run(arguments) else {
                FileHandle.standardError.write(Data((help + "\n").utf8))
                exit(64)
            }
            print(figures.line)
            if case .bool(false) = figures["oracle"] { exit(1) }
        } catch {
            FileHandle.standardError.write(Data("replica-benchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    /// Runs `compare`, which prints a table and no figures.
    private static func compares(_ arguments: [String]) throws -> Bool {
        guard arguments[0] == "compare", (2...3).contains(arguments.count),
            let repeats = arguments.count == 2 ? 1 : Int(arguments[2]), repeats > 0
        else { return false }
        try Comparison.run(dataFolder: arguments[1], repeats: repeats)
        return true
    }

    /// `nil` for arguments that no verb takes.
    private static func run(_ arguments: [String]) async throws -> Figures? {
        let rest = Array(arguments.dropFirst())
        switch (arguments[0], rest.count) {
        case ("load", 2): return try LoadPhase.run(dataFolder: rest[0], workFolder: rest[1])
        case ("open", 3):
            return try OpenPhase.run(dataFolder: rest[0], workFolder: rest[1], pet: rest[2])
        case ("day", 3) where Fleet.sites.contains(rest[2]):
            return try DayPhase.run(dataFolder: rest[0], workFolder: rest[1], site: rest[2])
        case ("merge", 3) where Fleet.sites.contains(rest[2]):
            return try MergePhase.run(dataFolder: rest[0], workFolder: rest[1], site: rest[2])
        case ("boot", 2): return try BootPhase.run(dataFolder: rest[0], workFolder: rest[1])
        case ("plain-load", 2):
            return try PlainPhases.load(dataFolder: rest[0], workFolder: rest[1])
        case ("plain-day", 3) where Fleet.sites.contains(rest[2]):
            return try PlainPhases.day(dataFolder: rest[0], workFolder: rest[1], site: rest[2])
        case ("plain-merge", 3) where Fleet.sites.contains(rest[2]):
            return try PlainPhases.merge(dataFolder: rest[0], workFolder: rest[1], site: rest[2])
        case ("import", 2):
            return try await ImportPhase.run(register: rest[0], workFolder: rest[1])
        case ("oracle", 1): return try OraclePhase.run(dataFolder: rest[0])
        case ("selftest", 0): return try SelfTest.run(seed: 1)
        case ("selftest", 2) where rest[0] == "--seed":
            return try UInt64(rest[1]).map { try SelfTest.run(seed: $0) }
        default: return nil
        }
    }
}
