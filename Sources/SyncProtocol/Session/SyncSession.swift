public import CRDT

/// What two replicas say to each other over one link, without the link (`Session-States.md`).
///
/// Pure: the caller performs the effects in their order and feeds outcomes back as inputs. Every
/// input in every state is answered; no peer can trap it, stall another session through it or make
/// it hold more than `SyncLimits` allow.
public struct SyncSession: Sendable {
    /// Who opened the link; the initiator says hello first.
    public enum Role: Hashable, Sendable { case initiator, responder }

    public enum Input: Hashable, Sendable {
        /// The link stands and is idle. The first input.
        /// - Parameter nonce: 16 fresh random bytes.
        case opened(LocalState, nonce: UInt128)
        /// A decoded message, opened if its kind is sealed for the link.
        case received(Message)
        /// The link took the last message and could take another.
        case sent
        /// After a durable commit that did not come from this session: own or of another session.
        case localChanged(LocalState)
        /// After deliveries of this session are durable or refused: takes the place of
        /// `localChanged` for that commit.
        case merged(LocalState, [Settlement])
        /// Answers `fetch`.
        case frames(FrameAnswer)
        /// Answers `fetchControl`.
        case control(ControlAnswer)
        /// Answers `fetchPins`: per branch the entries at its head and 1, 2, 4, 8 … before it.
        case pins(WriterID, [ContextEntry])
        /// Something that was sent before would be welcome now: say the vector again, so that the
        /// peer sends every gap. After a key or a quota has come, not as a habit.
        case askAgain
        case timerFired(Timer)
        /// End the session from this side and say why.
        case leave(CloseReason)
        /// The link is gone.
        case closed
    }

    public enum Effect: Hashable, Sendable {
        /// Hand the message to the link, and say `sent` when it was taken. Never two at once, but
        /// for a `close`, which may follow at any time and wants no `sent`.
        case send(Message)
        /// Read frames and answer by `frames`. A newer request takes the place of an unanswered
        /// one.
        case fetch(FrameRequest)
        /// Read control items and answer by `control`; likewise.
        case fetchControl(ControlRequest)
        /// Look up points of the histories held here of this writer.
        case fetchPins(WriterID)
        /// Open the frame, merge it, and settle it by `merged` when that is durable.
        case deliver([UInt8])
        /// Open and store the control item, and settle it by `merged` when that is durable.
        case deliverControl([UInt8])
        /// Fire once, after this long. A timer that comes late or for nothing does no harm.
        case setTimer(Timer, after: Duration)
        case report(SessionReport)
        /// The session has ended: close the link. The last effect ever.
        case close(CloseReason)
    }

    public enum Timer: Hashable, Sendable {
        /// The peer's hello is due.
        case greeting
        /// The next digest may be sent.
        case status
    }

    enum State: Sendable {
        case waiting
        case greeting(Greeting)
        case exchanging(Exchange)
        case closed(CloseReason)
    }

    public let role: Role
    var state = State.waiting

    public init(role: Role) { self.role = role }

    /// Why the session ended; `nil` while it lives.
    public var closeReason: CloseReason? {
        switch state {
        case .waiting, .greeting, .exchanging: nil
        case .closed(let reason): reason
        }
    }

    /// - Parameter now: a time that never steps back, from any beginning.
    public mutating func handle(_ input: Input, at now: Duration) -> [Effect] {
        if case .closed = state { return [] }
        let hasOpened = hasOpened
        switch input {
        case .closed:
            state = .closed(.linkLost)
            return []
        case .leave(let reason):
            return end(reason, hasOpened: hasOpened)
        case .received(.close(let reason)):
            state = .closed(reason)
            return [.close(reason)]
        case .opened, .received, .sent, .localChanged, .merged, .frames, .control, .pins,
            .askAgain, .timerFired:
            break
        }
        var effects: [Effect] = []
        do throws(CloseReason) {
            try advance(input, at: now, into: &effects)
            return effects
        } catch {
            return effects + end(error, hasOpened: hasOpened)
        }
    }

    private var hasOpened: Bool {
        switch state {
        case .waiting: false
        case .greeting, .exchanging, .closed: true
        }
    }

    private mutating func end(_ reason: CloseReason, hasOpened: Bool) -> [Effect] {
        state = .closed(reason)
        return hasOpened ? [.send(.close(reason)), .close(reason)] : [.close(reason)]
    }

    private mutating func advance(
        _ input: Input, at now: Duration, into effects: inout [Effect]
    ) throws(CloseReason) {
        // The state is taken out while it changes, so that its arrays are not copied.
        let current = state
        state = .waiting
        switch consume current {
        case .waiting:
            guard case .opened(let local, let nonce) = input else { return }
            state = .greeting(
                try Greeting(role, local, nonce: nonce, into: &effects))
        case .greeting(var greeting):
            if let exchange = try greeting.handle(input, at: now, into: &effects) {
                state = .exchanging(exchange)
            } else {
                state = .greeting(greeting)
            }
        case .exchanging(var exchange):
            defer { state = .exchanging(exchange) }
            try exchange.handle(input, at: now, into: &effects)
        case .closed(let reason):
            state = .closed(reason)
        }
    }
}
