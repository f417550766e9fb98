import Peripherals
import Synchronization

/// A clock that a test turns by hand, once it knows that somebody waits for it.
final class TurnedClock: DeviceClock {
    private struct State {
        var now = ContinuousClock.now
        var last = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var watchers: [(due: ContinuousClock.Instant, seen: CheckedContinuation<Void, Never>)] = []
    }

    private struct Sleeper {
        let due: ContinuousClock.Instant
        let asleep: CheckedContinuation<Void, any Error>
    }

    private let state = Mutex(State())

    func moment() -> ContinuousClock.Instant { state.withLock { $0.now } }

    func sleep(until due: ContinuousClock.Instant) async throws {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { asleep in
                lieDown(number, Sleeper(due: due, asleep: asleep))
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(number)
                return state.sleepers.removeValue(forKey: number)
            }
            sleeper?.asleep.resume(throwing: CancellationError())
        }
    }

    private func lieDown(_ number: Int, _ sleeper: Sleeper) {
        let (isCancelled, isDue, seen) = state.withLock {
            state -> (Bool, Bool, [CheckedContinuation<Void, Never>]) in
            let isCancelled = state.cancelled.contains(number)
            let isDue = state.now >= sleeper.due
            if !isCancelled, !isDue { state.sleepers[number] = sleeper }
            guard !isCancelled, !isDue else { return (isCancelled, isDue, []) }
            let seen = state.watchers.filter { $0.due >= sleeper.due }.map(\.seen)
            state.watchers.removeAll { $0.due >= sleeper.due }
            return (isCancelled, isDue, seen)
        }
        for watcher in seen { watcher.resume() }
        if isCancelled {
            sleeper.asleep.resume(throwing: CancellationError())
        } else if isDue {
            sleeper.asleep.resume()
        }
    }

    /// Turns the clock by so much, from one sleeper to the next; the last must sleep until just
    /// then, and is waited for. Ends early once the test's time is over.
    func turn(by duration: Duration) async {
        let target = moment().advanced(by: duration)
        while moment() < target, !Task.isCancelled {
            await sleeper(until: target)
            if Task.isCancelled { return }
            wakeNext(until: target)
        }
    }

    private func sleeper(until target: ContinuousClock.Instant) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { seen in
                let isOver = state.withLock { state in
                    if Task.isCancelled { return true }
                    if state.sleepers.values.contains(where: { $0.due <= target }) { return true }
                    state.watchers.append((target, seen))
                    return false
                }
                if isOver { seen.resume() }
            }
        } onCancel: {
            let seen = state.withLock { state in
                defer { state.watchers = [] }
                return state.watchers.map(\.seen)
            }
            for watcher in seen { watcher.resume() }
        }
    }

    private func wakeNext(until target: ContinuousClock.Instant) {
        let woken = state.withLock { state in
            guard let next = state.sleepers.values.map(\.due).min(), next <= target else {
                return [CheckedContinuation<Void, any Error>]()
            }
            state.now = max(state.now, next)
            let woken = state.sleepers.filter { $0.value.due <= next }
            for number in woken.keys { state.sleepers[number] = nil }
            return woken.values.map(\.asleep)
        }
        for sleeper in woken { sleeper.resume() }
    }
}
