import CRDT
import Foundation
import RelayNode
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// A whole relay, real keys and a real file, over links in memory.
@Suite(.timeLimit(.minutes(5))) struct RelayServeTests {
    @Test func `an invite makes a mailbox; its admin lets boxes in; they exchange items`()
        async throws
    {
        let scene = try RelayScene()
        try await scene.settle()
        let items = (0..<30).map { [UInt8($0), 1, 2, 3] }
        try await scene.withBox(1) { box, entered in
            let standing = try entered.get()
            #expect(standing.head.number == 0)
            let receipts = await box.append(items)
            #expect(receipts.map { try? $0.get().number } == (1...30).map { UInt64($0) })
        }
        try await scene.withBox(2) { box, entered in
            let floor = try entered.get().floor
            let first = await box.read(MailboxReadRequest(after: floor, items: 11, waits: false))
            guard case .page(let page, let cursor) = first else {
                Issue.record("\(String(describing: first))")
                return
            }
            #expect(page == Array(items.prefix(11)))
            let second = await box.read(MailboxReadRequest(after: cursor, waits: true))
            guard case .page(let rest, _) = second else {
                Issue.record("\(String(describing: second))")
                return
            }
            #expect(rest == Array(items[11...]))
        }
        #expect(scene.notices.all.count { $0 == .entered } == 3)
    }

    @Test func `what is acknowledged is in the file, as another process reads it`() async throws {
        let scene = try RelayScene()
        try await scene.settle()
        try await scene.withBox(1) { box, entered in
            let start = try entered.get().head
            for number in 0..<5 {
                let receipt = try await box.append([[UInt8(number)]])[0].get()
                var options = SQLiteMailboxStore.Options()
                options.isServing = false
                let beside = try SQLiteMailboxStore(
                    path: scene.folder.appending(path: "relay.db").path, hasher: BLAKE2bHasher(),
                    options: options)
                let pass = RelayPass(
                    mailbox: RelayScene.mailbox, key: ToyBox.key(1), role: .device)
                let answer = await beside.page(after: start, items: 99, bytes: 99, pass)
                guard case .success(.page(let page)) = answer else {
                    Issue.record("\(answer)")
                    return
                }
                #expect(page.headNumber == receipt.number)
                #expect(page.items.last?.bytes == [UInt8(number)])
            }
        }
    }

    @Test func `a reader that waits is told of another box's item`() async throws {
        let scene = try RelayScene()
        try await scene.settle()
        let read = try await scene.withBox(2) { reader, entered in
            let start = try entered.get().head
            return try await withThrowingTaskGroup(of: ToyBox.Read?.self) { group in
                group.addTask {
                    await reader.read(MailboxReadRequest(after: start, waits: true))
                }
                try await scene.withBox(1) { writer, _ in _ = await writer.append([[7]]) }
                return try await group.next() ?? nil
            }
        }
        guard case .page(let items, let cursor) = read else {
            Issue.record("\(String(describing: read))")
            return
        }
        #expect(items == [[7]] && cursor.number == 1)
    }

    @Test func `readers lose nothing while other boxes append without end`() async throws {
        let scene = try RelayScene()
        try await scene.settle(boxes: 4)
        let all = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for reader in 3...4 as ClosedRange<UInt8> {
                group.addTask {
                    try await scene.withBox(reader) { box, entered in
                        var (cursor, items) = (try entered.get().floor, [[UInt8]]())
                        while items.count < 400 {
                            let request = MailboxReadRequest(after: cursor, items: 9, waits: true)
                            guard case .page(let page, let end) = await box.read(request) else {
                                Issue.record("no page after \(cursor.number)")
                                return items
                            }
                            items += page
                            cursor = end
                        }
                        return items
                    }
                }
            }
            for writer in 1...2 as ClosedRange<UInt8> {
                group.addTask {
                    try await scene.withBox(writer) { box, _ in
                        for number in 0..<200 {
                            _ = await box.append([[writer, UInt8(number)]])
                        }
                    }
                    return []
                }
            }
            return try await group.reduce(into: [[[UInt8]]]()) { $0.append($1) }
        }
        let read = all.filter { !$0.isEmpty }
        #expect(read.count == 2 && read.first == read.last)
        for writer in 1...2 as ClosedRange<UInt8> {
            #expect(
                read[0].filter { $0[0] == writer } == (0..<200).map { [writer, UInt8($0)] })
        }
    }

    @Test func `strangers, wrong roles, wrong invites and wrong signatures are turned away`()
        async throws
    {
        let scene = try RelayScene()
        try await scene.settle()
        let cases: [(UInt8, RelayClaim.Purpose, MailboxID, RelayCloseReason)] = [
            (9, .login(.device), RelayScene.mailbox, .notAdmitted),
            (1, .login(.admin), RelayScene.mailbox, .notAdmitted),
            (RelayScene.admin, .login(.device), RelayScene.mailbox, .notAdmitted),
            (1, .login(.device), MailboxID(1), .unknownMailbox),
            (9, .create(try RelayScene.token(9)), MailboxID(1), .inviteRefused),
            (9, .create(try RelayScene.token(1)), MailboxID(1), .inviteRefused),
            (9, .create(try RelayScene.token(9)), RelayScene.mailbox, .mailboxTaken),
        ]
        for (keys, purpose, mailbox, reason) in cases {
            try await scene.withBox(keys, purpose, in: mailbox) { _, entered in
                #expect(entered == .failure(reason))
            }
        }
        try await scene.withLink { [store = scene.store] link in
            let box = ToyBox(link, keys: 1)
            let entered = await box.enter(
                RelayScene.mailbox, at: store.relay,
                .serverCertificate(ContentHash(1, 2, 3, 4)))
            #expect(entered == .failure(.notAdmitted))
        }
        #expect(
            scene.notices.all.count { $0 == .strangerLeft("\(RelayCloseReason.notAdmitted)") } == 4)
    }

    @Test func `a box whose key is removed is put out at once`() async throws {
        let scene = try RelayScene()
        try await scene.settle()
        let reason = try await scene.withBox(2) { box, _ in
            try await scene.withBox(RelayScene.admin, .login(.admin)) { admin, _ in
                #expect(await admin.perform(.removeKey(ToyBox.key(2))) == .done)
                #expect(await admin.perform(.listKeys) == .keys([ToyBox.key(1)]))
            }
            return await box.waitForEnd()
        }
        #expect(reason == .notAdmitted)
        try await scene.withBox(2) { _, entered in #expect(entered == .failure(.notAdmitted)) }
    }

    @Test func `a full mailbox refuses by name and the talk goes on`() async throws {
        let scene = try RelayScene(quota: MailboxQuota(bytesMax: 5, itemsMax: 2))
        try await scene.settle()
        try await scene.withBox(1) { box, _ in
            let answers = await box.append([[1, 2, 3], [4, 5, 6], [7], [8]])
            #expect(answers[1] == .failure(.quotaBytes))
            #expect(answers[3] == .failure(.quotaItems))
            #expect(await box.closeReason == nil)
        }
    }

    @Test func `one stranger too many puts the oldest out and a box still gets in`() async throws {
        var crowd = RelayCrowd()
        crowd.strangersMax = 3
        let scene = try RelayScene(crowd: crowd)
        try await scene.settle()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var links: [any FrameLink] = []
            for _ in 0..<8 {
                let (near, far) = await MemoryFrameLink.pair()
                links.append(near)
                group.addTask { await scene.relay.serve(far, binding: .loopback) }
                // The challenge: the relay has counted it.
                _ = await near.receive()
            }
            try await scene.withBox(1) { _, entered in #expect((try? entered.get()) != nil) }
            for link in links { await link.close() }
            try await group.waitForAll()
        }
        #expect(
            scene.notices.all.count { $0 == .strangerLeft("\(RelayCloseReason.limitExceeded)") }
                >= 5)
    }

    @Test func `bytes that are no message, and long ones before the login, end the talk`()
        async throws
    {
        let scene = try RelayScene()
        try await scene.settle()
        for (bytes, reason) in [
            ([0x01], RelayCloseReason.malformed), ([], .malformed),
            ([UInt8](repeating: 0x45, count: 300), .limitExceeded),
            (RelayMessage.append(tag: 1, [1]).encoded(), .outOfTurn),
        ] {
            try await scene.withLink { link in
                _ = await link.receive()
                try await link.send(bytes)
                let answer = try RelayDecoder().decode(await link.receive() ?? [])
                #expect(answer == .close(reason))
                #expect(await link.receive() == nil)
            }
        }
    }
}
