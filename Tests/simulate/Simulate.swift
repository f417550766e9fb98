import Glibc
import Simulation

/// `simulate --seeds N --first K [--real-crypto] [--steps S] [--boxes B]`
@main
struct Simulate {
    static func main() throws {
        var arguments = CommandLine.arguments.dropFirst()
        var settings = WorldSettings()
        var seeds = 100
        var first: UInt64 = 1
        var isTracing = false
        func number() -> Int { arguments.popFirst().flatMap { Int($0) } ?? 0 }
        while let argument = arguments.popFirst() {
            switch argument {
            case "--seeds": seeds = number()
            case "--first": first = UInt64(number())
            case "--steps": settings.steps = number()
            case "--boxes": settings.boxes = number()
            case "--real-crypto": settings.isRealCrypto = true
            case "--trace": isTracing = true
            default:
                print(
                    """
                    usage: simulate --seeds N --first K [--steps S] [--boxes B] [--real-crypto] \
                    [--trace]
                    """)
                return
            }
        }
        var total = SimulatedReport()
        var failed = 0
        for seed in first..<(first + UInt64(seeds)) {
            let world = try World(seed: seed, settings: settings)
            do {
                try world.run()
            } catch {
                failed += 1
                print("seed \(seed): \(error)")
                print("replay: make simulate SEEDS=1 FIRST=\(seed)")
            }
            if isTracing { print("trace \(seed) \(String(world.trace, radix: 16))") }
            total.add(world.report)
        }
        print("failed=\(failed) \(total.line)")
        if failed > 0 { exit(1) }
    }
}
