import EdgeNode
import Foundation
import Synchronization
import Testing

/// A clock that was ahead is told for as long as its stamps are.
@Suite(.timeLimit(.minutes(5))) struct ClockAheadTests {
    private static let day: Int64 = 86_400_000

    @Test func `a box whose own clock was ahead says so until that time has come`() async throws {
        try await TemporaryNode.withFolder { root in
            let clock = WallClock()
            clock.turn(by: 400 * Self.day)
            let ahead = try await TemporaryNode(
                root: root, site: "North", environment: clock.environment)
            #expect(await ahead.node.status().alarms.isEmpty)
            await ahead.node.close()

            clock.turn(by: -400 * Self.day)
            let box = try await TemporaryNode(
                root: root, site: "North", environment: clock.environment)
            let alarms = await box.node.status().alarms
            #expect(alarms.count == 1)
            #expect(alarms.first?.contains("was 400 days ahead of what it shows") == true)
            #expect(alarms.first?.contains("until 2027-10-26") == true, "\(alarms)")
            #expect(await box.node.status().health == .degraded)
            clock.turn(by: 400 * Self.day)
            #expect(await box.node.status().alarms.isEmpty)
            await box.node.close()
        }
    }

    @Test(arguments: [(11, true), (9, false)] as [(Int64, Bool)])
    func `a box that writes with a clock more than 10 minutes ahead is named at the others`(
        minutes: Int64, isTold: Bool
    ) async throws {
        try await TemporaryNode.withTwoFolders { first, second in
            let (right, fast) = (WallClock(), WallClock())
            fast.turn(by: minutes * 60_000)
            let north = try await TemporaryNode(
                root: first, site: "North", environment: right.environment)
            let south = try await TemporaryNode(
                root: second, site: "South", environment: fast.environment)
            _ = try await south.importDogs(2)
            try await TemporaryNode.exchange(north.node, south.node)
            let name = await south.node.status().writer
            let told = await north.node.status().alarms.filter {
                $0.contains("The box \(name) wrote with a clock that was 11 minutes ahead")
            }
            #expect(told.count == (isTold ? 1 : 0))
            await north.node.close()
            await south.node.close()

            let again = try await TemporaryNode(
                root: first, site: "North", environment: right.environment)
            #expect(await again.node.status().alarms.filter { $0.contains(name) } == told)
            right.turn(by: minutes * 60_000)
            #expect(await again.node.status().alarms.isEmpty)
            await again.node.close()
        }
    }
}

/// A wall clock that stands still and is turned by hand.
private final class WallClock: Sendable {
    /// 2026-09-21.
    private let shown = Mutex<Int64>(1_790_000_000_000)

    func turn(by milliseconds: Int64) { shown.withLock { $0 += milliseconds } }

    var environment: NodeEnvironment {
        var environment = NodeEnvironment.system
        environment.wallMilliseconds = { [self] in shown.withLock { $0 } }
        return environment
    }
}
