internal import Peripherals
internal import Synchronization

/// Brings a transfer's ticket and a task's cancellation together, whichever comes first.
final class Ticketing: Sendable {
    private struct State {
        var ticket: LinkTicket?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// - Returns: whether the task was cancelled before there was a ticket.
    func keep(_ ticket: LinkTicket) -> Bool {
        state.withLock { state in
            state.ticket = ticket
            return state.isCancelled
        }
    }

    /// - Returns: the ticket, if there is one already.
    func cancel() -> LinkTicket? {
        state.withLock { state in
            state.isCancelled = true
            return state.ticket
        }
    }
}
