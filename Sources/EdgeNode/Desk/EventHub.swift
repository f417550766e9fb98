internal import Synchronization

/// Hands desk events to any number of followers: a short memory and one bounded queue each, so that
/// a page that was away for a moment misses nothing and a slow one holds nobody up.
public final class EventHub: Sendable {
    private struct State {
        var last: UInt64 = 0
        /// The latest events, oldest first.
        var ring: [DeskEvent] = []
        var nextFollower = 0
        var followers: [Int: AsyncStream<DeskEvent>.Continuation] = [:]
    }

    /// How a follower begins.
    public enum Start: Sendable, Hashable {
        /// With what comes from now on, after this cursor.
        case now(EventCursor)
        /// With all that was missed.
        case resumed
        /// What was missed is not known any more: read the lists anew. Events follow from now on,
        /// after this cursor.
        case reset(EventCursor)
    }

    public struct Following: Sendable {
        public let start: Start
        /// Ends when the follower fell behind by more than the queue holds: nothing is left out
        /// before that, and it comes back with the cursor of the last one it saw.
        public let events: AsyncStream<DeskEvent>
    }

    /// Names this process's events.
    public let life: UInt64
    /// Events that are remembered, and that one follower may leave unread: an hour of a busy desk.
    private let eventsMax: Int
    private let state = Mutex(State())
    /// Far more than the desks and pages of one site.
    static let followersMax = 256

    /// - Parameter life: random, another one in each process.
    public init(life: UInt64, eventsMax: Int = 512) {
        self.life = life
        self.eventsMax = max(1, eventsMax)
    }

    /// Tells all followers; never waits for one.
    ///
    /// - Parameter now: Unix milliseconds of the wall clock.
    public func post(_ fact: DeskEvent.Fact, at now: Int64) {
        // Told under the lock, so that each follower gets the events in their order.
        let overrun = state.withLock { state -> [AsyncStream<DeskEvent>.Continuation] in
            state.last += 1
            let event = DeskEvent(sequence: state.last, wallMilliseconds: now, fact: fact)
            state.ring.append(event)
            if state.ring.count > eventsMax { state.ring.removeFirst() }
            var overrun: [AsyncStream<DeskEvent>.Continuation] = []
            for (number, follower) in state.followers {
                guard case .dropped = follower.yield(event) else { continue }
                state.followers[number] = nil
                overrun.append(follower)
            }
            return overrun
        }
        // `finish` calls `onTermination`, which takes the lock.
        for follower in overrun { follower.finish() }
    }

    /// Follows from after `cursor`, or from now on.
    ///
    /// - Returns: nil where there are too many followers already.
    public func follow(after cursor: EventCursor? = nil) -> Following? {
        let (events, follower) = AsyncStream<DeskEvent>.makeStream(
            bufferingPolicy: .bufferingOldest(eventsMax))
        let joined = state.withLock { state -> (Start, Int)? in
            guard state.followers.count < Self.followersMax else { return nil }
            let start = begin(state, after: cursor)
            if case .resumed = start, let cursor {
                for event in state.ring where event.sequence > cursor.sequence {
                    follower.yield(event)
                }
            }
            state.nextFollower += 1
            state.followers[state.nextFollower] = follower
            return (start, state.nextFollower)
        }
        guard let (start, number) = joined else { return nil }
        follower.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.followers.removeValue(forKey: number) }
        }
        return Following(start: start, events: events)
    }

    private func begin(_ state: State, after cursor: EventCursor?) -> Start {
        let head = EventCursor(life: life, sequence: state.last)
        guard let cursor else { return .now(head) }
        let oldest = state.ring.first?.sequence ?? state.last + 1
        guard cursor.life == life, cursor.sequence <= state.last, cursor.sequence + 1 >= oldest
        else { return .reset(head) }
        return .resumed
    }
}
