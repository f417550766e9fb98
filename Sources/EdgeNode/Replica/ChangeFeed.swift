public import ReplicaStorage
internal import Synchronization

/// Tells followers that the replica changed, and remembers for a while which rows did. A hint: who
/// falls behind gets one, not all, and whoever comes too late looks at everything.
public final class ChangeFeed: Sendable {
    /// A point in what this feed told; meaningless to another process.
    public struct Place: Sendable, Hashable {
        fileprivate let number: UInt64
    }

    fileprivate struct State {
        var next = 0
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        /// How many changes were told so far.
        var number: UInt64 = 0
        /// The latest ones, oldest first.
        var ring: [ChangedRows] = []
        var rowsInRing = 0
        var listeners: [@Sendable (ChangedRows) -> Void] = []
    }

    /// Above it the oldest are forgotten: reading a whole collection is quicker than so many rows
    /// one by one.
    fileprivate static let rowsMax = ChangedRows.rowsMax
    fileprivate static let ringMax = 1_024
    private let state = Mutex(State())

    public init() {}

    /// One element now and at least one after every later change; several may fall into one.
    public func follow() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.followers[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.followers[number] = nil }
        }
        continuation.yield()
        return stream
    }

    /// Calls `body` after each durable change, on the disk's thread: it must neither wait nor ask
    /// the replica.
    func listen(_ body: @escaping @Sendable (ChangedRows) -> Void) {
        state.withLock { $0.listeners.append(body) }
    }

    /// Where the feed stands. A snapshot opened after this shows everything told before.
    public var place: Place { state.withLock { Place(number: $0.number) } }

    /// What changed after `place`, and the place after that.
    ///
    /// - Returns: `nil` for the rows where that is not remembered any more.
    public func changes(after place: Place) -> (rows: ChangedRows?, place: Place) {
        state.withLock { state in
            let now = Place(number: state.number)
            let missed = state.number - place.number
            guard missed <= UInt64(state.ring.count) else { return (nil, now) }
            var all = ChangedRows()
            for changes in state.ring.suffix(Int(missed)) { all.formUnion(changes) }
            return (all.isWhole ? all : nil, now)
        }
    }

    func signal(_ changes: ChangedRows) {
        let (followers, listeners) = state.withLock { state in
            if !changes.isEmpty { state.remember(changes) }
            return (
                state.followers.sorted { $0.key < $1.key }.map(\.value),
                changes.isEmpty ? [] : state.listeners
            )
        }
        for listener in listeners { listener(changes) }
        for follower in followers { follower.yield() }
    }
}

extension ChangeFeed.State {
    fileprivate mutating func remember(_ changes: ChangedRows) {
        number += 1
        ring.append(changes)
        rowsInRing += changes.rows.count
        while rowsInRing > ChangeFeed.rowsMax || ring.count > ChangeFeed.ringMax {
            rowsInRing -= ring.removeFirst().rows.count
        }
    }
}
