public import CRDT

/// Something that a desk wants to see at once. It is a hint, kept in memory only: what lasts is in
/// the records.
public struct DeskEvent: Sendable, Hashable {
    /// 1 for the first of a process, then without a gap.
    public let sequence: UInt64
    /// Unix milliseconds of the wall clock.
    public let wallMilliseconds: Int64
    public let fact: Fact

    public enum Fact: Sendable, Hashable {
        /// A scanner read a code.
        case scan(DeskScan)
        /// A printer or scanner came, left or stands otherwise; the device list tells the rest.
        case device(id: String, state: String)
        /// A job has another state, by the words of `PrintJob.StateWord`, and the hold's or the
        /// evidence's word with it.
        case printJob(RowID, state: String, detail: String?)
        /// Rows changed, here or by what came from another box.
        case records(RecordNews)
        /// A link to another box stands otherwise.
        case sync
    }
}

/// One reading of a code, for the desks. Its code may be somebody's words: it is shown and never
/// logged.
public struct DeskScan: Sendable, Hashable {
    /// The scanner, as the device list names it.
    public let device: String
    /// What the code holds; nil where the bytes are no text.
    public let code: String?
    /// The kind of code (`qr`, `code128`, …), where the scanner says it.
    public let symbology: String?
    /// Whether the scanner is played by this program.
    public let isVirtual: Bool

    public init(device: String, code: String?, symbology: String?, isVirtual: Bool) {
        self.device = device
        self.code = code
        self.symbology = symbology
        self.isVirtual = isVirtual
    }
}

/// A place in the events of one process, to come back to.
public struct EventCursor: Sendable, Hashable, CustomStringConvertible {
    /// Another number in each process.
    public let life: UInt64
    /// The last event that was seen; 0 for none.
    public let sequence: UInt64

    public init(life: UInt64, sequence: UInt64) {
        self.life = life
        self.sequence = sequence
    }

    /// - Returns: nil unless the text is one that `description` wrote.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let life = UInt64(parts[0], radix: 16),
            let sequence = UInt64(parts[1])
        else { return nil }
        self.init(life: life, sequence: sequence)
    }

    /// Hexadecimal life, a dot, decimal sequence.
    public var description: String { "\(String(life, radix: 16)).\(sequence)" }
}
