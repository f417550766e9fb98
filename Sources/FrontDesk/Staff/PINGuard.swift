/// Makes guessing a PIN slow: four digits are 10,000 tries, so tries are what is scarce.
///
/// A pure machine. Times are any steady clock's; what it remembers is this box's alone and gone
/// with its restart.
public struct PINGuard: Sendable {
    /// Wrong tries in a row that cost nothing: people mistype.
    public static let freeTries = 4
    /// The first lock; each further wrong try doubles it.
    public static let firstLock: Duration = .seconds(30)
    public static let lockMax: Duration = .seconds(15 * 60)
    /// Names remembered at once; of more, those whose lock ended first are forgotten.
    static let namesMax = 4_096

    private struct Record {
        var wrong = 0
        var lockedUntil: Duration = .zero
    }

    private var records: [String: Record] = [:]

    public init() {}

    /// How long a name has to wait before its next try; zero if it may try now.
    public func wait(for name: String, at now: Duration) -> Duration {
        guard let record = records[name] else { return .zero }
        return max(.zero, record.lockedUntil - now)
    }

    /// A PIN was right: the name begins anew.
    public mutating func succeed(_ name: String) { records[name] = nil }

    /// A PIN was wrong.
    ///
    /// - Returns: the lock that it brings; zero for the first tries.
    @discardableResult
    public mutating func fail(_ name: String, at now: Duration) -> Duration {
        if records[name] == nil, records.count >= Self.namesMax { forgetOne() }
        var record = records[name] ?? Record()
        record.wrong += 1
        let locks = record.wrong - Self.freeTries
        guard locks > 0 else {
            records[name] = record
            return .zero
        }
        let doublings = min(locks - 1, 16)
        let lock = min(Self.lockMax, Self.firstLock * (1 << doublings))
        record.lockedUntil = now + lock
        records[name] = record
        return lock
    }

    private mutating func forgetOne() {
        let first = records.min {
            ($0.value.lockedUntil, $0.key) < ($1.value.lockedUntil, $1.key)
        }
        if let first { records[first.key] = nil }
    }
}
