internal import Synchronization

/// A value that tests wait for instead of sleeping.
package final class Watch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Waiter] = []
        var last = 0
    }

    private struct Waiter {
        let number: Int
        let fits: @Sendable (Value) -> Bool
        let waiting: CheckedContinuation<Value, Never>
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    package var value: Value { state.withLock { $0.value } }

    @discardableResult
    package func update<Answer: Sendable>(_ change: (inout Value) -> Answer) -> Answer {
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

    /// - Returns: the first value that fits, the present one perhaps; any, once the test's time is
    ///   over and its task is cancelled.
    @discardableResult
    package func until(_ fits: @escaping @Sendable (Value) -> Bool) async -> Value {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting in
                let now = state.withLock { state -> Value? in
                    if fits(state.value) || Task.isCancelled { return state.value }
                    state.waiters.append(Waiter(number: number, fits: fits, waiting: waiting))
                    return nil
                }
                if let now { waiting.resume(returning: now) }
            }
        } onCancel: {
            let (waiter, value) = state.withLock { state in
                let waiter = state.waiters.first { $0.number == number }
                state.waiters.removeAll { $0.number == number }
                return (waiter, state.value)
            }
            waiter?.waiting.resume(returning: value)
        }
    }
}
