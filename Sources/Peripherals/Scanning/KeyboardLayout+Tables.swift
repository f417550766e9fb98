extension KeyboardLayout {
    struct Key: Hashable {
        let usage: UInt8
        let level: Level

        init(_ usage: UInt8, _ level: Level) {
            self.usage = usage
            self.level = level
        }
    }

    /// One country's keys.
    struct Table {
        struct Pair {
            let plain: Character
            /// Nil where Windows and xkeyboard-config differ.
            let shifted: Character?
        }

        private(set) var pairs: [UInt8: Pair] = [:]
        let altGr: [UInt8: Character]
        let dead: Set<Key>

        /// - Parameters:
        ///   - letters: what usages 0x04 to 0x1D write without shift; capitals follow.
        ///   - digits: plain and shifted sign of usages 0x1E to 0x27: the row 1 to 0.
        ///   - signs: the same of 0x2D to 0x31 and 0x33 to 0x38, and 0x64 where there is one.
        ///   - point: the decimal sign of the keypad, 0x63.
        init(
            letters: String, digits: String, signs: String, point: Character? = nil,
            altGr: [UInt8: Character] = [:], dead: Set<Key> = []
        ) {
            self.altGr = altGr
            self.dead = dead
            for (usage, letter) in zip(UInt8(0x04)..., letters) {
                let capital = String(letter).uppercased()
                pairs[usage] = Pair(plain: letter, shifted: Character(capital))
            }
            fill(Array(0x1E...0x27), digits)
            fill(Array(0x2D...0x31) + Array(0x33...0x38) + [0x64], signs)
            // Two usages for one key: boards for the United States have the one, all others both.
            pairs[0x32] = pairs[0x31]
            if let point { pairs[0x63] = Pair(plain: point, shifted: nil) }
        }

        private mutating func fill(_ usages: [UInt8], _ signs: String) {
            var rest = signs[...]
            for usage in usages {
                guard let plain = rest.popFirst(), let shifted = rest.popFirst() else { return }
                pairs[usage] = Pair(plain: plain, shifted: shifted)
            }
        }

        private mutating func replace(_ usage: UInt8, _ plain: Character, _ shifted: Character?) {
            pairs[usage] = Pair(plain: plain, shifted: shifted)
        }

        static let us = Table(
            letters: "abcdefghijklmnopqrstuvwxyz", digits: "1!2@3#4$5%6^7&8*9(0)",
            signs: #"-_=+[{]}\|;:'"`~,<.>/?"#, point: ".")

        static let uk = Table(
            letters: "abcdefghijklmnopqrstuvwxyz", digits: "1!2\"3£4$5%6^7&8*9(0)",
            signs: "-_=+[{]}#~;:'@`¬,<.>/?\\|", point: ".", altGr: [0x21: "€"])

        static let de = Table(
            letters: "abcdefghijklmnopqrstuvwxzy", digits: "1!2\"3§4$5%6&7/8(9)0=",
            signs: "ß?´`üÜ+*#'öÖäÄ^°,;.:-_<>", point: ",",
            altGr: [
                0x1F: "²", 0x20: "³", 0x24: "{", 0x25: "[", 0x26: "]", 0x27: "}", 0x2D: "\\",
                0x14: "@", 0x08: "€", 0x30: "~", 0x64: "|", 0x10: "µ",
            ],
            dead: [Key(0x2E, .plain), Key(0x2E, .shifted), Key(0x35, .plain)])

        static let fr: Table = {
            var table = Table(
                letters: "qbcdefghijkl,noparstuvzxyw", digits: "&1é2\"3'4(5-6è7_8ç9à0",
                signs: ")°=+^¨$£*µmMù%²~;.:/!§<>",
                altGr: [
                    0x1F: "~", 0x20: "#", 0x21: "{", 0x22: "[", 0x23: "|", 0x24: "`", 0x25: "\\",
                    0x26: "^", 0x27: "@", 0x2D: "]", 0x2E: "}", 0x08: "€", 0x30: "¤",
                ],
                dead: [
                    Key(0x2F, .plain), Key(0x2F, .shifted), Key(0x1F, .altGr), Key(0x24, .altGr),
                ])
            // M lies elsewhere; the shifted sign of 0x35 is a tilde here and nothing there.
            table.replace(0x10, ",", "?")
            table.replace(0x35, "²", nil)
            return table
        }()
    }
}
