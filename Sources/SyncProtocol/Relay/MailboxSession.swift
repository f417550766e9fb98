public import CRDT

/// The box's end of a talk with a relay, without link and keys (`Relay-Wire.md`).
///
/// It believes nothing that it can compute: a receipt must name the bytes that were sent, a page
/// must go on from the cursor without a gap and end at the chain of its items.
public struct MailboxSession: Sendable {
    /// What can happen to it.
    public enum Input: Hashable, Sendable {
        /// The link stands. The first input.
        case opened(MailboxAddress, ChannelBinding)
        /// A decoded message.
        case received(RelayMessage)
        /// The link took the last message and could take another.
        case sent
        /// Answers `sign`: 64 bytes.
        case signed([UInt8])
        /// Upload an item of 1 to `RelayLimits.itemBytesMax` bytes, under a tag of one's own that
        /// is not open. `hasRoom` says whether there is room; beyond it is refused as `busy`.
        case append(tag: UInt32, [UInt8])
        /// Ask for a page. One at a time; another is ignored.
        case read(MailboxReadRequest)
        /// As admin. One at a time; another is refused as `busy`.
        case perform(tag: UInt32, MailboxDeed)
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
        /// Sign these bytes with the relay key of the address; `signed` answers.
        case sign([UInt8])
        /// Entered. A generation other than the one last seen: what was there is gone.
        case joined(MailboxStanding)
        /// The relay has these bytes on its disk, or will not have them.
        case settled(tag: UInt32, Result<MailboxReceipt, MailboxRefusal>)
        /// The next item of the page.
        case deliver(MailboxItem)
        /// All items up to the cursor were delivered: once they are durable, keep it.
        case pageRead(MailboxCursor, headNumber: UInt64)
        /// The mailbox is not the one that the cursor is of; go on from `floor`.
        case reset(MailboxResetReason, floor: MailboxCursor)
        /// Answers `perform`.
        case performed(tag: UInt32, MailboxDeedAnswer)
        /// Say `timerFired` after so long.
        case setTimer(Duration)
        /// The talk is over.
        case close(RelayCloseReason)
    }

    private enum State: Sendable {
        case waiting
        /// No challenge yet.
        case dialled(MailboxAddress, ChannelBinding)
        case signing(MailboxAddress, version: UInt8)
        /// The claim is out.
        case claiming(RelayRole)
        case open(OpenTalk)
        case closed(RelayCloseReason)
    }

    private let hasher: any ContentHasher
    private var state = State.waiting
    private var outbox = RelayOutbox()

    /// A talk that has not begun.
    public init(hasher: any ContentHasher) { self.hasher = hasher }

    /// Why it ended; `nil` while it lasts.
    public var closeReason: RelayCloseReason? {
        guard case .closed(let reason) = state else { return nil }
        return reason
    }

    /// Whether an item of so many bytes may be appended now.
    public func hasRoom(forBytes count: Int) -> Bool {
        guard case .open(let talk) = state else { return false }
        return talk.hasRoom(forBytes: count)
    }

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
        return effects
    }

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
        let current = state
        state = .waiting
        switch consume current {
        case .waiting:
            guard case .opened(let address, let binding) = input else { return }
            effects.append(.setTimer(RelayLimits.loginTimeout))
            state = .dialled(address, binding)
        case .open(var talk):
            defer { state = .open(talk) }
            try talk.handle(input, hasher, &outbox, into: &effects)
        case let greeting:
            state = greeting
            try greet(input, into: &effects)
        }
    }

    private mutating func greet(
        _ input: Input, into effects: inout [Effect]
    ) throws(RelayCloseReason) {
        switch (state, input) {
        case (.dialled(let address, let binding), .received(.challenge(let challenge))):
            guard challenge.relay == address.relay else { throw .otherRelay }
            let version = min(
                challenge.versions.upperBound, RelayLimits.versions.upperBound)
            guard challenge.versions.contains(version), RelayLimits.versions.contains(version)
            else { throw .noCommonVersion }
            effects.append(
                .sign(
                    address.claim.message(
                        version: version, relay: challenge.relay, nonce: challenge.nonce,
                        binding: binding)))
            state = .signing(address, version: version)
        case (.signing(let address, let version), .signed(let signature)):
            guard signature.count == RelayLimits.signatureBytes else { throw .goingAway }
            outbox.add(.claim(address.claim, version: version, signature: signature))
            state = .claiming(address.claim.role)
        case (.claiming(let role), .received(.welcome(let standing))):
            state = .open(OpenTalk(role))
            effects.append(.joined(standing))
        case (_, .received): throw .outOfTurn
        case (_, .timerFired): throw .loginTimedOut
        case (_, .append(let tag, _)): effects.append(.settled(tag: tag, .failure(.busy)))
        case (_, .perform(let tag, _)):
            effects.append(.performed(tag: tag, .refused(.busy)))
        default: return
        }
    }
}

/// Where a box has its mailbox, and what it says of itself there.
public struct MailboxAddress: Hashable, Sendable {
    /// The relay that was chosen; another one that answers is left.
    public let relay: RelayID
    /// Mailbox, key and role, or the invite.
    public let claim: RelayClaim

    /// Joins relay and claim.
    public init(relay: RelayID, claim: RelayClaim) {
        self.relay = relay
        self.claim = claim
    }
}

extension MailboxSession.Input {
    /// Whether the other side has ended the talk by itself.
    fileprivate var isFromLink: Bool {
        switch self {
        case .closed, .received(.close): true
        default: false
        }
    }
}
