import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import SyncProtocol
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct LinkSessionTests {
    @Test func `a live edit costs its frame and one acknowledgement`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        let tap = Tap()
        _ = try await scene.link(north, south, tap) {
            try await tap.wait { $0.times(.inSync) == 1 }
            // The first edit's digests are the last that this interval allows.
            try await north.commitGuest("Waffle")
            try await tap.wait { $0.times(.inSync) == 2 }
            let before = tap.messages.count
            try await north.commitGuest("Biscuit")
            try await tap.wait { $0.standing(0) == .caughtUp && $0.standing(1) == .caughtUp }
            let passed = tap.messages.dropFirst(before)
            #expect(passed.map(\.side) == [0, 1])
            #expect(passed.first?.bytes.first == MessageKind.frame.rawValue)
            #expect((passed.first?.bytes.count ?? 0) <= 221)
            #expect(passed.last?.bytes.count == 251)
        }
        try scene.remove()
    }

    @Test func `a large backlog arrives whole over a narrow link`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        let name = String(repeating: "n", count: 20_000)
        for number in 0..<300 { try await north.commitGuest("\(number)" + name) }
        let tap = Tap()
        _ = try await scene.link(north, south, tap, capacity: 1) {
            try await tap.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        #expect(try south.guests().count == 300)
        #expect(await north.status().digest == south.status().digest)
        try scene.remove()
    }

    @Test func `a frame that was altered on its way is asked for again`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await north.commitGuest("Waffle")
        let spoiled = Once()
        let tap = Tap { _, bytes in
            guard bytes.first == MessageKind.frame.rawValue, spoiled.take() else { return [bytes] }
            return [bytes.dropLast() + [bytes[bytes.count - 1] ^ 1]]
        }
        _ = try await scene.link(north, south, tap) {
            try await tap.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        #expect(try south.guests() == ["Waffle"])
        try scene.remove()
    }

    /// As many histories as a vector may name are here; the next clone is left out, and no session
    /// ends by it.
    @Test func `after a clone too many links still come in sync`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let first = try scene.open(0, roster)
        await first.close()
        let south = try scene.open(1, roster)
        var clones: [Replica] = []
        for number in 0...SyncLimits.branchesMax {
            try scene.copy(0, to: "clone \(number)")
            let clone = try scene.open(0, roster, as: "clone \(number)")
            try await clone.commitGuest("guest \(number)")
            let deliveries = try await south.deliver(try await clone.frames())
            let isLast = number == SyncLimits.branchesMax
            #expect((deliveries == [.merged(.crowded, nil)]) == isLast)
            #expect((await south.status().crowdedSince != nil) == isLast)
            clones.append(clone)
        }
        try await south.commitGuest("of south")
        let tap = Tap()
        _ = try await scene.link(clones[0], south, tap) {
            try await tap.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        #expect(try clones[0].guests() == south.guests())
        #expect(try south.guests().count == SyncLimits.branchesMax + 1)
        try scene.remove()
    }

    /// Links do not seal frames in order: whoever carries them can leave one out. The next one then
    /// goes on from what is not here, at a sequence that another history of its writer has.
    @Test func `a lost frame of a forked writer is asked for again`() async throws {
        let scene = try LinkScene(boxes: 3)
        let roster = try scene.roster(upTo: 3)
        let first = try scene.open(0, roster)
        await first.close()
        try scene.copy(0, to: "clone")
        let (box, clone) = (
            try scene.open(0, roster), try scene.open(0, roster, as: "clone")
        )
        let (north, south) = (try scene.open(1, roster), try scene.open(2, roster))
        for number in 0..<5 { try await clone.commitGuest("of the clone \(number)") }
        for other in [north, south] { _ = try await other.deliver(try await clone.frames()) }
        for name in ["Waffle", "Biscuit"] {
            try await box.commitGuest(name)
            _ = try await north.deliver(try await box.frames())
        }
        let lost = Once()
        let tap = Tap { _, bytes in
            bytes.first == MessageKind.frame.rawValue && lost.take() ? [] : [bytes]
        }
        _ = try await scene.link(north, south, tap) {
            try await tap.wait { $0.standing(0) == .inSync && $0.standing(1) == .inSync }
        }
        #expect(try south.guests() == north.guests())
        #expect(try south.guests().count == 7)
        try scene.remove()
    }

    @Test func `frames that never open are asked for a few times only`() async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await north.commitGuest("Waffle")
        let tap = Tap { _, bytes in
            bytes.first == MessageKind.frame.rawValue
                ? [bytes.dropLast() + [bytes[bytes.count - 1] ^ 1]] : [bytes]
        }
        _ = try await scene.link(north, south, tap) {
            try await tap.wait { tap in
                tap.notices.count { if case .frameRefused = $0.notice { true } else { false } } == 9
            }
        }
        #expect(try south.guests() == [])
        try scene.remove()
    }

    @Test(arguments: [0, 1])
    func `a sealed message said twice ends the session`(side: Int) async throws {
        let scene = try LinkScene(boxes: 2)
        let roster = try scene.roster(upTo: 2)
        let (north, south) = (try scene.open(0, roster), try scene.open(1, roster))
        try await north.commitGuest("Waffle")
        try await south.commitGuest("Biscuit")
        let doubled = Once()
        let tap = Tap { from, bytes in
            guard from == side, bytes.first == 0, doubled.take() else { return [bytes] }
            return [bytes, bytes]
        }
        let endings = try await scene.link(north, south, tap, isEndedBySessions: true) {}
        let isRefused = endings.contains { if case .notAuthentic = $0 { true } else { false } }
        #expect(isRefused)
        try scene.remove()
    }

    @Test func `a box of another tenant is not understood and gets nothing`() async throws {
        let scene = try LinkScene(boxes: 1)
        let stranger = try LinkScene(boxes: 1, tenantNumber: 9)
        let north = try scene.open(0, try scene.roster(upTo: 1))
        let other = try stranger.open(0, try stranger.roster(upTo: 1))
        try await north.commitGuest("Waffle")
        let endings = try await scene.link(
            north, other, rightControl: stranger.control, isEndedBySessions: true
        ) {}
        // The dialling side speaks first; the other understands nothing and says so.
        let isRefused = endings.contains { if case .notAuthentic = $0 { true } else { false } }
        #expect(isRefused)
        #expect(try other.guests() == [])
        try scene.remove()
        try stranger.remove()
    }
}

/// True once.
private final class Once: Sendable {
    private let isLeft = Mutex(true)

    func take() -> Bool {
        isLeft.withLock { isLeft in
            defer { isLeft = false }
            return isLeft
        }
    }
}
