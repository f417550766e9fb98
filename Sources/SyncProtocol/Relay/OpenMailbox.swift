import CRDT

/// The relay's end after the welcome: what is open with the store, and for which page.
struct OpenMailbox: Sendable {
    private enum Reading: Sendable {
        case none
        /// The store reads. Growth seen meanwhile is not in what it answers, perhaps.
        case fetching(MailboxReadRequest, hasGrown: Bool)
        /// Nothing to send yet.
        case waiting(MailboxReadRequest)
        /// The page waits for the link.
        case sending
    }

    private let role: RelayRole
    private var reading = Reading.none
    private var isPerforming = false
    private var bytesOpen: [UInt32: Int] = [:]
    private var bytesOpenSum = 0

    init(_ role: RelayRole) { self.role = role }

    /// The box may ask for the next page from here on.
    mutating func pageEndLeft() { reading = .none }

    mutating func handle(
        _ input: RelaySession.Input, _ outbox: inout RelayOutbox,
        into effects: inout [RelaySession.Effect]
    ) throws(RelayCloseReason) {
        switch input {
        case .received(let message):
            switch role {
            case .device: try receive(message, outbox, into: &effects)
            case .admin: try receiveDeed(message, outbox, into: &effects)
            }
        case .appended(let tag, let result): settle(tag, result, &outbox)
        case .fetched(let result): try take(result, &outbox, into: &effects)
        case .performed(let tag, let answer):
            guard isPerforming else { return }
            isPerforming = false
            switch answer {
            case .done: outbox.add(.done(tag: tag))
            case .keys(let keys): outbox.add(.keys(tag: tag, keys))
            case .refused(let refusal): outbox.add(.refused(tag: tag, refusal))
            }
        case .grew: grow(into: &effects)
        case .opened, .sent, .admitted, .turnedAway, .timerFired, .leave, .closed: return
        }
    }

    private mutating func receive(
        _ message: RelayMessage, _ outbox: RelayOutbox, into effects: inout [RelaySession.Effect]
    ) throws(RelayCloseReason) {
        switch message {
        case .append(let tag, let bytes):
            guard bytesOpen[tag] == nil else { throw .outOfTurn }
            // Answers that the box has not been sent yet count as open: who does not read is not
            // served.
            guard bytesOpen.count + outbox.answerCount < RelayLimits.appendsOpenMax,
                bytesOpenSum + bytes.count <= RelayLimits.appendBytesOpenMax
            else { throw .limitExceeded }
            bytesOpen[tag] = bytes.count
            bytesOpenSum += bytes.count
            effects.append(.append(tag: tag, bytes))
        case .read(let request):
            guard case .none = reading else { throw .outOfTurn }
            reading = .fetching(request, hasGrown: false)
            effects.append(.fetch(request))
        default: throw .outOfTurn
        }
    }

    private mutating func receiveDeed(
        _ message: RelayMessage, _ outbox: RelayOutbox, into effects: inout [RelaySession.Effect]
    ) throws(RelayCloseReason) {
        guard case .deed(let tag, let deed) = message, !isPerforming, outbox.answerCount == 0
        else { throw .outOfTurn }
        isPerforming = true
        effects.append(.perform(tag: tag, deed))
    }

    private mutating func settle(
        _ tag: UInt32, _ result: Result<MailboxReceipt, MailboxRefusal>,
        _ outbox: inout RelayOutbox
    ) {
        guard let bytes = bytesOpen.removeValue(forKey: tag) else { return }
        bytesOpenSum -= bytes
        switch result {
        case .success(let receipt): outbox.add(.appended(tag: tag, receipt))
        case .failure(let refusal): outbox.add(.refused(tag: tag, refusal))
        }
    }

    private mutating func take(
        _ result: Result<MailboxAnswer, MailboxRefusal>, _ outbox: inout RelayOutbox,
        into effects: inout [RelaySession.Effect]
    ) throws(RelayCloseReason) {
        guard case .fetching(let request, let hasGrown) = reading else { return }
        switch result {
        case .failure(let refusal): throw RelayCloseReason(refusal)
        case .success(.reset(let reason, let floor)):
            outbox.add(.reset(reason, floor: floor))
            reading = .sending
        case .success(.page(let page)):
            if page.items.isEmpty, request.waits {
                reading = .waiting(request)
                if hasGrown { grow(into: &effects) }
                return
            }
            for item in page.items { outbox.add(.item(item)) }
            outbox.add(.pageEnd(page.end, headNumber: page.headNumber))
            reading = .sending
        }
    }

    private mutating func grow(into effects: inout [RelaySession.Effect]) {
        switch reading {
        case .waiting(let request):
            reading = .fetching(request, hasGrown: false)
            effects.append(.fetch(request))
        case .fetching(let request, _): reading = .fetching(request, hasGrown: true)
        case .none, .sending: return
        }
    }
}

extension RelayCloseReason {
    /// What a refusal of the store means to a talk that cannot go on.
    public init(_ refusal: MailboxRefusal) {
        switch refusal {
        case .unknownMailbox: self = .unknownMailbox
        case .unknownKey: self = .notAdmitted
        case .inviteRefused: self = .inviteRefused
        case .mailboxTaken: self = .mailboxTaken
        case .quotaBytes, .quotaItems, .keysFull, .beyondHead: self = .limitExceeded
        case .busy, .failed: self = .unavailable
        }
    }
}
