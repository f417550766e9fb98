/// One answer of a printer, whole.
public enum ZPLAnswer: Sendable, Hashable {
    case status(ZPLHostStatus)
    case errors(ZPLErrorStatus)
    case identity(ZPLIdentity)
    /// The value of a setting, between quotation marks: `"123"`, and `"?"` for a name it lacks.
    case value(String)
}

/// Cuts what comes from a printer into answers, however the bytes arrive (`ZPL-Status.md`). What is
/// none is skipped and counted; it keeps at most ``frameBytesMax`` bytes.
public struct ZPLAnswerReader: Sendable {
    private var state = State.outside
    private var bytes: [UInt8] = []
    /// The frames of a `~HS` answer so far.
    private var statusLines: [[Substring]] = []
    /// Bytes that belonged to no answer.
    public private(set) var skipped = 0

    /// The longest frame documented, that of `~HQES`, has about 100 bytes.
    public static let frameBytesMax = 1_024

    private enum State { case outside, frame, quoted }

    private static let startOfText: UInt8 = 0x02
    private static let endOfText: UInt8 = 0x03
    private static let quote = UInt8(ascii: "\"")

    public init() {}

    /// Total: no bytes can trap it.
    public mutating func read(_ incoming: [UInt8]) -> [ZPLAnswer] {
        incoming.compactMap { read($0) }
    }

    private mutating func read(_ byte: UInt8) -> ZPLAnswer? {
        switch (state, byte) {
        case (_, Self.startOfText):
            drop()
            state = .frame
        case (.frame, Self.endOfText):
            state = .outside
            return takeFrame()
        case (.outside, Self.quote):
            drop()
            state = .quoted
        case (.quoted, Self.quote):
            state = .outside
            return take { .value($0) }
        case (.outside, 0x0A), (.outside, 0x0D): return take(Self.line)
        case (.quoted, 0x0A), (.quoted, 0x0D): drop()
        default:
            bytes.append(byte)
            if bytes.count > Self.frameBytesMax { drop() }
        }
        return nil
    }

    /// Forgets what was begun.
    private mutating func drop() {
        skipped += bytes.count
        bytes = []
        state = .outside
    }

    private mutating func take(_ make: (String) -> ZPLAnswer?) -> ZPLAnswer? {
        defer { bytes = [] }
        guard let text = String(validating: bytes, as: UTF8.self), let answer = make(text) else {
            skipped += bytes.count
            return nil
        }
        return answer
    }

    private mutating func takeFrame() -> ZPLAnswer? {
        let text = String(validating: bytes, as: UTF8.self) ?? ""
        if let answer = Self.line(text) {
            (bytes, statusLines) = ([], [])
            return answer
        }
        let fields = Self.fields(text)
        if fields.count == Self.statusFields[0] { statusLines = [] }
        guard Self.statusFields.dropFirst(statusLines.count).first == fields.count else {
            statusLines = []
            drop()
            return nil
        }
        bytes = []
        statusLines.append(fields)
        guard statusLines.count == Self.statusFields.count else { return nil }
        defer { statusLines = [] }
        return ZPLHostStatus(statusLines).map { .status($0) }
    }

    /// Fields of the three frames of `~HS`.
    private static let statusFields = [12, 11, 2]

    /// Some firmware answers `~HI` and `~HQES` without STX and ETX.
    private static func line(_ text: String) -> ZPLAnswer? {
        if let errors = ZPLErrorStatus(text) { return .errors(errors) }
        return ZPLIdentity(fields(text)).map { .identity($0) }
    }

    private static func fields(_ text: String) -> [Substring] {
        text.split(separator: ",", omittingEmptySubsequences: false)
    }
}
