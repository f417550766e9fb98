import CRDT

/// A session whose peer has not said hello yet.
struct Greeting: Sendable {
    let role: SyncSession.Role
    let nonce: UInt128
    private(set) var local: LocalState
    /// The state that our hello told of.
    private var said: LocalState?
    private var isLinkBusy = false

    init(
        _ role: SyncSession.Role, _ local: LocalState, nonce: UInt128,
        into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) {
        self.role = role
        self.nonce = nonce
        self.local = local
        guard local.isWithinLimits else { throw .limitExceeded }
        effects.append(.setTimer(.greeting, after: SyncLimits.greetingTimeout))
        switch role {
        case .initiator: sayHello(into: &effects)
        case .responder: break
        }
    }

    /// Gives the exchange when the peer has said hello.
    mutating func handle(
        _ input: SyncSession.Input, at now: Duration, into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) -> Exchange? {
        switch input {
        case .received(.hello(let hello)):
            return try meet(hello, at: now, into: &effects)
        case .received:
            throw .outOfTurn
        case .sent:
            isLinkBusy = false
        case .localChanged(let state), .merged(let state, _):
            guard state.isWithinLimits else { throw .limitExceeded }
            local = state
        case .timerFired(.greeting):
            throw .greetingTimedOut
        case .opened, .frames, .control, .pins, .askAgain, .timerFired(.status), .leave, .closed:
            break
        }
        return nil
    }

    private mutating func sayHello(into effects: inout [SyncSession.Effect]) {
        said = local
        isLinkBusy = true
        effects.append(.send(.hello(Hello(nonce: nonce, summary: local.summary))))
    }

    private mutating func meet(
        _ hello: Hello, at now: Duration, into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) -> Exchange {
        guard hello.nonce != nonce else { throw .reflected }
        guard hello.versions.overlaps(SyncLimits.protocolVersions) else { throw .noCommonVersion }
        if said == nil { sayHello(into: &effects) }
        effects.append(.report(.greeted(hello)))
        var exchange = try Exchange(
            local: local, said: said ?? local, hello: hello, isLinkBusy: isLinkBusy)
        exchange.proceed(at: now, into: &effects)
        return exchange
    }
}
