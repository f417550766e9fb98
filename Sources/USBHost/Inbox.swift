internal import Peripherals
internal import Synchronization

/// What happened to a driver, in order, from whatever thread; one task takes it out.
final class Inbox<Event: Sendable>: Sendable {
    private struct State {
        var events: [Event] = []
        var waiter: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let state = Mutex(State())
    private let eventsMax: Int

    /// - Parameter eventsMax: of what callers ask for, more than this are refused.
    init(eventsMax: Int = 256) { self.eventsMax = eventsMax }

    /// What a caller asks for.
    ///
    /// - Returns: false where the inbox is full or closed.
    @discardableResult
    func put(_ event: Event) -> Bool { put(event, roomFor: eventsMax) }

    /// What must not get lost, since somebody waits for what follows from it: the end of a
    /// transfer, a link that comes or goes. There are no more of these than transfers and links
    /// under way.
    ///
    /// - Returns: false where the inbox is closed.
    @discardableResult
    func putAlways(_ event: Event) -> Bool { put(event, roomFor: .max) }

    private func put(_ event: Event, roomFor most: Int) -> Bool {
        let (isTaken, waiter) = state.withLock { state in
            guard !state.isClosed, state.events.count < most else {
                return (false, nil as CheckedContinuation<Void, Never>?)
            }
            state.events.append(event)
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume()
        return isTaken
    }

    /// The next event; nil when the time has come or the task is cancelled.
    func take(until due: ContinuousClock.Instant?, _ clock: any DeviceClock) async -> Event? {
        if let event = pop() { return event }
        if let due {
            if clock.moment() >= due { return nil }
            // The children only watch; nothing is taken that could be lost with the later one.
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.wait() }
                group.addTask { try? await clock.sleep(until: due) }
                await group.next()
                group.cancelAll()
            }
        } else {
            await wait()
        }
        return pop()
    }

    /// - Returns: what was never taken.
    func close() -> [Event] {
        state.withLock { state in
            state.isClosed = true
            defer { state.events = [] }
            return state.events
        }
    }

    private func pop() -> Event? {
        state.withLock { $0.events.isEmpty ? nil : $0.events.removeFirst() }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isOver = state.withLock { state in
                    if !state.events.isEmpty || Task.isCancelled { return true }
                    state.waiter = waiter
                    return false
                }
                if isOver { waiter.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }
    }
}
