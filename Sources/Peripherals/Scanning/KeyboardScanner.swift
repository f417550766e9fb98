/// A scanner that plays a keyboard, read raw, report by report (`Scanning.md`). One machine a
/// device: two identical scanners are two machines and share nothing.
public struct KeyboardScanner: Sendable {
    let settings: Settings
    /// The last report that said which keys are down.
    var last = KeyboardReport.released
    var isCapital = false
    var gathering: Gathering?
    /// The digits typed on the keypad while alt is held.
    var altCode: AltCode?
    /// When the latest wake is asked for; an earlier end needs no other.
    var wakeAt: ContinuousClock.Instant?

    /// How this scanner is set up; the device profile says it.
    public struct Settings: Sendable, Hashable {
        public var layout: KeyboardLayout
        /// What ends a scan. Empty: silence does, after `gap`.
        public var terminators: Set<Terminator>
        /// The longest silence within a scan.
        public var gap: Duration
        /// Characters that come slower than this on the average were typed; nil takes any pace.
        public var slowest: Duration?
        /// Dropped from the front; a scan without it is refused.
        public var prefix: String
        /// Dropped from the end; a scan without it is refused.
        public var suffix: String
        /// Characters between prefix and suffix, at least and at most. The upper end is held to
        /// ``KeyboardScanner/charactersMax``.
        public var characters: ClosedRange<Int>
        public var capsLock: CapsLock
        /// Takes digits on the keypad while alt is held for a character's number.
        public var takesAltCodes: Bool
        /// The scanner sends `]cm` before each code.
        public var sendsAIM: Bool
        /// Several keys in one report were pressed in the order of the bytes. Only for a scanner
        /// that is known to do so: HID does not say it.
        public var takesSeveralKeysInOrder: Bool
        /// The id that stands before each report; nil where there is none.
        public var reportID: UInt8?

        public init(
            layout: KeyboardLayout = .us, terminators: Set<Terminator> = [.enter, .keypadEnter],
            gap: Duration = .milliseconds(80), slowest: Duration? = .milliseconds(35),
            prefix: String = "", suffix: String = "",
            characters: ClosedRange<Int> = 1...KeyboardScanner.charactersMax,
            capsLock: CapsLock = .ignored, takesAltCodes: Bool = false, sendsAIM: Bool = false,
            takesSeveralKeysInOrder: Bool = false, reportID: UInt8? = nil
        ) {
            self.layout = layout
            self.terminators = terminators
            self.gap = gap
            self.slowest = slowest
            self.prefix = prefix
            self.suffix = suffix
            self.characters = characters
            self.capsLock = capsLock
            self.takesAltCodes = takesAltCodes
            self.sendsAIM = sendsAIM
            self.takesSeveralKeysInOrder = takesSeveralKeysInOrder
            self.reportID = reportID
        }
    }

    public enum Terminator: String, Sendable, CaseIterable {
        case enter, keypadEnter, tab

        init?(usage: UInt8) {
            switch usage {
            case 0x28: self = .enter
            case 0x58: self = .keypadEnter
            case 0x2B: self = .tab
            default: return nil
            }
        }
    }

    /// What the caps lock key (usage 0x39) does. A board does not know its own caps lock: the host
    /// keeps it, and here there is none.
    public enum CapsLock: String, Sendable, CaseIterable {
        /// Nothing: the scanner's letters are as it shifts them.
        case ignored = "ignore"
        /// Each press turns it over: the scanner presses the key itself to write capitals.
        case toggled = "toggle"
        /// It is always on: the scanner is set up for a host with caps lock.
        case on
    }

    public enum Input: Sendable, Hashable {
        /// One report from the interrupt endpoint, with its id if the device has ids.
        case report([UInt8])
        case timerFired
        case unplugged
    }

    public enum Effect: Sendable, Hashable {
        case scan(Scan)
        /// Something came that is no scan. For counters and a person's eyes.
        case refuse(ScanRefusal)
        /// Say `timerFired` then. Only the latest wake counts.
        case wake(at: ContinuousClock.Instant)
    }

    /// Characters of one scan. The largest QR code holds 4,296 (ISO/IEC 18004, version 40-L).
    public static let charactersMax = 4_296

    public init(_ settings: Settings) {
        self.settings = settings
        isCapital = settings.capsLock == .on
    }

    /// Pure and total: no report can trap it, and it keeps at most `charactersMax` characters.
    public mutating func handle(_ input: Input, at now: ContinuousClock.Instant) -> [Effect] {
        // A late timer changes nothing: what ended by silence has ended before this input.
        var effects = expire(at: now)
        switch input {
        case .report(let bytes): effects += read(bytes, at: now)
        case .timerFired: break
        case .unplugged: effects += unplug()
        }
        return effects + wakeIfNeeded(input, at: now)
    }

    private mutating func unplug() -> [Effect] {
        defer { self = KeyboardScanner(settings) }
        return gathering.map { [.refuse(ScanRefusal(.unplugged, count: $0.count))] } ?? []
    }

    private mutating func read(_ bytes: [UInt8], at now: ContinuousClock.Instant) -> [Effect] {
        var body = bytes[...]
        if let id = settings.reportID, body.popFirst() != id {
            return [.refuse(ScanRefusal(.oddReport(bytes: bytes.count)))]
        }
        guard let report = KeyboardReport(Array(body)) else {
            return [.refuse(ScanRefusal(.oddReport(bytes: bytes.count)))]
        }
        if let fault = report.fault {
            // Keys may have come and gone. What is down stays as it was known last.
            return spoil(.keyboardFault(usage: fault), at: now)
        }
        defer { last = report }
        var effects = finishAltCode(report, at: now)
        let pressed = report.keys.filter { !last.keys.contains($0) }
        let writing = pressed.filter { !Self.isLock($0) }
        if writing.count > 1, !settings.takesSeveralKeysInOrder {
            return effects + spoil(.severalKeysAtOnce(writing.count), at: now)
        }
        for usage in pressed { effects += press(usage, report, at: now) }
        return effects
    }

    private mutating func press(
        _ usage: UInt8, _ report: KeyboardReport, at now: ContinuousClock.Instant
    ) -> [Effect] {
        if Self.isLock(usage) {
            if usage == 0x39, settings.capsLock == .toggled { isCapital.toggle() }
            return []
        }
        if settings.takesAltCodes, report.modifiers == .leftAlt,
            let digit = KeyboardLayout.keypadDigit(usage)
        {
            altCode = (altCode ?? AltCode()).adding(digit)
            touch(at: now)
            return []
        }
        if let terminator = Terminator(usage: usage), report.level == .plain {
            if settings.terminators.contains(terminator) { return finish(at: now) }
            return write(terminator == .tab ? "\t" : "\n", at: now)
        }
        guard let level = report.level,
            let stroke = settings.layout.stroke(
                usage: usage, level: level, isCapital: isCapital)
        else {
            return spoil(
                .unknownKey(usage: usage, modifiers: report.modifiers.rawValue), at: now)
        }
        return write(stroke, usage, at: now)
    }

    /// Caps lock, scroll lock, num lock.
    private static func isLock(_ usage: UInt8) -> Bool {
        usage == 0x39 || usage == 0x47 || usage == 0x53
    }
}
