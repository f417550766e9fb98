/// How wide text becomes in font 0 (CG Triumvirate Bold Condensed), measured from a renderer with
/// strikes taken from a ZD621 at a height of 100 dots; letters of Latin-1 count as their base.
enum ZPLFont {
    /// Of the line's height, where the middle of a capital lies: 0.375. Capitals are 0.75 high.
    static let capitalMiddle = 0.375

    /// The width in thousandths of the height.
    static func width(of character: Character) -> Int {
        let ascii = character.asciiValue ?? baseLetter(character)
        return switch ascii {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): 469
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): capitals[Int(ascii) - 0x41]
        case UInt8(ascii: "a")...UInt8(ascii: "z"): smalls[Int(ascii) - 0x61]
        default: sign(ascii)
        }
    }

    static func width(of characters: [Character]) -> Int {
        characters.reduce(0) { $0 + width(of: $1) }
    }

    private static let capitals = [
        563, 563, 531, 594, 500, 500, 594, 625, 282, 438, 563, 469, 750, 625, 563, 563, 563, 594,
        531, 500, 625, 531, 813, 563, 563, 500,
    ]
    private static let smalls = [
        469, 500, 438, 500, 469, 282, 500, 500, 250, 250, 438, 250, 750, 500, 469, 500, 500, 344,
        438, 282, 500, 438, 656, 438, 438, 375,
    ]

    private static func sign(_ ascii: UInt8) -> Int {
        if " !'(),./:;[]`".utf8.contains(ascii) { return 282 }
        if "\"#$*\\".utf8.contains(ascii) { return 469 }
        if "?".utf8.contains(ascii) { return 438 }
        if "&^_{|}".utf8.contains(ascii) { return 625 }
        return 1_000
    }

    /// The letter below the accent, by Latin-1's own order; W, the widest, for what has none.
    private static func baseLetter(_ character: Character) -> UInt8 {
        guard let scalar = character.unicodeScalars.first, (0xC0...0xFF).contains(scalar.value)
        else { return UInt8(ascii: "W") }
        let bases = Array("AAAAAAWCEEEEIIIIDNOOOOOWOUUUUYWWaaaaaawceeeeiiiidnooooowouuuuyby".utf8)
        return bases[Int(scalar.value) - 0xC0]
    }
}
