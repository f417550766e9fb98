/// A hybrid logical time: 48 bits of Unix milliseconds above a 16-bit counter.
///
/// Below 2^62 always; a stamp at or above it is a format error on every replica, so `bumped`
/// can never overflow.
public struct Stamp: Hashable, Sendable, Comparable {
    public let value: UInt64

    public static let limit: UInt64 = 1 << 62
    public static let zero = Stamp(unchecked: 0)

    /// `nil` at or above 2^62.
    public init?(_ value: UInt64) {
        guard value < Stamp.limit else { return nil }
        self.value = value
    }

    private init(unchecked value: UInt64) { self.value = value }

    /// The first stamp of a millisecond; a clock before 1970 or beyond the range is clamped into
    /// it, because a wrong clock must not stop a write.
    public init(milliseconds: Int64) {
        let most = Int64(Stamp.limit >> 16) - 1
        value = UInt64(max(0, min(milliseconds, most))) << 16
    }

    public var milliseconds: Int64 { Int64(value >> 16) }

    /// The next stamp. At the very top it stays: such a cell is decided by chain hashes alone.
    public var bumped: Stamp { Stamp(unchecked: min(value + 1, Stamp.limit - 1)) }

    public static func < (left: Stamp, right: Stamp) -> Bool { left.value < right.value }
}

/// The hybrid logical clock of one writer. It never refuses, whatever the wall clock says.
public struct HybridLogicalClock: Sendable {
    public private(set) var last: Stamp

    /// How far ahead of our wall clock a foreign stamp may drag us: 10 minutes.
    public static let followMillisecondsMax: Int64 = 600_000

    public init(last: Stamp = .zero) { self.last = last }

    /// A stamp later than every earlier one, also when the wall clock stepped back.
    public mutating func tick(wallMilliseconds: Int64) -> Stamp {
        last = max(Stamp(milliseconds: wallMilliseconds), last.bumped)
        return last
    }

    /// Follows a foreign stamp, unless it lies too far ahead: then it stays its own cell's matter.
    public mutating func observe(_ stamp: Stamp, wallMilliseconds: Int64) {
        let follow = Self.followMillisecondsMax
        let bound = max(0, min(wallMilliseconds, .max - follow)) + follow
        if stamp > last, stamp.milliseconds <= bound { last = stamp }
    }
}
