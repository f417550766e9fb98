/// How long to wait before the next attempt at a link: doubling, with full jitter, so that a
/// hundred boxes that lost one relay do not come back in one second.
public struct Backoff: Hashable, Sendable {
    public let least: Duration
    public let most: Duration
    /// Attempts since the last success.
    public private(set) var attempts = 0

    /// - Precondition: `0 < least <= most <= one day`.
    public init(least: Duration = .seconds(1), most: Duration = .seconds(60)) {
        precondition(
            .zero < least && least <= most && most <= .seconds(86_400),
            "a backoff needs 0 < least <= most <= one day")
        self.least = least
        self.most = most
    }

    /// The wait before the next attempt, `least / 2` to `most`.
    ///
    /// - Parameter random: 64 random bits; the same bits give the same wait.
    public mutating func next(random: UInt64) -> Duration {
        var ceiling = least
        for _ in 0..<min(attempts, 62) where ceiling < most { ceiling = min(ceiling * 2, most) }
        attempts = min(attempts + 1, 1_000)
        let floor = least / 2
        // In whole steps: a product with a fraction leaves the range of `Duration` on large spans.
        return floor + (ceiling - floor) / (1 << 20) * Int(random >> 44)
    }

    /// After a session that got as far as both hellos.
    public mutating func reset() { attempts = 0 }
}
