/// What a key means under the country setting of a scanner that plays a keyboard. The layout
/// belongs to the scanner, not to this machine: the report is read raw.
///
/// A key is named by its usage on HID's page 7 (HID Usage Tables 1.12, section 10), that is by
/// where it lies. A sign stands in the table only where Windows and xkeyboard-config agree on it;
/// any other is unknown and reported.
public enum KeyboardLayout: String, Sendable, CaseIterable {
    case us, uk, de, fr

    /// What a key does together with shift or AltGr.
    enum Stroke: Hashable {
        case character(Character)
        /// Waits for the next key: a space gives the accent itself, a vowel the accented letter.
        case dead(Accent)
    }

    enum Level: Hashable { case plain, shifted, altGr, shiftedAltGr }

    /// - Parameter isCapital: caps lock is on; it swaps the levels of letters and of nothing else.
    func stroke(usage: UInt8, level: Level, isCapital: Bool = false) -> Stroke? {
        if let fixed = Self.fixed(usage) { return level == .shiftedAltGr ? nil : fixed }
        switch level {
        case .altGr:
            return table.altGr[usage].map { accented(usage, level, $0) }
        case .shiftedAltGr: return nil
        case .plain, .shifted:
            guard let pair = table.pairs[usage] else { return nil }
            let isLetter = pair.shifted.map { String(pair.plain).uppercased() == String($0) }
            let isShifted = (level == .shifted) != (isCapital && isLetter ?? false)
            return (isShifted ? pair.shifted : pair.plain).map {
                accented(usage, isShifted ? .shifted : .plain, $0)
            }
        }
    }

    private func accented(_ usage: UInt8, _ level: Level, _ sign: Character) -> Stroke {
        guard table.dead.contains(Key(usage, level)), let accent = Accent(rawValue: sign) else {
            return .character(sign)
        }
        return .dead(accent)
    }

    /// Keys that mean the same everywhere: the space and the numeric keypad. The keypad's digits
    /// are digits whatever num lock says, because a scanner has no arrows to send.
    private static func fixed(_ usage: UInt8) -> Stroke? {
        switch usage {
        case 0x2C: .character(" ")
        case 0x54: .character("/")
        case 0x55: .character("*")
        case 0x56: .character("-")
        case 0x57: .character("+")
        case 0x59...0x62: keypadDigit(usage).map { .character(Character(String($0))) }
        default: nil
        }
    }

    /// 1 to 9, then 0.
    static func keypadDigit(_ usage: UInt8) -> Int? {
        (0x59...0x62).contains(usage) ? (Int(usage) - 0x58) % 10 : nil
    }

    private var table: Table {
        switch self {
        case .us: Table.us
        case .uk: Table.uk
        case .de: Table.de
        case .fr: Table.fr
        }
    }
}

/// An accent that some layouts put on a dead key.
enum Accent: Character, Hashable {
    case acute = "´"
    case grave = "`"
    case circumflex = "^"
    case diaeresis = "¨"
    case tilde = "~"

    /// The accented letter, composed; nil where this accent has none in Latin-1.
    func on(_ letter: Character) -> Character? {
        let (bases, results) =
            switch self {
            case .acute: ("aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ")
            case .grave: ("aeiouAEIOU", "àèìòùÀÈÌÒÙ")
            case .circumflex: ("aeiouAEIOU", "âêîôûÂÊÎÔÛ")
            case .diaeresis: ("aeiouyAEIOU", "äëïöüÿÄËÏÖÜ")
            case .tilde: ("anoANO", "ãñõÃÑÕ")
            }
        return zip(bases, results).first { $0.0 == letter }?.1
    }
}
