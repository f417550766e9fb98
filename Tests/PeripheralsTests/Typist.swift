import Peripherals

/// Types on a keyboard scanner: which key writes which character is written here a second time, so
/// that the tables under test do not judge themselves.
struct Typist {
    /// US signs by usage, plain and shifted; the source is the boot keyboard's page, not the code.
    private static let usages: [Character: (UInt8, Bool)] = {
        var usages: [Character: (UInt8, Bool)] = [" ": (0x2C, false), "\t": (0x2B, false)]
        for (index, letter) in "abcdefghijklmnopqrstuvwxyz".enumerated() {
            usages[letter] = (UInt8(4 + index), false)
            usages[Character(letter.uppercased())] = (UInt8(4 + index), true)
        }
        let rows: [(UInt8, String, String)] = [
            (0x1E, "1234567890", "!@#$%^&*()"), (0x2D, "-=[]\\", "_+{}|"),
            (0x33, ";'`,./", ":\"~<>?"),
        ]
        for (first, plain, shifted) in rows {
            for (index, sign) in plain.enumerated() { usages[sign] = (first + UInt8(index), false) }
            for (index, sign) in shifted.enumerated() {
                usages[sign] = (first + UInt8(index), true)
            }
        }
        return usages
    }()

    /// The reports for a text: each key goes down and up again.
    static func reports(_ text: String) -> [[UInt8]] {
        text.flatMap { character -> [[UInt8]] in
            guard let (usage, isShifted) = usages[character] else { return [] }
            return press(usage, isShifted ? 0x02 : 0)
        }
    }

    static func press(_ usage: UInt8, _ modifiers: UInt8 = 0) -> [[UInt8]] {
        [[modifiers, 0, usage, 0, 0, 0, 0, 0], released]
    }

    static let released = [UInt8](repeating: 0, count: 8)
    static let enter = press(0x28)
}

/// Feeds a scanner and keeps what came out, wakes aside.
struct ScannerBench {
    private var scanner: KeyboardScanner
    private(set) var now: ContinuousClock.Instant
    private(set) var effects: [KeyboardScanner.Effect] = []
    private var wake: ContinuousClock.Instant?
    private let pace: Duration
    /// Whether the timer is punctual or never comes.
    private let hasTimer: Bool

    init(
        _ settings: KeyboardScanner.Settings = .init(), pace: Duration = .milliseconds(2),
        hasTimer: Bool = true, from start: ContinuousClock.Instant = .now
    ) {
        scanner = KeyboardScanner(settings)
        now = start
        self.pace = pace
        self.hasTimer = hasTimer
    }

    var scans: [Scan] {
        effects.compactMap { if case .scan(let scan) = $0 { scan } else { nil } }
    }
    var texts: [String] { scans.map { $0.text ?? "" } }
    var refusals: [ScanRefusal] {
        effects.compactMap { if case .refuse(let refusal) = $0 { refusal } else { nil } }
    }

    mutating func type(_ reports: [[UInt8]]) {
        for report in reports {
            wait(pace)
            give(.report(report))
        }
    }

    mutating func wait(_ duration: Duration) {
        let end = now.advanced(by: duration)
        while hasTimer, let due = wake, due <= end {
            now = due
            wake = nil
            give(.timerFired)
        }
        now = end
    }

    mutating func give(_ input: KeyboardScanner.Input) {
        for effect in scanner.handle(input, at: now) {
            if case .wake(let due) = effect { wake = due } else { effects.append(effect) }
        }
    }
}
