/// Makes guessing a PIN slow: four digits are 10,000 tries, so tries are what is scarce.
///
/// Who mistypes locks the person at that desk; at the next one they sign in as ever, or else
/// whoever reaches one desk could keep everybody out of all. Only when one person is locked at
/// several desks at once somebody goes from desk to desk, and then the person waits everywhere.
///
/// A pure machine. Times are any steady clock's; what it remembers is this box's alone and gone
/// with its restart.
public struct PINGuard: Sendable {
    /// Whose PIN is tried, and where.
    public struct Place: Sendable, Hashable {
        public let person: String
        public let desk: String

        public init(person: String, desk: String) {
            self.person = person
            self.desk = desk
        }
    }

    /// How long to wait, and where.
    public struct Lock: Sendable, Hashable {
        public let wait: Duration
        /// Whether the person waits at every desk.
        public let isEverywhere: Bool
    }

    /// Wrong tries in a row that cost nothing: people mistype.
    public static let freeTries = 4
    /// The first lock; each further wrong try doubles it.
    public static let firstLock: Duration = .seconds(30)
    public static let lockMax: Duration = .seconds(15 * 60)
    /// Locked at so many desks at once, a person is locked at all.
    public static let desksMax = 3
    /// Places remembered at once; of more, those whose lock ended first are forgotten.
    static let placesMax = 4_096

    private struct Record {
        var wrong = 0
        var lockedUntil: Duration = .zero
    }

    private var records: [Place: Record] = [:]

    public init() {}

    /// How long to wait before the next try; nil if it may be made now.
    public func lock(at place: Place, now: Duration) -> Lock? {
        let own = (records[place]?.lockedUntil ?? .zero) - now
        let locks = records.filter { $0.key.person == place.person && $0.value.lockedUntil > now }
            .map(\.value.lockedUntil).sorted(by: >)
        if locks.count >= Self.desksMax {
            // Until fewer desks are locked, or this one is free if that is later.
            return Lock(wait: max(own, locks[Self.desksMax - 1] - now), isEverywhere: true)
        }
        return own > .zero ? Lock(wait: own, isEverywhere: false) : nil
    }

    /// A PIN was right: the place begins anew.
    public mutating func succeed(at place: Place) { records[place] = nil }

    /// A PIN was wrong.
    public mutating func fail(at place: Place, now: Duration) {
        if records[place] == nil, records.count >= Self.placesMax { forgetOne() }
        var record = records[place] ?? Record()
        record.wrong += 1
        let locks = record.wrong - Self.freeTries
        if locks > 0 {
            let doublings = min(locks - 1, 16)
            record.lockedUntil = now + min(Self.lockMax, Self.firstLock * (1 << doublings))
        }
        records[place] = record
    }

    private mutating func forgetOne() {
        let first = records.min {
            ($0.value.lockedUntil, $0.key.person, $0.key.desk)
                < ($1.value.lockedUntil, $1.key.person, $1.key.desk)
        }
        if let first { records[first.key] = nil }
    }
}
