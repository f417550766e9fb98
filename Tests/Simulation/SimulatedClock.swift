import Synchronization

/// The fleet's steady time: it passes when the world says so, and wakes who slept until then.
final class SimulatedClock: Sendable {
    private struct Sleeper {
        let number: Int
        let due: Int64
        let task: CheckedContinuation<Void, any Error>
    }
    private struct State {
        var milliseconds: Int64 = 0
        var next = 0
        var sleepers: [Sleeper] = []
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    var milliseconds: Int64 { state.withLock { $0.milliseconds } }

    /// Wakes sleepers in the order in which they are due, then in which they went to sleep.
    func advance(_ more: Int64) {
        let woken = state.withLock { state in
            state.milliseconds += more
            let now = state.milliseconds
            let due = state.sleepers.filter { $0.due <= now }
            state.sleepers.removeAll { $0.due <= now }
            return due.sorted { ($0.due, $0.number) < ($1.due, $1.number) }
        }
        for sleeper in woken { sleeper.task.resume() }
    }

    func sleep(_ span: Duration) async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { task in
                let isCancelled = state.withLock { state in
                    if state.cancelled.remove(number) != nil { return true }
                    let due = state.milliseconds + Int64(span / .milliseconds(1))
                    state.sleepers.append(Sleeper(number: number, due: due, task: task))
                    return false
                }
                if isCancelled { task.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let place = state.sleepers.firstIndex(where: { $0.number == number }) else {
                    state.cancelled.insert(number)
                    return nil
                }
                return state.sleepers.remove(at: place)
            }
            sleeper?.task.resume(throwing: CancellationError())
        }
    }
}
