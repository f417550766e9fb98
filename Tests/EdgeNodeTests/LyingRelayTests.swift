import CRDT
import EdgeNode
import RelayStorage
import Signing
import SyncProtocol
import Synchronization
import Testing

/// Relays that lose, forget, alter or deny: boxes notice, keep everything and fill them again.
@Suite(.timeLimit(.minutes(5))) struct LyingRelayTests {
    @Test func `a mailbox that was made anew is filled again without a person`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        let empty = try await stand.image()
        try await stand.settle(boxes: 2)
        for number in 0..<5 { try await north.commitGuest("\(number)") }
        try await converge(stand, north, south)
        let full = try await stand.items().count
        try await stand.restore(empty)
        // Without the mailbox nobody is let in, and the reason is told.
        try await stand.connect([0: north]) { tap in
            try await tap.wait { $0.endings.map(\.ending) == [.closed(.unknownMailbox)] }
        }
        try await stand.settle(boxes: 2, invite: 4)
        #expect(try await stand.items().isEmpty)
        try await stand.connect([0: north, 1: south]) { tap in
            try await tap.wait { tap in
                try await stand.items().count >= full
                    && tap.reports(0).contains(.reset(.generation))
                    && tap.reports(1).contains(.reset(.generation))
            }
            try await south.commitGuest("after")
            try await north.wait { try north.guests().count == 6 }
        }
        // A third box finds everything there.
        let reader = try scene.open(1, roster, as: "reader")
        try await stand.connect([1: reader]) { _ in
            try await reader.wait { try reader.guests().count == 6 }
        }
        try scene.remove()
    }

    @Test(arguments: [false, true])
    func `a relay set back to an older file is found out and filled again`(
        hasGoneOn: Bool
    ) async throws {
        let (scene, stand) = (try LinkScene(boxes: 3), try RelayStand())
        let roster = try scene.roster(upTo: 3)
        let boxes = try (0..<3).map { try scene.open($0, roster) }
        try await stand.settle(boxes: 3)
        try await boxes[0].commitGuest("old")
        try await converge(stand, boxes[0], boxes[1])
        let older = try await stand.image()
        for number in 0..<4 { try await boxes[0].commitGuest("new \(number)") }
        try await converge(stand, boxes[0], boxes[1])
        let full = try await stand.items().count
        try await stand.restore(older)
        if hasGoneOn {
            // Others have written on, so that the cursors lie on another chain, not beyond.
            for number in 0..<8 {
                try await boxes[2].commitGuest("third \(number)")
                try await stand.connect([2: boxes[2]]) { tap in
                    try await tap.wait { _ in
                        try await boxes[2].transactionsMissing(in: stand.access(2).name) == 0
                    }
                }
            }
        }
        // Whoever comes second may find the very mailbox it had read, filled again by the first.
        let reasons: [MailboxReport] = [.reset(.chain), .reset(.beyond)]
        try await stand.connect([0: boxes[0], 1: boxes[1]]) { tap in
            try await tap.wait { tap in
                let found = [0, 1].count { tap.reports($0).contains(where: reasons.contains) }
                let count = try await stand.items().count
                return found >= (hasGoneOn ? 2 : 1) && count >= full
            }
        }
        try await converge(stand, boxes[0], boxes[1])
        try await stand.connect([2: boxes[2]]) { _ in
            try await boxes[2].wait {
                try boxes[2].guests().count == (hasGoneOn ? 13 : 5)
            }
        }
        try scene.remove()
    }

    @Test func `what a relay acknowledged and forgot is uploaded again`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        try await converge(stand, north, south)
        // Receipts come, and then the power goes at a relay that had not synced: North read none of
        // it back.
        let deaf = DeafStore(stand.store)
        try await north.commitGuest("Waffle")
        try await stand.connect([0: north], store: deaf, environment: Self.impatient) { tap in
            try await tap.wait { !$0.endings.isEmpty }
            #expect(tap.endings.map(\.ending) == [.closed(.notBelieved)])
            #expect(tap.reports(0).contains(.contradicted(.withheld)))
        }
        try await converge(stand, north, south)
        #expect(try south.guests() == ["Waffle"])
        try scene.remove()
    }

    /// Only a watch over what was acknowledged ends, and at once.
    private static var impatient: NodeEnvironment {
        var environment = LinkScene.environment
        let never = environment.sleep
        environment.sleep = { wait in
            if wait < .seconds(60) { try await never(wait) }
        }
        return environment
    }

    @Test(arguments: Trick.allCases)
    func `no trick with items makes a box take a wrong one or lose one`(
        trick: Trick
    ) async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        for number in 0..<3 { try await north.commitGuest("\(number)") }
        try await stand.connect([0: north]) { tap in
            try await tap.wait { _ in
                try await north.transactionsMissing(in: stand.access(0).name) == 0
            }
        }
        let liar = TrickyStore(stand.store, trick)
        try await stand.connect([1: south], store: liar) { tap in
            try await tap.wait { !$0.endings.isEmpty }
            #expect(tap.endings.map(\.ending) == [.closed(.notBelieved)])
        }
        #expect(try await south.progress(of: stand.access(1).name) == nil)
        try await converge(stand, north, south)
        #expect(try south.guests().count == 3)
        try scene.remove()
    }

    @Test func `items that open nowhere are passed over and asked for a few times only`()
        async throws
    {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        let pass = RelayPass(
            mailbox: RelayStand.mailbox, key: stand.access(1).key, role: .device)
        let junk: [[UInt8]] = [
            [1], [1, 2, 3], [2, 9], [9, 9, 9], [UInt8](repeating: 1, count: 999),
        ]
        for answer in await stand.store.append(junk, pass) { #expect((try? answer.get()) != nil) }
        try await north.commitGuest("Waffle")
        try await converge(stand, north, south)
        // One might open under a key that comes later: it is tried, and then given up.
        for _ in 0...Int(MailboxProgress.fruitlessMax) {
            try await stand.connect([1: south]) { tap in try await tap.wait { $0.hasRead(1) } }
        }
        #expect(try await south.progress(of: stand.access(1).name)?.again == nil)
        try scene.remove()
    }

    @Test func `a frame that came before the one it goes on from is read again`() async throws {
        let (scene, stand) = (try LinkScene(boxes: 2), try RelayStand())
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await stand.settle(boxes: 2)
        var frames: [[UInt8]] = []
        for number in 0..<3 {
            try await north.commitGuest("\(number)")
            frames = try await north.frames()
        }
        #expect(frames.count == 3)
        let pass = RelayPass(
            mailbox: RelayStand.mailbox, key: stand.access(0).key, role: .device)
        _ = await stand.store.append([[1] + frames[2], [1] + frames[1]], pass)
        try await stand.connect([1: south]) { tap in
            try await tap.wait { $0.reports(1).contains(.caughtUp) }
        }
        #expect(try await south.progress(of: stand.access(1).name)?.again != nil)
        // The missing one comes; what had come too early is found by the next talks.
        _ = await stand.store.append([[1] + frames[0]], pass)
        for _ in 0..<4 where try south.guests().count < 3 {
            try await stand.connect([1: south]) { tap in try await tap.wait { $0.hasRead(1) } }
        }
        #expect(try south.guests().count == 3)
        try scene.remove()
    }
}

/// How a relay tries to mislead a reader.
enum Trick: CaseIterable, Sendable {
    case drop, double, swap, flip, shorten
}

/// Misleads readers about the first page that has two items.
private struct TrickyStore: MailboxStore {
    private let store: SQLiteMailboxStore
    private let trick: Trick

    init(_ store: SQLiteMailboxStore, _ trick: Trick) {
        self.store = store
        self.trick = trick
    }

    var relay: RelayID { store.relay }

    func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) async -> Result<MailboxAnswer, MailboxRefusal> {
        let answer = await store.page(after: cursor, items: items, bytes: bytes, pass)
        guard case .success(.page(let page)) = answer, page.items.count > 1 else { return answer }
        var items = page.items.map(\.bytes)
        switch trick {
        case .drop: items.removeFirst()
        case .double: items.insert(items[0], at: 0)
        case .swap: items.swapAt(0, 1)
        case .flip: items[0][items[0].count / 2] ^= 4
        case .shorten: items = []
        }
        let numbered = items.enumerated().map {
            MailboxItem(number: cursor.number + 1 + UInt64($0.offset), bytes: $0.element)
        }
        return .success(
            .page(
                MailboxPage(
                    items: numbered, end: trick == .shorten ? cursor : page.end,
                    headNumber: page.headNumber)))
    }

    func admit(invite: ContentHash, expires: Int64) async throws(MailboxRefusal) {
        throw .busy
    }
    func create(
        _ mailbox: MailboxID, admin: RelayKey, invite: ContentHash, now: Int64
    ) async throws(MailboxRefusal) -> MailboxStanding { throw .busy }
    func standing(_ pass: RelayPass) async throws(MailboxRefusal) -> MailboxStanding {
        try await store.standing(pass)
    }
    func append(
        _ items: [[UInt8]], _ pass: RelayPass
    ) async -> [Result<MailboxReceipt, MailboxRefusal>] { items.map { _ in .failure(.busy) } }
    func perform(_ deed: MailboxDeed, _ pass: RelayPass) async -> MailboxDeedAnswer {
        .refused(.busy)
    }
}

/// Acknowledges by the book and keeps nothing.
private struct DeafStore: MailboxStore {
    private let store: SQLiteMailboxStore
    private let firstNumber: UInt64 = 1_000

    init(_ store: SQLiteMailboxStore) { self.store = store }

    var relay: RelayID { store.relay }

    func append(
        _ items: [[UInt8]], _ pass: RelayPass
    ) async -> [Result<MailboxReceipt, MailboxRefusal>] {
        items.enumerated().map { index, item in
            .success(
                MailboxReceipt(
                    number: firstNumber + UInt64(index),
                    hash: MailboxCursor.itemHash(item, BLAKE2bHasher())))
        }
    }

    func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) async -> Result<MailboxAnswer, MailboxRefusal> {
        await store.page(after: cursor, items: items, bytes: bytes, pass)
    }
    func admit(invite: ContentHash, expires: Int64) async throws(MailboxRefusal) { throw .busy }
    func create(
        _ mailbox: MailboxID, admin: RelayKey, invite: ContentHash, now: Int64
    ) async throws(MailboxRefusal) -> MailboxStanding { throw .busy }
    func standing(_ pass: RelayPass) async throws(MailboxRefusal) -> MailboxStanding {
        try await store.standing(pass)
    }
    func perform(_ deed: MailboxDeed, _ pass: RelayPass) async -> MailboxDeedAnswer {
        .refused(.busy)
    }
}
