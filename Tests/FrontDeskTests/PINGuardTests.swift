import FrontDesk
import Testing

@Suite struct PINGuardTests {
    @Test func `the first tries are free and then each doubles the wait`() {
        var door = PINGuard()
        for _ in 0..<PINGuard.freeTries {
            #expect(door.fail("rosa", at: .zero) == .zero)
        }
        #expect(door.fail("rosa", at: .zero) == .seconds(30))
        #expect(door.wait(for: "rosa", at: .seconds(10)) == .seconds(20))
        #expect(door.wait(for: "rosa", at: .seconds(30)) == .zero)
        #expect(door.fail("rosa", at: .seconds(30)) == .seconds(60))
        for _ in 0..<40 { door.fail("rosa", at: .seconds(90)) }
        #expect(door.fail("rosa", at: .seconds(90)) == PINGuard.lockMax)
    }

    @Test func `the right PIN begins anew, and a lock is one name's`() {
        var door = PINGuard()
        for _ in 0...PINGuard.freeTries { door.fail("rosa", at: .zero) }
        #expect(door.wait(for: "ben", at: .zero) == .zero)
        door.succeed("rosa")
        #expect(door.wait(for: "rosa", at: .zero) == .zero)
        #expect(door.fail("rosa", at: .zero) == .zero)
    }

    @Test func `names without end take bounded room and free no locked one first`() {
        var door = PINGuard()
        for _ in 0...PINGuard.freeTries { door.fail("rosa", at: .zero) }
        for number in 0..<10_000 { door.fail("nobody \(number)", at: .zero) }
        #expect(door.wait(for: "rosa", at: .zero) == .seconds(30))
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
