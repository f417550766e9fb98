/// What a printer answers to `~HQES` (`ZPL-Status.md`; Zebra's page on `~HQ`).
public struct ZPLErrorStatus: Sendable, Hashable {
    /// Nibbles 1 to 8 of the errors, nibble 1 the least significant.
    public let errors: UInt32
    /// Nibbles 9 to 16. What they mean is not in our sources.
    public let furtherErrors: UInt32
    /// Nibbles 1 to 8 of the warnings, nil where they were not told. Not interpreted.
    public let warnings: UInt32?

    public var conditions: [PrinterCondition] {
        var found = Self.bits.filter { errors & $0.0 != 0 }.map(\.1)
        let known = Self.bits.reduce(0) { $0 | $1.0 }
        if errors & ~known != 0 || furtherErrors != 0 { found.append(.errorFatal) }
        return found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    private static let bits: [(UInt32, PrinterCondition)] = [
        (0x1, .paperOut), (0x2, .ribbonOut), (0x4, .headOpen), (0x8, .cutterError),
        (0x10, .headHot), (0x20, .motorHot), (0x40, .headFault), (0x80, .headFault),
        (0x100, .errorFatal), (0x200, .headFault),
        // Kiosk models: retract, presenter, feed, clearing the path.
        (0x1000, .jam), (0x2000, .jam), (0x4000, .jam), (0x8000, .jam),
        (0x4_0000, .markMissing), (0x8_0000, .markMissing),
    ]

    /// - Parameter text: has `ERRORS:` and then a flag and two groups of eight hexadecimal digits.
    /// - Returns: nil for any other text, and where flag and groups contradict each other.
    init?(_ text: String) {
        guard let errors = Self.groups(after: "ERRORS:", in: text) else { return nil }
        self.errors = errors.low
        furtherErrors = errors.high
        warnings = Self.groups(after: "WARNINGS:", in: text)?.low
    }

    private static func groups(after word: String, in text: String) -> (high: UInt32, low: UInt32)?
    {
        let words = text.split { " \r\n\t".contains($0) }
        guard let place = words.firstIndex(where: { $0 == word }), place + 3 < words.endIndex,
            words[place + 1] == "0" || words[place + 1] == "1",
            let high = hexadecimal(words[place + 2]), let low = hexadecimal(words[place + 3]),
            (words[place + 1] == "1") == (high | low != 0)
        else { return nil }
        return (high, low)
    }

    private static func hexadecimal(_ text: Substring) -> UInt32? {
        guard text.utf8.count == 8, text.allSatisfy(\.isHexDigit) else { return nil }
        return UInt32(text, radix: 16)
    }
}

/// What a printer answers to `~HI`: `model,Vx.y.z,dots per millimetre,memory[,options]` (ZPL II
/// guide 45541L-004, page 169).
public struct ZPLIdentity: Sendable, Hashable {
    public let model: String
    /// As it stands there, with its `V`.
    public let firmware: String
    /// 6, 8, 12 or 24.
    public let dotsPerMillimetre: Int
    public let memoryKilobytes: Int
    public let options: String

    /// - Returns: nil unless there are four fields, a `V` before the version, a known resolution
    ///   and a memory size, with or without `KB`.
    init?(_ fields: [Substring]) {
        guard fields.count >= 4, !fields[0].isEmpty, fields[1].hasPrefix("V"),
            let dots = ZPLField.number(fields[2]), [6, 8, 12, 24].contains(dots),
            let memory = ZPLField.number(
                fields[3].hasSuffix("KB") ? fields[3].dropLast(2) : fields[3])
        else { return nil }
        model = String(fields[0])
        firmware = String(fields[1])
        dotsPerMillimetre = dots
        memoryKilobytes = memory
        options = fields[4...].joined(separator: ",")
    }
}
