internal import NIOConcurrencyHelpers
internal import NIOCore

/// Hands messages from the task that reads the socket to the one that serves the link, one at a
/// time: `put` returns only once the message was taken, so a slow server stops the socket.
// The lock guards plain values; continuations are resumed outside it.
final class Inbox: Sendable {
    private struct State {
        var message: ByteBuffer?
        var end: Result<Void, TransportError>?
        var taker: CheckedContinuation<ByteBuffer?, any Error>?
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
        let (taker, giver, outcome) = state.withLockedValue { state in
            let outcome = state.end ?? result
            state.end = outcome
            defer {
                state.taker = nil
                state.giver = nil
            }
            return (state.taker, state.giver, outcome)
        }
        switch outcome {
        case .success: taker?.resume(returning: nil)
        case .failure(let error): taker?.resume(throwing: error)
        }
        giver?.resume()
    }

    /// What went wrong, once something has.
    var trouble: TransportError? {
        state.withLockedValue { state in
            guard case .failure(let error) = state.end else { return nil }
            return error
        }
    }

    /// The next message, `nil` at the end or when the calling task is cancelled.
    func take() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { taker in
                let (answer, giver) = state.withLockedValue { take(from: &$0, taker) }
                giver?.resume()
                if let answer { taker.resume(with: answer) }
            }
        } onCancel: {
            end(.success(()))
        }
    }

    private func take(
        from state: inout State, _ taker: CheckedContinuation<ByteBuffer?, any Error>
    ) -> (Result<ByteBuffer?, any Error>?, CheckedContinuation<Void, Never>?) {
        precondition(state.taker == nil, "one task at a time receives from a link")
        if let message = state.message {
            let giver = state.giver
            state.message = nil
            state.giver = nil
            return (.success(message), giver)
        }
        switch state.end {
        case .success: return (.success(nil), nil)
        case .failure(let error): return (.failure(error), nil)
        case nil:
            state.taker = taker
            return (nil, nil)
        }
    }
}
