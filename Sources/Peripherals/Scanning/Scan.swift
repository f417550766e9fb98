/// One reading of a code by a scanner, whatever way it came in (`Scanning.md`).
public struct Scan: Sendable, Hashable {
    /// The code's content as the scanner sent it, without prefix, suffix and AIM identifier. A
    /// keyboard's characters are UTF-8.
    public let bytes: [UInt8]
    /// The bytes as text; nil where they are none in the scanner's character set.
    public let text: String?
    /// Nil where the scanner does not say which kind of code it read.
    public let aim: AIMIdentifier?
    /// When the report with the last of it arrived.
    public let moment: ContinuousClock.Instant

    public init(
        bytes: [UInt8], text: String?, aim: AIMIdentifier? = nil, at moment: ContinuousClock.Instant
    ) {
        self.bytes = bytes
        self.text = text
        self.aim = aim
        self.moment = moment
    }

    public var symbology: Symbology? { aim?.symbology }
}

/// What a scanner sent and what cannot be taken for a scan. It says how much, never what: a scan
/// may hold somebody's words and a report may reach a log.
public struct ScanRefusal: Error, Sendable, Hashable {
    public enum Reason: Sendable, Hashable {
        /// A key that the layout does not know, by its usage on HID's keyboard page.
        case unknownKey(usage: UInt8, modifiers: UInt8)
        /// Two or more keys went down in one report: their order is not defined (HID 1.11, 8.3 and
        /// appendix C).
        case severalKeysAtOnce(Int)
        /// The keyboard lost count of its keys (usage 1) or failed its own test (2, 3).
        case keyboardFault(usage: UInt8)
        /// No character within the scanner's gap, and no terminator.
        case unfinished
        /// As slow as fingers.
        case typing
        case tooShort
        case tooLong
        case withoutPrefix
        case withoutSuffix
        case withoutAIM
        /// A report of another length or with an id that the profile does not name.
        case oddReport(bytes: Int)
        /// The length byte says more than the report holds.
        case lengthBeyondReport(Int)
        /// A continuation that does not go on where the last report stopped.
        case brokenContinuation
        /// The cable was pulled in the middle.
        case unplugged
    }

    public let reason: Reason
    /// Characters or bytes gathered so far; for a single report, 0.
    public let count: Int

    public init(_ reason: Reason, count: Int = 0) {
        self.reason = reason
        self.count = count
    }
}

/// How a scanner's bytes are text.
public enum ScanCharset: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1
    /// UTF-8 where that is possible, else Latin-1.
    case utf8OrLatin1 = "utf-8|latin1"

    func text(_ bytes: [UInt8]) -> String? {
        switch self {
        case .utf8: String(validating: bytes, as: UTF8.self)
        case .latin1: String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
        case .utf8OrLatin1: Self.utf8.text(bytes) ?? Self.latin1.text(bytes)
        }
    }
}
