internal import Synchronization

/// Tells followers that the replica changed. A hint: who falls behind gets one, not all.
public final class ChangeFeed: Sendable {
    private struct State {
        var next = 0
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
    }

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

    func signal() {
        let followers = state.withLock { state in
            state.followers.sorted { $0.key < $1.key }.map(\.value)
        }
        for follower in followers { follower.yield() }
    }
}
