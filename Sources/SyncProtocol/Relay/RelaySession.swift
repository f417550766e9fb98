import CRDT

/// The relay's end of a talk with one box, without link, keys and disk (`Relay-Wire.md`).
///
/// Pure and total: every input in every state is answered. No peer can trap it or make it hold
/// more than `RelayLimits` allow: answers wait until the link takes them, and nothing new is taken
/// in while too many wait.
public struct RelaySession: Sendable {
    /// What can happen to it.
    public enum Input: Hashable, Sendable {
        /// The link stands. The first input.
        case opened(RelayChallenge, ChannelBinding)
        /// A decoded message.
        case received(RelayMessage)
        /// The link took the last message and could take another.
        case sent
        /// Answers `check`: the signature holds and the store admits the pass.
        case admitted(MailboxStanding)
        /// Answers `check`.
        case turnedAway(RelayCloseReason)
        /// Answers `append`; what is told here is on disk.
        case appended(tag: UInt32, Result<MailboxReceipt, MailboxRefusal>)
        /// Answers `fetch`.
        case fetched(Result<MailboxAnswer, MailboxRefusal>)
        /// Answers `perform`.
        case performed(tag: UInt32, MailboxDeedAnswer)
        /// Somebody appended to the mailbox.
        case grew
        /// The timer that was set has run out.
        case timerFired
        /// End the talk from this side and say why.
        case leave(RelayCloseReason)
        /// The link is gone.
        case closed
    }

    /// What it wishes for, in this order.
    public enum Effect: Hashable, Sendable {
        /// Send a message; `sent` answers.
        case send(RelayMessage)
        /// Verify the signature over the message, then ask the store.
        case check(SignedRelayClaim)
        /// Keep an item. Several may be open; their order is the box's.
        case append(tag: UInt32, [UInt8])
        /// Read a page. One at a time.
        case fetch(MailboxReadRequest)
        /// Do what an admin asks. One at a time.
        case perform(tag: UInt32, MailboxDeed)
        /// Say `timerFired` after so long.
        case setTimer(Duration)
        /// The talk is over; close the link once what was sent has left.
        case close(RelayCloseReason)
    }

    private enum State: Sendable {
        case waiting
        case greeting(RelayChallenge, ChannelBinding)
        case checking(RelayRole)
        case open(OpenMailbox)
        case closed(RelayCloseReason)
    }

    private var state = State.waiting
    private var outbox = RelayOutbox()

    /// A talk that has not begun.
    public init() {}

    /// Why it ended; `nil` while it lasts.
    public var closeReason: RelayCloseReason? {
        guard case .closed(let reason) = state else { return nil }
        return reason
    }

    /// Whether a box has been admitted; until then only a short message is due.
    public var isAdmitted: Bool {
        guard case .open = state else { return false }
        return true
    }

    /// Answers and items that wait for the link.
    public var waitingCount: Int { outbox.count }

    /// The one door. `now` is not used yet; timers come as inputs.
    public mutating func handle(_ input: Input, at now: Duration) -> [Effect] {
        if case .closed = state { return [] }
        var effects: [Effect] = []
        do throws(RelayCloseReason) {
            try advance(input, into: &effects)
        } catch {
            end(error, isTold: input.isFromLink, into: &effects)
            return effects
        }
        if let message = outbox.next() { effects.append(.send(message)) }
        if case .open(var mailbox) = state, outbox.justTookPageEnd {
            mailbox.pageEndLeft()
            state = .open(mailbox)
        }
        return effects
    }

    /// - Parameter isTold: the other side is gone or has said goodbye; nothing is sent.
    private mutating func end(
        _ reason: RelayCloseReason, isTold: Bool, into effects: inout [Effect]
    ) {
        if case .waiting = state {
            effects.append(.close(reason))
        } else {
            effects += isTold ? [.close(reason)] : [.send(.close(reason)), .close(reason)]
        }
        state = .closed(reason)
        outbox = RelayOutbox()
    }

    private mutating func advance(
        _ input: Input, into effects: inout [Effect]
    ) throws(RelayCloseReason) {
        switch input {
        case .leave(let reason): throw reason
        case .closed: throw .linkLost
        case .received(.close(let reason)): throw reason
        case .sent:
            outbox.linkIsFree()
            return
        default: break
        }
        // The state is taken out while it changes, so that its arrays are not copied.
        let current = state
        state = .waiting
        switch consume current {
        case .waiting:
            guard case .opened(let challenge, let binding) = input else { return }
            outbox.add(.challenge(challenge))
            effects.append(.setTimer(RelayLimits.loginTimeout))
            state = .greeting(challenge, binding)
        case .greeting(let challenge, let binding):
            state = .greeting(challenge, binding)
            try greet(input, challenge, binding, into: &effects)
        case .checking(let role):
            state = .checking(role)
            try check(input, role)
        case .open(var mailbox):
            defer { state = .open(mailbox) }
            try mailbox.handle(input, &outbox, into: &effects)
        case .closed(let reason):
            state = .closed(reason)
        }
    }

    private mutating func greet(
        _ input: Input, _ challenge: RelayChallenge, _ binding: ChannelBinding,
        into effects: inout [Effect]
    ) throws(RelayCloseReason) {
        switch input {
        case .received(.claim(let claim, let version, let signature)):
            guard challenge.versions.contains(version) else { throw .noCommonVersion }
            let message = claim.message(
                version: version, relay: challenge.relay, nonce: challenge.nonce,
                binding: binding)
            effects.append(
                .check(SignedRelayClaim(claim: claim, message: message, signature: signature)))
            state = .checking(claim.role)
        case .received: throw .outOfTurn
        case .timerFired: throw .loginTimedOut
        default: return
        }
    }

    private mutating func check(
        _ input: Input, _ role: RelayRole
    ) throws(RelayCloseReason) {
        switch input {
        case .admitted(let standing):
            outbox.add(.welcome(standing))
            state = .open(OpenMailbox(role))
        case .turnedAway(let reason): throw reason
        // Nothing may be said before the welcome; a box that waits loses no time.
        case .received: throw .outOfTurn
        case .timerFired: throw .loginTimedOut
        default: return
        }
    }
}

extension RelaySession.Input {
    /// Whether the other side has ended the talk by itself.
    fileprivate var isFromLink: Bool {
        switch self {
        case .closed, .received(.close): true
        default: false
        }
    }
}

extension RelayMessage {
    fileprivate var isAnswer: Bool {
        switch self {
        case .appended, .refused, .done, .keys: true
        default: false
        }
    }
}

/// Messages that wait for the link, one of which is on its way.
struct RelayOutbox: Sendable {
    private var waiting: [RelayMessage] = []
    private var first = 0
    private var isBusy = false
    /// Whether the last message taken ended a page.
    private(set) var justTookPageEnd = false

    /// Answers to appends and deeds among those that wait.
    private(set) var answerCount = 0

    var count: Int { waiting.count - first }

    mutating func add(_ message: RelayMessage) {
        waiting.append(message)
        if message.isAnswer { answerCount += 1 }
    }

    mutating func linkIsFree() { isBusy = false }

    /// What to hand to the link now.
    mutating func next() -> RelayMessage? {
        justTookPageEnd = false
        guard !isBusy, first < waiting.count else { return nil }
        let message = waiting[first]
        first += 1
        if first == waiting.count {
            waiting.removeAll()
            first = 0
        }
        isBusy = true
        if message.isAnswer { answerCount -= 1 }
        switch message {
        case .pageEnd, .reset: justTookPageEnd = true
        default: break
        }
        return message
    }
}
