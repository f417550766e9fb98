import Testing

@testable import FrontDesk

@Suite struct PINGuardTests {
    private let rosa = PINGuard.Place(person: "rosa", desk: "front")

    @Test func `the first tries are free and then each doubles the wait`() {
        var door = PINGuard()
        for _ in 0..<PINGuard.freeTries { door.fail(at: rosa, now: .zero) }
        #expect(door.lock(at: rosa, now: .zero) == nil)
        door.fail(at: rosa, now: .zero)
        #expect(door.lock(at: rosa, now: .zero)?.wait == .seconds(30))
        #expect(door.lock(at: rosa, now: .seconds(10))?.wait == .seconds(20))
        #expect(door.lock(at: rosa, now: .seconds(30)) == nil)
        door.fail(at: rosa, now: .seconds(30))
        #expect(door.lock(at: rosa, now: .seconds(30))?.wait == .seconds(60))
        for _ in 0..<40 { door.fail(at: rosa, now: .seconds(90)) }
        #expect(door.lock(at: rosa, now: .seconds(90))?.wait == PINGuard.lockMax)
    }

    @Test func `the right PIN begins anew, and a lock is one person's`() {
        var door = PINGuard()
        lock(&door, "front")
        #expect(door.lock(at: .init(person: "ben", desk: "front"), now: .zero) == nil)
        door.succeed(at: rosa)
        #expect(door.lock(at: rosa, now: .zero) == nil)
        door.fail(at: rosa, now: .zero)
        #expect(door.lock(at: rosa, now: .zero) == nil)
    }

    @Test func `a stranger's desk locks nobody at another`() {
        var door = PINGuard()
        for _ in 0..<1_000 { door.fail(at: .init(person: "rosa", desk: "yard"), now: .zero) }
        #expect(door.lock(at: .init(person: "rosa", desk: "yard"), now: .zero) != nil)
        #expect(door.lock(at: rosa, now: .zero) == nil)
    }

    @Test func `who is guessed at three desks at once waits at all, until two are left`() {
        var door = PINGuard()
        lock(&door, "yard")
        lock(&door, "hall")
        #expect(door.lock(at: rosa, now: .zero) == nil)
        lock(&door, "shop", now: .seconds(10))
        let lock = door.lock(at: rosa, now: .seconds(10))
        #expect(lock?.wait == .seconds(20))
        #expect(lock?.isEverywhere == true)
        #expect(door.lock(at: rosa, now: .seconds(30)) == nil)
        #expect(door.lock(at: .init(person: "rosa", desk: "shop"), now: .seconds(30)) != nil)
    }

    @Test func `places without end take bounded room and free no locked one first`() {
        var door = PINGuard()
        lock(&door, "front")
        for number in 0..<(PINGuard.placesMax + 64) {
            door.fail(at: .init(person: "nobody \(number)", desk: "front"), now: .zero)
        }
        #expect(door.lock(at: rosa, now: .zero)?.wait == .seconds(30))
    }

    private func lock(_ door: inout PINGuard, _ desk: String, now: Duration = .zero) {
        for _ in 0...PINGuard.freeTries {
            door.fail(at: .init(person: "rosa", desk: desk), now: now)
        }
    }

    @Test func `every right has somebody, and kennel hands approve nothing`() {
        for right in StaffRight.allCases {
            #expect(StaffRole.allCases.contains { $0.allows(right) })
        }
        #expect(!StaffRole.kennel.allows(.approveRules))
        #expect(!StaffRole.desk.allows(.approveRules))
        #expect(StaffRole.manager.allows(.approveRules))
    }
}
