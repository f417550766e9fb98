internal import CRDT
internal import Signing
internal import SyncProtocol

/// One question of a talk to the store.
enum RelayQuestion: Sendable {
    case check(SignedRelayClaim)
    case append([(tag: UInt32, bytes: [UInt8])], RelayPass)
    case fetch(MailboxReadRequest, RelayPass)
    case perform(tag: UInt32, MailboxDeed, RelayPass)
}

/// What a talk wants of the store, one question at a time, so that a box's items keep their order
/// and one box cannot ask much at once.
struct RelayDesk {
    /// Items of one question: what a box may have open at most.
    var appends: [(tag: UInt32, bytes: [UInt8])] = []
    var claim: SignedRelayClaim?
    var fetch: MailboxReadRequest?
    var deed: (tag: UInt32, deed: MailboxDeed)?
    private var isAsking = false
    private var fetchedLast = false

    mutating func answered() { isAsking = false }

    /// The next question, unless one is open. Uploads and pages take turns.
    mutating func nextQuestion(_ pass: RelayPass?) -> RelayQuestion? {
        guard !isAsking, let question = takeQuestion(pass) else { return nil }
        isAsking = true
        return question
    }

    private mutating func takeQuestion(_ pass: RelayPass?) -> RelayQuestion? {
        if let claim {
            self.claim = nil
            return .check(claim)
        }
        guard let pass else { return nil }
        if let deed {
            self.deed = nil
            return .perform(tag: deed.tag, deed.deed, pass)
        }
        if !appends.isEmpty, fetch == nil || fetchedLast {
            fetchedLast = false
            defer { appends = [] }
            return .append(appends, pass)
        }
        if let fetch {
            self.fetch = nil
            fetchedLast = true
            return .fetch(fetch, pass)
        }
        return nil
    }
}

extension RelayConnection {
    /// Asks the store and says the answer as inputs of the machine.
    nonisolated func answer(
        _ question: RelayQuestion, as number: Int
    ) async -> [RelaySession.Input] {
        switch question {
        case .check(let signed): return [await check(signed, as: number)]
        case .append(let items, let pass):
            let answers = await relay.store.append(items.map(\.bytes), pass)
            if answers.contains(.failure(.failed)) { relay.notify(.storeFailed) }
            if answers.contains(where: { (try? $0.get()) != nil }) {
                await relay.tellGrowth(of: pass.mailbox)
            }
            if answers.contains(.failure(.unknownKey)) { return [.leave(.notAdmitted)] }
            return zip(items, answers).map { .appended(tag: $0.tag, $1) }
        case .fetch(let request, let pass):
            let answer = await relay.store.page(
                after: request.cursor, items: Int(request.items), bytes: Int(request.bytes), pass)
            if case .failure(.failed) = answer { relay.notify(.storeFailed) }
            return [.fetched(answer)]
        case .perform(let tag, let deed, let pass):
            let answer = await relay.store.perform(deed, pass)
            if answer == .refused(.failed) { relay.notify(.storeFailed) }
            if case .removeKey(let key) = deed, answer == .done {
                await relay.expel(key, from: pass.mailbox)
            }
            return [.performed(tag: tag, answer)]
        }
    }

    private nonisolated func check(
        _ signed: SignedRelayClaim, as number: Int
    ) async -> RelaySession.Input {
        let claim = signed.claim
        guard let key = SigningKey(bytes: claim.key.bytes),
            let signature = Signature(bytes: signed.signature),
            relay.signatures.verifies(signature, of: signed.message, by: key)
        else { return .turnedAway(.notAdmitted) }
        let pass = RelayPass(mailbox: claim.mailbox, key: claim.key, role: claim.role)
        await note(pass)
        guard await relay.enter(number, pass, self) else { return .turnedAway(.limitExceeded) }
        do throws(MailboxRefusal) {
            let standing: MailboxStanding
            switch claim.purpose {
            case .login: standing = try await relay.store.standing(pass)
            case .create(let token):
                standing = try await relay.store.create(
                    claim.mailbox, admin: claim.key, invite: token.hash(relay.hasher),
                    now: relay.environment.unixSeconds())
            }
            await relay.greet(number)
            return .admitted(standing)
        } catch {
            if error == .failed { relay.notify(.storeFailed) }
            return .turnedAway(RelayCloseReason(error))
        }
    }
}
