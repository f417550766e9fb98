import CRDT
import SyncProtocol
import Testing

@Suite struct RelaySessionTests {
    @Test func `a box enters, uploads, and another reads on from its cursor`() {
        var scene = RelayScene()
        scene.open()
        #expect(scene.told.contains(.joined(ToyMailbox().standing)))
        for number in 0..<40 {
            scene.tellBox(.append(tag: UInt32(number), [UInt8(number), 7]))
        }
        scene.run()
        #expect(scene.mailbox.items == (0..<40).map { [UInt8($0), 7] })
        let receipts = scene.told.compactMap { effect in
            guard case .settled(_, .success(let receipt)) = effect else { return UInt64?.none }
            return receipt.number
        }
        #expect(receipts == Array(1...40))

        var reader = RelayScene(mailbox: scene.mailbox)
        reader.open()
        var cursor = MailboxCursor.start(generation: 1)
        for _ in 0..<6 {
            reader.tellBox(.read(MailboxReadRequest(after: cursor, items: 7, waits: false)))
            reader.run()
            cursor = reader.lastCursor ?? cursor
        }
        #expect(reader.delivered == scene.mailbox.items)
        #expect(cursor == scene.mailbox.cursor(at: 40))
    }

    @Test func `the same bytes twice keep their number`() {
        var scene = RelayScene()
        scene.open()
        for tag in [1, 2] as [UInt32] {
            scene.tellBox(.append(tag: tag, [5]))
            scene.run()
        }
        let receipt = MailboxReceipt(
            number: 1, hash: MailboxCursor.itemHash([5], ToyHasher()))
        #expect(scene.mailbox.items.count == 1)
        #expect(
            scene.told.suffix(2) == [
                .settled(tag: 1, .success(receipt)), .settled(tag: 2, .success(receipt)),
            ])
    }

    @Test func `a page that waits comes with the next item`() {
        var scene = RelayScene()
        scene.open()
        scene.tellBox(.read(MailboxReadRequest(after: .start(generation: 1), waits: true)))
        scene.run()
        #expect(scene.delivered == [])
        _ = scene.mailbox.append([9])
        scene.tellRelay(.grew)
        scene.run()
        #expect(scene.delivered == [[9]])
        #expect(scene.lastCursor == scene.mailbox.cursor(at: 1))
    }

    @Test func `growth while the store reads is not missed`() {
        var relay = RelaySession()
        var scene = RelayScene()
        scene.open()
        relay = scene.relay
        let request = MailboxReadRequest(after: .start(generation: 1), waits: true)
        #expect(relay.handle(.received(.read(request)), at: .zero) == [.fetch(request)])
        #expect(relay.handle(.grew, at: .zero) == [])
        let empty = MailboxPage(items: [], end: request.cursor, headNumber: 0)
        #expect(relay.handle(.fetched(.success(.page(empty))), at: .zero) == [.fetch(request)])
    }

    @Test func `a cursor of another life, beyond, of another branch or below the floor is reset`() {
        var scene = RelayScene()
        scene.mailbox.items = [[1], [2], [3]]
        scene.mailbox.floor = 1
        scene.open()
        let good = scene.mailbox.cursor(at: 2)
        let cases: [(MailboxCursor, MailboxResetReason)] = [
            (MailboxCursor(generation: 2, number: 2, chain: good.chain), .generation),
            (MailboxCursor(generation: 1, number: 4, chain: good.chain), .beyond),
            (MailboxCursor(generation: 1, number: 3, chain: good.chain), .chain),
            (.start(generation: 1), .trimmed),
        ]
        for (cursor, reason) in cases {
            scene.tellBox(.read(MailboxReadRequest(after: cursor, waits: true)))
            scene.run()
            #expect(scene.told.last == .reset(reason, floor: scene.mailbox.cursor(at: 1)))
        }
        scene.tellBox(.read(MailboxReadRequest(after: good, waits: true)))
        scene.run()
        #expect(scene.delivered == [[3]])
    }

    @Test func `a refusal reaches its tag and the talk goes on`() {
        var scene = RelayScene()
        scene.mailbox.itemsMax = 1
        scene.open()
        for tag in 1...3 as ClosedRange<UInt32> { scene.tellBox(.append(tag: tag, [UInt8(tag)])) }
        scene.run()
        #expect(
            scene.told.suffix(2) == [
                .settled(tag: 2, .failure(.quotaItems)), .settled(tag: 3, .failure(.quotaItems)),
            ])
        #expect(scene.box.closeReason == nil)
    }

    @Test func `an admin trims, adds, lists and removes keys, and neither appends nor reads`() {
        var scene = RelayScene()
        scene.mailbox.items = [[1], [2]]
        scene.open(.admin)
        let deeds: [(MailboxDeed, MailboxDeedAnswer)] = [
            (.addKey(RelayScene.fill(2)), .done), (.addKey(RelayScene.fill(1)), .done),
            (.listKeys, .keys([RelayScene.fill(1), RelayScene.fill(2)])),
            (.removeKey(RelayScene.fill(1)), .done), (.listKeys, .keys([RelayScene.fill(2)])),
            (.trim(through: 3), .refused(.beyondHead)), (.trim(through: 1), .done),
        ]
        for (tag, (deed, answer)) in deeds.enumerated() {
            scene.tellBox(.perform(tag: UInt32(tag), deed))
            scene.run()
            #expect(scene.told.last == .performed(tag: UInt32(tag), answer))
        }
        #expect(scene.mailbox.floor == 1)
        #expect(
            scene.relay.handle(.received(.append(tag: 1, [1])), at: .zero).last
                == .close(.outOfTurn))
    }

    @Test func `a device may do none of an admin's deeds`() {
        var scene = RelayScene()
        scene.open()
        let effects = scene.relay.handle(.received(.deed(tag: 1, .listKeys)), at: .zero)
        #expect(effects == [.send(.close(.outOfTurn)), .close(.outOfTurn)])
    }
}
