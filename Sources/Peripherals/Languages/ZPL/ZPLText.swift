/// What text becomes before it reaches a printer: characters its own font can set, as bytes that
/// cannot be taken for a command.
enum ZPLText {
    /// What stands for a character that cannot be set, so that the gap is seen.
    static let replacement: Character = "?"

    struct Settable: Hashable {
        let characters: [Character]
        /// Characters that were replaced.
        let lost: Int

        var isReplaced: Bool { lost > 0 }
    }

    /// Line ends and tabs become spaces. What a font lacks, every control character and every mark
    /// of direction becomes `?`.
    ///
    /// - Parameter plain: the character as the font knows it; nil if it lacks it.
    static func settable(_ text: String, by plain: (Character) -> Character?) -> Settable {
        var lost = 0
        let characters = text.prefix(ZPL.textCharactersMax).map { character -> Character in
            if character.isNewline || character == "\t" { return " " }
            if let plain = plain(character) { return plain }
            lost += 1
            return replacement
        }
        return Settable(characters: characters, lost: lost)
    }

    /// Letters, digits, space and a few signs stand for themselves, all else is written in the
    /// hexadecimal form of `^FH_`: `^`, `~` and `_` above all, and every byte of an accent.
    static func escape(_ text: [UInt8], to bytes: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text {
            if isSafe(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "_"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: " .:-+/()'".utf8.contains(byte)
        }
    }
}

extension ZPL.Repertoire {
    /// The character as the font knows it, composed; nil if it lacks it.
    func plain(_ character: Character) -> Character? {
        if let byte = character.asciiValue { return byte < 0x20 || byte == 0x7F ? nil : character }
        switch self {
        case .ascii: return nil
        case .latin1: return Self.latin1Letters[character]
        }
    }

    /// Equality of characters is canonical: `e` with a combining acute finds the composed `é`.
    private static let latin1Letters: [Character: Character] = {
        var letters: [Character: Character] = [:]
        for value in UInt8(0xA1)...UInt8(0xFF) where value != 0xAD {
            let character = Character(Unicode.Scalar(value))
            letters[character] = character
        }
        return letters
    }()
}
