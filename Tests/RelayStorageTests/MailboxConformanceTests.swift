import CRDT
import RelayStorage
import Signing
import SyncProtocol
import Testing

/// What every `MailboxStore` owes, whatever it keeps mailboxes in.
@Suite struct MailboxConformanceTests {
    @Test(arguments: StoreKind.all)
    func `an invite makes one mailbox, and says so again when asked again`(kind: StoreKind)
        async throws
    {
        let store = try kind.build().open(MailboxQuota())
        await refuses(.inviteRefused) {
            try await store.create(
                Sample.mailbox, admin: Sample.admin, invite: Sample.invite, now: 5)
        }
        try await store.admit(invite: Sample.invite, expires: 10)
        let made = try await store.create(
            Sample.mailbox, admin: Sample.admin, invite: Sample.invite, now: 9)
        #expect(made.head == .start(generation: made.head.generation))
        #expect(made.floor == made.head && made.bytes == 0)
        let again = try await store.create(
            Sample.mailbox, admin: Sample.admin, invite: Sample.invite, now: 99)
        #expect(again == made)
        await refuses(.mailboxTaken) {
            try await store.create(
                Sample.mailbox, admin: Sample.key(3), invite: Sample.invite, now: 9)
        }
        await refuses(.inviteRefused) {
            try await store.create(
                MailboxID(78), admin: Sample.admin, invite: Sample.invite, now: 9)
        }
        try await store.admit(invite: ContentHash(5, 5, 5, 5), expires: 10)
        await refuses(.inviteRefused) {
            try await store.create(
                MailboxID(78), admin: Sample.admin, invite: ContentHash(5, 5, 5, 5), now: 10)
        }
    }

    @Test(arguments: StoreKind.all)
    func `items come back in order, in pages bounded by items and by bytes`(kind: StoreKind)
        async throws
    {
        let store = try kind.build().open(MailboxQuota())
        let start = MailboxCursor.start(generation: try await store.settle())
        let items = (0..<50).map { number in
            [UInt8](repeating: UInt8(number), count: 1 + number * 20)
        }
        let receipts = await store.append(items, Sample.pass())
        for (index, receipt) in receipts.enumerated() {
            #expect(
                receipt
                    == .success(
                        MailboxReceipt(number: UInt64(index + 1), hash: Sample.hash(items[index]))))
        }
        for (most, bytes) in [(1, 1 << 20), (7, 1 << 20), (256, 1), (256, 600), (256, 1 << 20)] {
            let read = try await store.readAll(after: start, items: most, bytes: bytes)
            #expect(read.items == items)
        }
        let answer = await store.page(after: start, items: 256, bytes: 63, Sample.pass())
        guard case .success(.page(let page)) = answer else {
            Issue.record("\(answer)")
            return
        }
        // 1 + 21 + 41 bytes are 63: just as many as allowed.
        #expect(page.items.count == 3 && page.headNumber == 50)
        let standing = try await store.standing(Sample.pass())
        #expect(standing.head == Sample.cursor(start.generation, after: items))
        #expect(standing.bytes == UInt64(items.joined().count))
    }

    @Test(arguments: StoreKind.all)
    func `the largest item is kept whole and opaque`(kind: StoreKind) async throws {
        let store = try kind.build().open(MailboxQuota())
        let start = MailboxCursor.start(generation: try await store.settle())
        let item = (0..<RelayLimits.itemBytesMax).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        _ = await store.append([item], Sample.pass())
        #expect(try await store.readAll(after: start, bytes: 1).items == [item])
    }

    @Test(arguments: StoreKind.all)
    func `the same bytes are kept once, in each mailbox`(kind: StoreKind) async throws {
        let store = try kind.build().open(MailboxQuota())
        let first = MailboxCursor.start(generation: try await store.settle())
        let second = MailboxCursor.start(generation: try await store.settle(MailboxID(78)))
        #expect(first.generation != second.generation)
        let there = Sample.pass(Sample.device, MailboxID(78))
        _ = await store.append([[1], [2], [1]], Sample.pass())
        let again = await store.append([[2], [3]], Sample.pass())
        _ = await store.append([[2]], there)
        let numbers = again.map { try? $0.get().number }
        #expect(numbers == [2, 3])
        #expect(try await store.readAll(after: first).items == [[1], [2], [3]])
        #expect(try await store.readAll(after: second, there).items == [[2]])
    }

    @Test(arguments: StoreKind.all)
    func `cursors of other lives, of nowhere, of other branches and below the floor are reset`(
        kind: StoreKind
    ) async throws {
        let store = try kind.build().open(MailboxQuota())
        let generation = try await store.settle()
        let items = (0..<10).map { [UInt8($0)] }
        _ = await store.append(items, Sample.pass())
        #expect(await store.perform(.trim(through: 4), Sample.adminPass()) == .done)
        let floor = Sample.cursor(generation, after: items.prefix(4))
        let sixth = Sample.cursor(generation, after: items.prefix(6))
        let cases: [(MailboxCursor, MailboxResetReason)] = [
            (
                MailboxCursor(generation: generation &+ 1, number: 6, chain: sixth.chain),
                .generation
            ),
            (MailboxCursor(generation: generation, number: 11, chain: sixth.chain), .beyond),
            (MailboxCursor(generation: generation, number: 7, chain: sixth.chain), .chain),
            (MailboxCursor(generation: generation, number: 4, chain: sixth.chain), .chain),
            (Sample.cursor(generation, after: items.prefix(3)), .trimmed),
        ]
        for (cursor, reason) in cases {
            let answer = await store.page(after: cursor, items: 9, bytes: 9, Sample.pass())
            #expect(answer == .success(.reset(reason, floor: floor)))
        }
        #expect(try await store.readAll(after: floor).items == Array(items[4...]))
        #expect(try await store.readAll(after: sixth).items == Array(items[6...]))
    }

    @Test(arguments: StoreKind.all)
    func `quotas refuse by name, item by item, and trimming makes room`(kind: StoreKind)
        async throws
    {
        let store = try kind.build().open(MailboxQuota(bytesMax: 10, itemsMax: 3))
        _ = try await store.settle()
        let answers = await store.append(
            [[1, 1, 1, 1], [2, 2, 2, 2, 2, 2, 2], [3, 3, 3, 3, 3], [4], [5]], Sample.pass())
        #expect(
            answers.map { answer in
                switch answer {
                case .success(let receipt): "\(receipt.number)"
                case .failure(let refusal): "refused \(refusal.rawValue)"
                }
            } == ["1", "refused 3", "2", "3", "refused 3"])
        #expect(await store.perform(.trim(through: 2), Sample.adminPass()) == .done)
        #expect(try await store.standing(Sample.pass()).bytes == 1)
        let next = await store.append([[6], [7], [8]], Sample.pass())
        #expect(next[1] == .success(MailboxReceipt(number: 5, hash: Sample.hash([7]))))
        #expect(next[2] == .failure(.quotaItems))
    }

    @Test(arguments: StoreKind.all)
    func `only keys of the mailbox enter, each in its role, until they are removed`(
        kind: StoreKind
    ) async throws {
        let store = try kind.build().open(MailboxQuota())
        let start = MailboxCursor.start(generation: try await store.settle())
        await refuses(.unknownMailbox) {
            try await store.standing(Sample.pass(Sample.device, MailboxID(1)))
        }
        await refuses(.unknownKey) { try await store.standing(Sample.pass(Sample.key(2))) }
        await refuses(.unknownKey) { try await store.standing(Sample.pass(Sample.admin)) }
        await refuses(.unknownKey) {
            try await store.standing(Sample.adminPass(Sample.device))
        }
        #expect(await store.perform(.addKey(Sample.key(2)), Sample.adminPass()) == .done)
        #expect(
            await store.perform(.listKeys, Sample.adminPass())
                == .keys([Sample.device, Sample.key(2)]))
        let theirs = Sample.pass(Sample.key(2))
        #expect(await store.append([[1]], theirs).count { (try? $0.get()) != nil } == 1)
        for _ in 0..<2 {
            #expect(await store.perform(.removeKey(Sample.key(2)), Sample.adminPass()) == .done)
        }
        #expect(await store.append([[2]], theirs) == [.failure(.unknownKey)])
        #expect(
            await store.page(after: start, items: 9, bytes: 9, theirs) == .failure(.unknownKey))
        #expect(
            await store.perform(.addKey(Sample.key(3)), Sample.adminPass(Sample.device))
                == .refused(.unknownKey))
        #expect(await store.perform(.replaceAdmin(Sample.key(9)), Sample.adminPass()) == .done)
        #expect(await store.perform(.listKeys, Sample.adminPass()) == .refused(.unknownKey))
        #expect(
            await store.perform(.listKeys, Sample.adminPass(Sample.key(9)))
                == .keys([Sample.device]))
    }

    @Test(arguments: StoreKind.all)
    func `a mailbox has no more keys than allowed`(kind: StoreKind) async throws {
        let store = try kind.build().open(MailboxQuota())
        _ = try await store.settle()
        for number in 1..<RelayLimits.keysMax {
            let bytes =
                [UInt8(number >> 8), UInt8(number & 255)] + [UInt8](repeating: 7, count: 30)
            let key = try #require(RelayKey(bytes: bytes))
            _ = await store.perform(.addKey(key), Sample.adminPass())
        }
        #expect(
            await store.perform(.addKey(Sample.key(9)), Sample.adminPass()) == .refused(.keysFull))
        #expect(await store.perform(.addKey(Sample.device), Sample.adminPass()) == .done)
    }

    @Test(arguments: StoreKind.all)
    func `what was answered is there after a restart, and a cursor goes on`(kind: StoreKind)
        async throws
    {
        let house = try kind.build()
        let generation = try await house.open(MailboxQuota()).settle()
        let items = (0..<20).map { [UInt8($0), 1] }
        for item in items.prefix(12) {
            _ = await (try house.open(MailboxQuota())).append([item], Sample.pass())
        }
        let store = try house.open(MailboxQuota())
        let half = Sample.cursor(generation, after: items.prefix(7))
        #expect(try await store.readAll(after: half).items == Array(items[7..<12]))
        _ = await store.append(Array(items[10...]), Sample.pass())
        #expect(try await store.readAll(after: half).items == Array(items[7...]))
    }

    @Test(arguments: StoreKind.all)
    func `devices that append at once get numbers without a gap`(kind: StoreKind) async throws {
        let store = try kind.build().open(MailboxQuota())
        let start = MailboxCursor.start(generation: try await store.settle())
        let numbers = await withTaskGroup(of: [UInt64].self) { group in
            for device in 0..<8 {
                group.addTask {
                    var numbers: [UInt64] = []
                    for count in 0..<25 {
                        let answers = await store.append(
                            [[UInt8(device), UInt8(count)], [UInt8(device), UInt8(count), 0]],
                            Sample.pass())
                        numbers += answers.compactMap { try? $0.get().number }
                    }
                    return numbers
                }
            }
            return await group.reduce(into: [[UInt64]]()) { $0.append($1) }
        }
        for own in numbers { #expect(own == own.sorted()) }
        #expect(numbers.joined().sorted() == Array(1...400))
        #expect(try await store.readAll(after: start).items.count == 400)
    }

    @Test(arguments: StoreKind.all)
    func `trimming far goes through and stops at the newest`(kind: StoreKind) async throws {
        let store = try kind.build().open(MailboxQuota())
        let generation = try await store.settle()
        let items = (0..<9_000).map { [UInt8($0 >> 8), UInt8($0 & 255)] }
        _ = await store.append(items, Sample.pass())
        #expect(
            await store.perform(.trim(through: 9_001), Sample.adminPass())
                == .refused(.beyondHead))
        for _ in 0..<2 {
            #expect(await store.perform(.trim(through: 9_000), Sample.adminPass()) == .done)
        }
        let standing = try await store.standing(Sample.pass())
        #expect(standing.floor == standing.head && standing.bytes == 0)
        #expect(standing.head == Sample.cursor(generation, after: items))
        #expect(
            await store.append([items[0]], Sample.pass())
                == [.success(MailboxReceipt(number: 9_001, hash: Sample.hash(items[0])))])
    }

    private func refuses<Answer>(
        _ refusal: MailboxRefusal, _ body: () async throws -> Answer
    ) async {
        do {
            _ = try await body()
            Issue.record("not refused: \(refusal) was due")
        } catch {
            #expect(error as? MailboxRefusal == refusal)
        }
    }
}
