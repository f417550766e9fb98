public import CRDT

/// How a text or a number must be written, by its word in a pack.
public enum FieldFormat: String, Decodable, Sendable, CaseIterable {
    /// A day of the calendar, `2026-11-21`, of the years 1800 to 2199.
    case date
    /// An hour of the day, `09:30`.
    case time
    /// Milliseconds since 1970, of the years 1800 to 2199.
    case moment
    /// 0 or 1.
    case flag
    /// A language as BCP 47 writes it, `pt-BR`.
    case language
    /// Three capital letters (ISO 4217), `EUR`.
    case currency
    /// A time zone by its name in the tz database, `Europe/Berlin`, or `UTC`.
    case zone
    case email

    /// The type that a field with it has.
    public var type: ValueType {
        switch self {
        case .moment, .flag: .integer
        case .date, .time, .language, .currency, .zone, .email: .text
        }
    }

    /// The numbers that fit; nil for texts.
    public var numbers: ClosedRange<Int64>? {
        switch self {
        case .flag: 0...1
        case .moment:
            ImportDate.milliseconds(
                of: LocalDate.recordable.lowerBound)...ImportDate
                .milliseconds(of: LocalDate.recordable.upperBound)
        case .date, .time, .language, .currency, .zone, .email: nil
        }
    }

    /// What texts look like, as a regular expression of JSON Schema; nil for numbers.
    public var pattern: String? {
        switch self {
        case .date: "^(1[89]|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}$"
        case .time: "^([01][0-9]|2[0-3]):[0-5][0-9]$"
        case .language: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
        case .currency: "^[A-Z]{3}$"
        case .zone: "^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$"
        case .email: "^[^@ ]+@[^@ .]+([.][^@ .]+)*$"
        case .moment, .flag: nil
        }
    }

    /// What is wrong with a text, as the rest of a sentence; nil if it is written so.
    func fault(of text: String) -> String? {
        switch self {
        case .date:
            guard let day = LocalDate(text) else {
                return "\(Quotation.of(text)) is no day of the calendar; expected 2026-11-21"
            }
            return LocalDate.recordable.contains(day)
                ? nil : "\(Quotation.of(text)) is not within the years 1800 to 2199"
        case .time:
            return Self.isTime(Array(text.utf8))
                ? nil : "\(Quotation.of(text)) is no time of day; expected 09:30"
        case .language:
            return Self.isLanguage(text)
                ? nil : "\(Quotation.of(text)) is no language; expected en or pt-BR"
        case .currency:
            let isCode = text.utf8.count == 3 && text.utf8.allSatisfy { (0x41...0x5A).contains($0) }
            return isCode ? nil : "\(Quotation.of(text)) is no currency; expected EUR"
        case .zone:
            return Self.isZone(text)
                ? nil : "\(Quotation.of(text)) is no time zone; expected Europe/Berlin"
        case .email:
            return Self.isAddress(text)
                ? nil : "\(Quotation.of(text)) is no e-mail address; expected name@example.com"
        case .moment, .flag: return nil
        }
    }

    private static func isTime(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            let hour = Int(String(decoding: bytes[0..<2], as: UTF8.self)),
            let minute = Int(String(decoding: bytes[3..<5], as: UTF8.self))
        else { return false }
        let areDigits = [0, 1, 3, 4].allSatisfy { (0x30...0x39).contains(bytes[$0]) }
        return areDigits && (0...23).contains(hour) && (0...59).contains(minute)
    }

    private static func isLanguage(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard let first = parts.first, (2...3).contains(first.utf8.count),
            first.utf8.allSatisfy(isLetter)
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            (2...8).contains(part.utf8.count)
                && part.utf8.allSatisfy { isLetter($0) || isDigit($0) }
        }
    }

    private static func isZone(_ text: String) -> Bool {
        if text == "UTC" { return true }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, let area = parts.first, !area.isEmpty,
            area.utf8.allSatisfy({ isLetter($0) || $0 == UInt8(ascii: "_") })
        else { return false }
        return parts.dropFirst().allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_+-".utf8.contains($0) }
        }
    }

    /// No more than a mail system would need to try: only a letter to it proves an address.
    private static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !text.contains(" ") else { return false }
        return parts[1].split(separator: ".", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
