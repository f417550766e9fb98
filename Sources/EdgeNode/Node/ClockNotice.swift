internal import CRDT
internal import Foundation
internal import ReplicaStorage

/// What people must know of clocks that ran ahead, in sentences.
///
/// A stamp never goes back: a box whose clock was once a year ahead stamps all it writes for a year
/// with that time, and where two boxes change the same thing at once its word wins.
struct ClockNotice {
    /// The last stamp given or followed here.
    let own: Stamp
    /// The furthest that came from others.
    let other: StampAhead?
    /// What the clock here shows, in Unix milliseconds.
    let now: Int64

    /// As far as a box follows others, which is no matter for people.
    static let most = HybridLogicalClock.followMillisecondsMax

    var sentences: [String] {
        [ownSentence, otherSentence].compactMap(\.self)
    }

    private var ownSentence: String? {
        guard let distance = distance(to: own) else { return nil }
        return """
            This box's clock was \(distance) ahead of what it shows now: until \(Self.day(own)) \
            its edits win over those of other boxes where both change the same thing. See that the \
            clock is right now. If it is, nothing else is to be done: until that day, look again \
            at what was changed here and elsewhere at the same time.
            """
    }

    private var otherSentence: String? {
        guard let other, let distance = distance(to: other.stamp) else { return nil }
        return """
            The box \(other.writer) wrote with a clock that was \(distance) ahead of this \
            one's: until \(Self.day(other.stamp)) its edits win over those of other boxes where \
            both change the same thing. Compare the clocks of both boxes with the right time and \
            set the wrong one. If both are right, nothing else is to be done: until that day, look \
            again at what was changed at both at the same time.
            """
    }

    /// How far ahead, as people say it; nil for what a box follows.
    private func distance(to stamp: Stamp) -> String? {
        guard stamp.milliseconds - Self.most > now else { return nil }
        let minutes = stamp.milliseconds / 60_000 - max(0, now) / 60_000
        return switch minutes {
        case ..<120: "\(minutes) minutes"
        case ..<2_880: "\(minutes / 60) hours"
        default: "\(minutes / 1_440) days"
        }
    }

    /// As 2026-11-22, in UTC.
    private static func day(_ stamp: Stamp) -> String {
        Date(timeIntervalSince1970: Double(stamp.milliseconds) / 1_000)
            .formatted(.iso8601.year().month().day())
    }
}
