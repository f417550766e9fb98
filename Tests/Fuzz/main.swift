import Foundation

// fuzz-decoders [--inputs N] [--seed S] [--decoder NAME] [--only INDEX] [--announce] [--verdicts]
//
// Feeds every decoder with inputs drawn from a seed and holds it to its laws. After a crash run it
// again with --announce: the last index printed is the input's, and --only replays it.

struct Options {
    var inputs = 1_000_000
    var seed: UInt64 = 1
    var decoder: String?
    var only: Int?
    var isAnnouncing = false
    /// Print each input and its verdict for another implementation to compare.
    var isPrintingVerdicts = false

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--announce": isAnnouncing = true
            case "--verdicts": isPrintingVerdicts = true
            case "--inputs": inputs = rest.popFirst().flatMap { Int($0) } ?? inputs
            case "--seed": seed = rest.popFirst().flatMap { UInt64($0) } ?? seed
            case "--decoder": decoder = rest.popFirst()
            case "--only": only = rest.popFirst().flatMap { Int($0) }
            default: return nil
            }
        }
    }
}

/// No input may take longer, sanitizers and a busy machine included.
let inputTimeMax = Duration.seconds(2)
/// Nor may the process grow beyond this; most of it is the sanitizer's quarantine.
let residentMebibytesMax = 768

func residentMebibytes() -> Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss / 1_024
}

func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// Whether all laws held.
func run(_ decoder: Decoder, _ options: Options) -> Bool {
    let clock = ContinuousClock()
    let start = clock.now
    var accepted = 0
    var reasons: [String: Int] = [:]
    var slowest = (time: Duration.zero, index: 0)
    for index in options.only.map({ $0..<($0 + 1) }) ?? 0..<options.inputs {
        if options.isAnnouncing { FileHandle.standardError.write(Data("\(index)\n".utf8)) }
        let input = decoder.input(index, seed: options.seed)
        let began = clock.now
        let verdict: Verdict
        do {
            verdict = try decoder.check(input)
        } catch {
            print("\(decoder.name) seed \(options.seed) index \(index): \(error.text)")
            print(hex(input))
            return false
        }
        let time = clock.now - began
        if time > slowest.time { slowest = (time, index) }
        switch verdict {
        case .accepted: accepted += 1
        case .refused(let reason):
            reasons[reason.split(separator: " ").prefix(1).joined(), default: 0] += 1
        }
        if options.isPrintingVerdicts, input.count <= 4_096 { print(hex(input), verdict.text) }
    }
    guard !options.isPrintingVerdicts else { return true }
    let count = accepted + reasons.values.reduce(0, +)
    print("\(decoder.name): \(count) inputs, seed \(options.seed), \(accepted) accepted")
    for (reason, times) in reasons.sorted(by: { $0.key < $1.key }) { print("  \(reason) \(times)") }
    print(
        "  \(clock.now - start); slowest \(slowest.time) (index \(slowest.index));",
        "peak \(residentMebibytes()) MiB resident")
    if slowest.time > inputTimeMax { print("  too slow: at most \(inputTimeMax)") }
    if residentMebibytes() > residentMebibytesMax { print("  too large") }
    return slowest.time <= inputTimeMax && residentMebibytes() <= residentMebibytesMax
}

extension Verdict {
    var text: String {
        switch self {
        case .accepted: "accepted"
        case .refused(let reason): reason
        }
    }
}

guard let options = Options(Array(CommandLine.arguments.dropFirst())) else {
    print(
        "usage: fuzz-decoders [--inputs N] [--seed S] [--decoder NAME] [--only INDEX]",
        "[--announce] [--verdicts]")
    exit(2)
}
let chosen = decoders.filter { options.decoder == nil || $0.name == options.decoder }
let broken = chosen.filter { !run($0, options) }
exit(chosen.isEmpty || !broken.isEmpty ? 1 : 0)
