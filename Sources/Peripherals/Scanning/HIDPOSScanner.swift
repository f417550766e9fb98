/// A scanner that speaks the bar code page of HID, 0x8C, or a vendor's like it (`Scanning.md`).
/// Where the parts of a report lie is the profile's to say; one machine a device.
public struct HIDPOSScanner: Sendable {
    private let settings: Settings
    private var gathering: Gathering?
    private var wakeAt: ContinuousClock.Instant?

    /// How this scanner lays out its reports. Offsets are counted in bytes after the report's id.
    public struct Settings: Sendable, Hashable {
        /// The id before the report; reports with another one are refused.
        public var reportID: UInt8
        /// Where the number of data bytes stands, one byte.
        public var lengthOffset: Int
        /// Where the three characters of the AIM identifier stand; nil where there is none.
        public var aimOffset: Int?
        /// Where the data stands, and at most how many bytes of it.
        public var data: Range<Int>
        /// Where a byte other than 0 says that another report goes on; nil where none does.
        public var moreOffset: Int?
        /// The longest silence between a report and its continuation.
        public var gap: Duration
        public var charset: ScanCharset
        /// Dropped from the end if it is there.
        public var suffix: [UInt8]
        /// Of one scan; held to ``HIDPOSScanner/bytesMax``.
        public var bytesMax: Int

        public init(
            reportID: UInt8, lengthOffset: Int, aimOffset: Int?, data: Range<Int>,
            moreOffset: Int?, gap: Duration = .milliseconds(200),
            charset: ScanCharset = .utf8OrLatin1, suffix: [UInt8] = [],
            bytesMax: Int = HIDPOSScanner.bytesMax
        ) {
            self.reportID = reportID
            self.lengthOffset = lengthOffset
            self.aimOffset = aimOffset
            self.data = data
            self.moreOffset = moreOffset
            self.gap = gap
            self.charset = charset
            self.suffix = suffix
            self.bytesMax = bytesMax
        }
    }

    public typealias Input = KeyboardScanner.Input
    public typealias Effect = KeyboardScanner.Effect

    /// Bytes of one scan. The largest QR code holds 2,953 of them, the largest Aztec code 1,914,
    /// the largest PDF417 1,108; a scanner may join several.
    public static let bytesMax = 8_192

    private struct Gathering {
        var bytes: [UInt8]
        let aim: AIMIdentifier?
        /// Why this cannot become a scan any more.
        var fault: ScanRefusal.Reason?
        var lastAt: ContinuousClock.Instant
    }

    public init(_ settings: Settings) { self.settings = settings }

    /// Pure and total: no report can trap it, and it keeps at most `bytesMax` bytes.
    public mutating func handle(_ input: Input, at now: ContinuousClock.Instant) -> [Effect] {
        var effects = expire(at: now)
        switch input {
        case .report(let bytes): effects += read(bytes, at: now)
        case .timerFired: wakeAt = nil
        case .unplugged: effects += abandon(.unplugged)
        }
        if let due = wakeAt, now >= due { wakeAt = nil }
        if let gathering, wakeAt == nil {
            let due = gathering.lastAt.advanced(by: settings.gap + .milliseconds(1))
            wakeAt = due
            effects.append(.wake(at: due))
        }
        return effects
    }

    private mutating func read(_ bytes: [UInt8], at now: ContinuousClock.Instant) -> [Effect] {
        guard bytes.first == settings.reportID, let part = Part(bytes.dropFirst(), settings) else {
            if gathering == nil {
                return [.refuse(ScanRefusal(.oddReport(bytes: bytes.count)))]
            }
            spoil(.oddReport(bytes: bytes.count), at: now)
            return []
        }
        if let before = gathering, part.aim != nil, part.aim != before.aim {
            spoil(.brokenContinuation, at: now)
        }
        var gathered = gathering ?? Gathering(bytes: [], aim: part.aim, lastAt: now)
        gathered.lastAt = now
        if let data = part.data {
            let longest = min(Self.bytesMax, settings.bytesMax)
            if gathered.bytes.count + data.count > longest {
                gathered.fault = gathered.fault ?? .tooLong
            } else {
                gathered.bytes += data
            }
        } else {
            gathered.fault = gathered.fault ?? .lengthBeyondReport(part.length)
        }
        gathering = part.goesOn ? gathered : nil
        return part.goesOn ? [] : [finish(gathered, at: now)]
    }

    /// What is gathered is no scan any more. Reports are read on, so that its tail is not taken for
    /// a scan of its own.
    private mutating func spoil(_ reason: ScanRefusal.Reason, at now: ContinuousClock.Instant) {
        gathering?.lastAt = now
        if gathering?.fault == nil { gathering?.fault = reason }
    }

    private func finish(_ gathered: Gathering, at now: ContinuousClock.Instant) -> Effect {
        if let fault = gathered.fault {
            return .refuse(ScanRefusal(fault, count: gathered.bytes.count))
        }
        if settings.aimOffset != nil, gathered.aim == nil {
            return .refuse(ScanRefusal(.withoutAIM, count: gathered.bytes.count))
        }
        var bytes = gathered.bytes
        if !settings.suffix.isEmpty, bytes.reversed().starts(with: settings.suffix.reversed()) {
            bytes.removeLast(settings.suffix.count)
        }
        guard !bytes.isEmpty else { return .refuse(ScanRefusal(.tooShort)) }
        return .scan(
            Scan(bytes: bytes, text: settings.charset.text(bytes), aim: gathered.aim, at: now))
    }

    private mutating func abandon(_ reason: ScanRefusal.Reason) -> [Effect] {
        guard let gathered = gathering else { return [] }
        gathering = nil
        return [.refuse(ScanRefusal(gathered.fault ?? reason, count: gathered.bytes.count))]
    }

    private mutating func expire(at now: ContinuousClock.Instant) -> [Effect] {
        guard let gathering, now > gathering.lastAt.advanced(by: settings.gap) else { return [] }
        return abandon(.unfinished)
    }

    /// What one report says.
    private struct Part {
        let length: Int
        let aim: AIMIdentifier?
        /// Nil where the length is more than the report has room for.
        let data: ArraySlice<UInt8>?
        let goesOn: Bool

        /// - Returns: nil for a report that is too short to hold what the profile says.
        init?(_ bytes: ArraySlice<UInt8>, _ settings: Settings) {
            let body = Array(bytes)
            let least = [
                settings.lengthOffset, settings.data.lowerBound - 1, settings.moreOffset ?? 0,
                (settings.aimOffset ?? -AIMIdentifier.length) + AIMIdentifier.length - 1,
            ]
            guard least.allSatisfy({ $0 < body.count }), settings.lengthOffset >= 0,
                settings.data.lowerBound >= 0, (settings.moreOffset ?? 0) >= 0,
                (settings.aimOffset ?? 0) >= 0
            else { return nil }
            length = Int(body[settings.lengthOffset])
            aim = settings.aimOffset.flatMap {
                AIMIdentifier(body[$0..<($0 + AIMIdentifier.length)])
            }
            let room = min(settings.data.upperBound, body.count) - settings.data.lowerBound
            let start = settings.data.lowerBound
            data = length <= room ? body[start..<(start + length)] : nil
            goesOn = settings.moreOffset.map { body[$0] != 0 } ?? false
        }
    }
}
