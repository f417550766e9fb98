internal import Synchronization

/// Ends the wait before the next dial: somebody knows that the way is open again.
public final class DialBell: Sendable {
    private struct State {
        var next = 0
        var waiters: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    /// Whoever waits to dial dials now.
    public func ring() {
        let waiters = state.withLock { Array($0.waiters.values) }
        for waiter in waiters { waiter.yield() }
    }

    /// Waits so long, or until the bell rings.
    ///
    /// - Returns: whether it rang.
    /// - Throws: `CancellationError`.
    public func wait(
        _ duration: Duration, in environment: NodeEnvironment
    ) async throws -> Bool {
        let rings = rings()
        let rang = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await environment.sleep(duration)
                return false
            }
            group.addTask {
                for await _ in rings { return true }
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        // The stream of a cancelled task ends as if nobody had rung.
        try Task.checkCancellation()
        return rang
    }

    /// One element for all rings that nobody has taken yet.
    private func rings() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.next += 1
            state.waiters[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.waiters[number] = nil }
        }
        return stream
    }
}
