internal import Foundation

/// Text as search compares it: case, accents, width and punctuation make no difference.
enum SearchText {
    /// Nobody types more, and longer names are found by their beginning.
    static let bytesMax = 256

    /// Lower-case words, parted by single spaces; empty where there is no letter and no digit.
    ///
    /// Compatibility decomposition (Unicode NFKD), then marks are dropped. Apostrophes join
    /// (`O'Brien` is `obrien`); everything else that is neither letter nor digit parts words.
    static func fold(_ text: String) -> [UInt8] {
        var folded: [UInt8] = []
        var owesSpace = false
        func put(_ bytes: some Sequence<UInt8>) {
            if owesSpace, !folded.isEmpty { folded.append(space) }
            owesSpace = false
            folded.append(contentsOf: bytes)
        }
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            for byte in text.utf8.prefix(bytesMax) {
                switch byte {
                case 0x41...0x5A: put(CollectionOfOne(byte | 0x20))
                case 0x30...0x39, 0x61...0x7A: put(CollectionOfOne(byte))
                case UInt8(ascii: "'"): break
                default: owesSpace = true
                }
            }
            return folded
        }
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars {
            guard folded.count < bytesMax else { break }
            if let plain = plainLetters[scalar] {
                put(plain.utf8)
                continue
            }
            switch scalar.properties.generalCategory {
            case .nonspacingMark, .enclosingMark, .spacingMark, .format: break
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter:
                put(scalar.properties.lowercaseMapping.utf8)
            case .decimalNumber, .letterNumber, .otherNumber:
                if let digit = digit(scalar) {
                    put(CollectionOfOne(digit))
                } else {
                    put(String(scalar).utf8)
                }
            default: if !apostrophes.contains(scalar) { owesSpace = true }
            }
        }
        return folded
    }

    /// The digits of a phone number, whatever stands between them and in whatever script, without
    /// the zeros that dial out: `+49 (0)30` and `0049 30` begin alike.
    static func phoneDigits(_ text: String) -> [UInt8] {
        var digits: [UInt8] = []
        var rest = text.unicodeScalars[...]
        while digits.count < phoneDigitsMax, !rest.isEmpty {
            if rest.starts(with: trunkPrefix) {
                rest = rest.dropFirst(trunkPrefix.count)
            } else if let digit = digit(rest.removeFirst()) {
                digits.append(digit)
            }
        }
        return Array(digits.drop { $0 == UInt8(ascii: "0") })
    }

    /// What is dialled within a country only.
    private static let trunkPrefix = Array("(0)".unicodeScalars)

    /// A phone number has 15 digits at most (ITU-T E.164); with what dials out some more.
    private static let phoneDigitsMax = 24

    static func hasLetter(_ text: String) -> Bool {
        text.unicodeScalars.contains { $0.properties.isAlphabetic }
    }

    private static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
        // Nearly every scalar of a phone number; Unicode's tables are slow.
        if scalar.isASCII { return ("0"..."9").contains(scalar) ? UInt8(scalar.value) : nil }
        guard scalar.properties.numericType == .decimal,
            let value = scalar.properties.numericValue, (0...9).contains(value)
        else { return nil }
        return UInt8(ascii: "0") + UInt8(value)
    }

    static let space = UInt8(ascii: " ")
    private static let apostrophes: Set<Unicode.Scalar> = ["'", "\u{2019}", "\u{2BC}", "`"]
    /// Letters that Unicode does not take apart, as people without the key type them.
    private static let plainLetters: [Unicode.Scalar: String] = [
        "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o",
        "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th",
        "ı": "i", "ħ": "h", "Ħ": "h",
    ]
}
