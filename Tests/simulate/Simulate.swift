import Foundation
import Glibc
import Simulation

/// `simulate --seeds N --first K [--real-crypto] [--steps S] [--boxes B]`
@main
struct Simulate {
    static func main() throws {
        guard let wish = Wish(CommandLine.arguments.dropFirst()) else {
            print(
                """
                usage: simulate --seeds N --first K [--steps S] [--boxes B] [--real-crypto] \
                [--trace]
                """)
            return
        }
        let counts =
            wish.seeds > Wish.batch ? try Batches(wish).run() : try runHere(wish)
        print(counts.line)
        if counts["failed"] > 0 { exit(1) }
    }

    private static func runHere(_ wish: Wish) throws -> Counts {
        var total = SimulatedReport()
        var failed = 0
        for seed in wish.first..<(wish.first + UInt64(wish.seeds)) {
            let world = try World(seed: seed, settings: wish.settings)
            do {
                try world.run()
            } catch {
                failed += 1
                print("seed \(seed): \(error)")
                print("replay: make simulate SEEDS=1 FIRST=\(seed)")
            }
            if wish.isTracing { print("trace \(seed) \(String(world.trace, radix: 16))") }
            total.add(world.report)
        }
        return Counts("failed=\(failed) \(total.line)")
    }
}

/// What the command line asks for.
struct Wish {
    /// Seeds of one process. A crashed box's tasks and connections are never freed, as nobody frees
    /// those of a box without power; a process of a few dozen days stays below a gigabyte.
    static let batch = 25

    var settings = WorldSettings()
    var seeds = 100
    var first: UInt64 = 1
    var isTracing = false

    init?(_ arguments: ArraySlice<String>) {
        var arguments = arguments
        func number() -> Int { arguments.popFirst().flatMap { Int($0) } ?? 0 }
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seeds": seeds = number()
            case "--first": first = UInt64(number())
            case "--steps": settings.steps = number()
            case "--boxes": settings.boxes = number()
            case "--real-crypto": settings.isRealCrypto = true
            case "--trace": isTracing = true
            default: return nil
            }
        }
    }

    /// As arguments for a part of the seeds.
    func arguments(seeds: Int, first: UInt64) -> [String] {
        var words = ["--seeds", "\(seeds)", "--first", "\(first)"]
        words += ["--steps", "\(settings.steps)", "--boxes", "\(settings.boxes)"]
        if settings.isRealCrypto { words.append("--real-crypto") }
        if isTracing { words.append("--trace") }
        return words
    }
}
