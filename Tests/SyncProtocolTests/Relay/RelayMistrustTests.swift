import CRDT
import SyncProtocol
import Testing

/// What either side does about one that breaks the rules.
@Suite struct RelayMistrustTests {
    @Test func `another relay than the one meant is left before anything is signed`() {
        var scene = RelayScene()
        scene.open(expecting: RelayID(9))
        #expect(scene.box.closeReason == .otherRelay)
        #expect(scene.relay.closeReason == .otherRelay)
    }

    @Test func `a login signed for another connection is not admitted`() {
        var scene = RelayScene()
        scene.open(seenBy: .serverCertificate(ContentHash(1, 2, 3, 4)))
        #expect(scene.box.closeReason == .notAdmitted)
        #expect(!scene.relay.isAdmitted)
    }

    @Test func `a challenge without a common version is left`() {
        var scene = RelayScene()
        scene.forge = { message in
            guard case .challenge(let challenge) = message else { return message }
            return .challenge(
                RelayChallenge(versions: 2...9, relay: challenge.relay, nonce: challenge.nonce))
        }
        scene.open()
        #expect(scene.box.closeReason == .noCommonVersion)
    }

    @Test func `no login in time ends the talk on either side`() {
        var relay = RelaySession()
        _ = relay.handle(
            .opened(RelayChallenge(relay: RelayScene.relay, nonce: RelayScene.nonce), .loopback),
            at: .zero)
        #expect(relay.handle(.timerFired, at: .zero).last == .close(.loginTimedOut))
        var box = MailboxSession(hasher: ToyHasher())
        _ = box.handle(
            .opened(
                MailboxAddress(relay: RelayScene.relay, claim: RelayScene.claim(.login(.device))),
                .loopback), at: .zero)
        #expect(box.handle(.timerFired, at: .zero).last == .close(.loginTimedOut))
    }

    @Test func `nothing but a claim is taken before the welcome`() {
        var random = Seeded(6)
        for _ in 0..<500 {
            var relay = RelaySession()
            _ = relay.handle(
                .opened(
                    RelayChallenge(relay: RelayScene.relay, nonce: RelayScene.nonce), .loopback),
                at: .zero)
            let message = random.relayMessage()
            let effects = relay.handle(.received(message), at: .zero)
            switch message {
            case .claim(_, version: 1, _):
                #expect(effects.count == 1 && relay.closeReason == nil)
            default: #expect(relay.closeReason != nil)
            }
        }
    }

    static let lies: [@Sendable (RelayMessage) -> RelayMessage] = [
        { message in
            guard case .appended(let tag, let receipt) = message else { return message }
            return .appended(
                tag: tag, MailboxReceipt(number: receipt.number, hash: ContentHash(1, 2, 3, 4)))
        },
        { message in
            guard case .item(let item) = message else { return message }
            return .item(MailboxItem(number: item.number + 1, bytes: item.bytes))
        },
        { message in
            guard case .item(let item) = message, item.number == 2 else { return message }
            return .item(MailboxItem(number: 2, bytes: item.bytes + [0]))
        },
        { message in
            guard case .pageEnd(let cursor, let head) = message else { return message }
            return .pageEnd(
                MailboxCursor(
                    generation: cursor.generation, number: cursor.number + 1, chain: cursor.chain),
                headNumber: head + 1)
        },
        { message in
            guard case .pageEnd(let cursor, _) = message else { return message }
            return .pageEnd(cursor, headNumber: cursor.number - 1)
        },
        { message in
            guard case .item(let item) = message, item.number == 1 else { return message }
            return .pageEnd(.start(generation: 1), headNumber: 3)
        },
    ]

    @Test(arguments: lies.indices)
    func `a receipt or page that contradicts itself ends the talk`(lie: Int) {
        var scene = RelayScene()
        scene.mailbox.items = [[1], [2], [3]]
        scene.forge = Self.lies[lie]
        scene.open()
        scene.tellBox(.append(tag: 1, [4]))
        scene.tellBox(.read(MailboxReadRequest(after: .start(generation: 1), waits: true)))
        scene.run()
        #expect(scene.box.closeReason == .notBelieved)
        #expect(scene.relay.closeReason == .notBelieved)
    }

    @Test func `a box that takes no answers cannot make the relay hold many`() {
        var scene = RelayScene()
        scene.open()
        var relay = scene.relay
        var tag: UInt32 = 0
        while relay.closeReason == nil, tag < 10_000 {
            tag += 1
            _ = relay.handle(.received(.append(tag: tag, [1])), at: .zero)
            let receipt = MailboxReceipt(number: 1, hash: ContentHash(0, 0, 0, 0))
            _ = relay.handle(.appended(tag: tag, .success(receipt)), at: .zero)
        }
        #expect(relay.closeReason == .limitExceeded)
        #expect(Int(tag) <= RelayLimits.appendsOpenMax + 2)
    }

    @Test func `more bytes than allowed on their way end the talk`() {
        var scene = RelayScene()
        scene.open()
        let item = [UInt8](repeating: 1, count: RelayLimits.itemBytesMax)
        var sent = 0
        while scene.relay.closeReason == nil, sent < 10 {
            sent += 1
            _ = scene.relay.handle(.received(.append(tag: UInt32(sent), item)), at: .zero)
        }
        #expect(sent == RelayLimits.appendBytesOpenMax / RelayLimits.itemBytesMax + 1)
        #expect(scene.relay.closeReason == .limitExceeded)
    }

    @Test func `a second page before the first has ended is out of turn`() {
        var scene = RelayScene()
        scene.open()
        let read = RelayMessage.read(MailboxReadRequest(after: .start(generation: 1), waits: true))
        _ = scene.relay.handle(.received(read), at: .zero)
        #expect(scene.relay.handle(.received(read), at: .zero).last == .close(.outOfTurn))
    }

    /// Any input in any order from a caller and a peer who follow no rule.
    @Test(arguments: 0..<UInt64(200))
    func `both machines answer every input in every state and hold little`(seed: UInt64) {
        var random = Seeded(seed)
        var scene = RelayScene()
        scene.mailbox.items = [[1], [2], [3]]
        if random.below(4) > 0 { scene.open(random.below(3) == 0 ? .admin : .device) }
        var (box, relay) = (scene.box, scene.relay)
        for _ in 0..<200 {
            _ = box.handle(random.boxInput(), at: .zero)
            _ = relay.handle(random.relayInput(scene.mailbox), at: .zero)
            #expect(relay.waitingCount <= 2 * RelayLimits.appendsOpenMax)
            if box.closeReason != nil, relay.closeReason != nil { break }
        }
        _ = box.handle(.closed, at: .zero)
        #expect(box.handle(.received(.done(tag: 1)), at: .zero) == [])
    }
}

extension Seeded {
    /// Mostly mild, so that the talk lasts.
    mutating func boxInput() -> MailboxSession.Input {
        switch below(40) {
        case 0: .received(relayMessage())
        case 1: .timerFired
        case 2: .signed(bytes(below(2) * 64))
        case 3..<12: .append(tag: UInt32(below(90)), bytes(below(20)))
        case 12..<20:
            .read(MailboxReadRequest(after: cursor(), items: below(9), waits: below(2) == 0))
        case 20..<24: .perform(tag: UInt32(below(9)), deed())
        default: .sent
        }
    }

    mutating func relayInput(_ mailbox: ToyMailbox) -> RelaySession.Input {
        switch below(40) {
        case 0: .received(relayMessage())
        case 1: .timerFired
        case 2..<12: .received(.append(tag: UInt32(next() >> 40), bytes(1 + below(20))))
        case 12: .received(.read(MailboxReadRequest(after: cursor(), waits: below(2) == 0)))
        case 13..<16:
            .fetched(
                .success(
                    mailbox.page(MailboxReadRequest(after: .start(generation: 1), waits: false))))
        case 16..<20:
            .appended(tag: UInt32(next() >> 40), .success(MailboxReceipt(number: 1, hash: hash())))
        case 20: .performed(tag: UInt32(below(9)), .done)
        case 21: .admitted(standing())
        case 22..<26: .grew
        default: .sent
        }
    }
}
