import Peripherals
import Testing

/// A name may hold anything. The printer must see the same commands as for a name of one letter.
@Suite struct HostileTextTests {
    private static let bites = [
        "^XA", "^XZ", "~JA", "~JR", "^FS", "^FD", "^FH", "_5E", "^JUS", "^DF", "~DG", "^CC", "~CC",
        "\u{1B}", "\u{1B}@", "\u{0}", "\u{10}\u{4}", "\u{7F}", "\u{85}", "\u{200F}", "\u{202E}",
        "\u{FEFF}", "\r\n", "\n", "\t", "\\&", ">;", ",", "\"", "'", "`", "{animal}", "مرحبا",
        "שלום", "🐕", "👩‍👩‍👧", "柴", "é", "e\u{301}", "ﷺ", "Ω", "\u{FFFD}", " ", "AAAA", "W",
    ]

    @Test func `2,000 hostile names give the commands of a name of one letter`() throws {
        let plain = try Self.skeleton(of: "A")
        var dice = Dice(seed: 20_261_121)
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...12, using: &dice)
            var name = (0..<count).map { _ in Self.bites.randomElement(using: &dice) ?? "" }
                .joined()
            if Int.random(in: 0..<20, using: &dice) == 0 {
                name = String(repeating: name, count: 200)
            }
            #expect(try Self.skeleton(of: name) == plain, "name: \(name.debugDescription)")
        }
    }

    private static func skeleton(of name: String) throws -> [ZPLSkeleton.Command] {
        let page = TagDocument(
            width: 50, height: 25, feed: .upright,
            elements: [
                .text(TextLine(name, in: Frame(x: 2, y: 2, width: 40, height: 8), least: 4)),
                .text(TextLine(name, in: Frame(x: 2, y: 12, width: 40, height: 4), least: 2)),
                .rule(Rule(Frame(x: 2, y: 20, width: 40, height: 1))),
            ])
        let bytes = try ZPL.encode(page, for: ZPL.Printer(headDots: 832)).bytes
        #expect(bytes.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) })
        return try #require(ZPLSkeleton.read(bytes))
    }
}

/// Reads ZPL as a printer does: a command begins at `^` or `~`, wherever that stands.
enum ZPLSkeleton {
    struct Command: Equatable {
        let name: String
        /// Parameters for all but field data, whose content is not a parameter.
        let parameters: Int
    }

    static func read(_ bytes: [UInt8]) -> [Command]? {
        let prefixes = [UInt8(ascii: "^"), UInt8(ascii: "~")]
        var commands: [Command] = []
        var index = 0
        while index < bytes.count {
            guard prefixes.contains(bytes[index]), index + 2 < bytes.count else {
                // Between fields there is a line end and nothing else.
                guard bytes[index] == 0x0A else { return nil }
                index += 1
                continue
            }
            let name = String(decoding: bytes[index...(index + 2)], as: UTF8.self)
            index += 3
            let start = index
            while index < bytes.count, !prefixes.contains(bytes[index]), bytes[index] != 0x0A {
                index += 1
            }
            let commas = bytes[start..<index].count { $0 == UInt8(ascii: ",") }
            commands.append(Command(name: name, parameters: name == "^FD" ? 0 : commas))
        }
        return commands
    }
}

/// SplitMix64: a seed gives the same throws for ever.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
