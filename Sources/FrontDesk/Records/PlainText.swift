/// Text that a person may write into a field: letters, marks and signs of any script, and nothing
/// that a screen, a printer or a spreadsheet takes for an order.
enum PlainText {
    /// The first character that may not stand there, as the rest of a sentence.
    static func fault(in text: String, hasLines: Bool) -> String? {
        for scalar in text.unicodeScalars where !mayStand(scalar, hasLines: hasLines) {
            if isLineEnd(scalar) { return "has more than one line; write it in one" }
            let digits = String(scalar.value, radix: 16, uppercase: true)
            let code = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
            return "holds the control character U+\(code); remove it"
        }
        return nil
    }

    static func mayStand(_ scalar: Unicode.Scalar, hasLines: Bool) -> Bool {
        // Nearly all text: no look into the tables of Unicode.
        if (0x20...0x7E).contains(scalar.value) { return true }
        if isLineEnd(scalar) || scalar == "\t" { return hasLines }
        switch scalar.value {
        // Overrides and isolates of the direction: the rest of a line would be shown turned round.
        case 0x202A...0x202E, 0x2066...0x2069: return false
        case _ where scalar.value & 0xFFFE == 0xFFFE, 0xFDD0...0xFDEF, 0xFEFF: return false
        default: return scalar.properties.generalCategory != .control
        }
    }

    /// Whether nothing of it is to be seen: blanks, what only steers the letters beside it, and the
    /// pattern of Braille without a dot.
    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint
            || scalar == "\u{2800}"
    }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x2028, 0x2029: true
        default: false
        }
    }
}
