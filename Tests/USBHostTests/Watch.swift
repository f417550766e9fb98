import Synchronization

/// A value that tests wait for instead of sleeping.
final class Watch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        let fits: @Sendable (Value) -> Bool
        let waiting: CheckedContinuation<Value, Never>
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    @discardableResult
    func update<Answer: Sendable>(_ change: (inout Value) -> Answer) -> Answer {
        let (answer, value, ready) = state.withLock { state in
            let answer = change(&state.value)
            let value = state.value
            let ready = state.waiters.filter { $0.fits(value) }
            state.waiters.removeAll { $0.fits(value) }
            return (answer, value, ready)
        }
        for waiter in ready { waiter.waiting.resume(returning: value) }
        return answer
    }

    /// - Returns: the first value that fits, the present one perhaps.
    @discardableResult
    func until(_ fits: @escaping @Sendable (Value) -> Bool) async -> Value {
        await withCheckedContinuation { waiting in
            let now = state.withLock { state -> Value? in
                if fits(state.value) { return state.value }
                state.waiters.append(Waiter(fits: fits, waiting: waiting))
                return nil
            }
            if let now { waiting.resume(returning: now) }
        }
    }
}
