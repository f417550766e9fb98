internal import NIOConcurrencyHelpers
internal import NIOCore

/// Hands messages from the task that reads the socket to the one that serves the link, one at a
/// time: `put` returns only once the message was taken, so a slow server stops the socket.
// The lock guards plain values; continuations are resumed outside it.
final class Inbox: Sendable {
    private struct State {
        var message: ByteBuffer?
        var end: Result<Void, TransportError>?
        var taker: CheckedContinuation<ByteBuffer?, Never>?
        var giver: CheckedContinuation<Void, Never>?
    }

    private let state = NIOLockedValueBox(State())

    /// Called by one task at a time. Returns at once when the inbox has ended.
    func put(_ message: ByteBuffer) async {
        await withCheckedContinuation { giver in
            let (taker, isDone) = state.withLockedValue { state in
                if let taker = state.taker {
                    state.taker = nil
                    return (Optional(taker), true)
                }
                if state.end != nil { return (nil, true) }
                state.message = message
                state.giver = giver
                return (nil, false)
            }
            taker?.resume(returning: message)
            if isDone { giver.resume() }
        }
    }

    /// No more messages will come; what is there can still be taken.
    func end(_ result: Result<Void, TransportError>) {
        let (taker, giver) = state.withLockedValue { state in
            if state.end == nil { state.end = result }
            defer {
                state.taker = nil
                state.giver = nil
            }
            return (state.taker, state.giver)
        }
        taker?.resume(returning: nil)
        giver?.resume()
    }

    /// What went wrong, once something has.
    var trouble: TransportError? {
        state.withLockedValue { state in
            guard case .failure(let error) = state.end else { return nil }
            return error
        }
    }

    /// The next message; `nil` at the end, for whatever reason, or when the calling task is
    /// cancelled.
    func take() async -> ByteBuffer? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { taker in
                let (answer, giver) = state.withLockedValue { take(from: &$0, taker) }
                giver?.resume()
                if let answer { taker.resume(returning: answer) }
            }
        } onCancel: {
            end(.success(()))
        }
    }

    private func take(
        from state: inout State, _ taker: CheckedContinuation<ByteBuffer?, Never>
    ) -> (ByteBuffer??, CheckedContinuation<Void, Never>?) {
        precondition(state.taker == nil, "one task at a time receives from a link")
        if let message = state.message {
            let giver = state.giver
            state.message = nil
            state.giver = nil
            return (.some(message), giver)
        }
        if state.end != nil { return (.some(nil), nil) }
        state.taker = taker
        return (nil, nil)
    }
}
