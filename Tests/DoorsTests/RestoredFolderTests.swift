import CRDT
import Foundation
import Peripherals
import ReplicaStorage
import SyncProtocol
import Synchronization
import Testing

@testable import EdgeNode

/// What becomes of jobs that wait in a folder that was put back from a backup.
@Suite(.timeLimit(.minutes(5))) struct RestoredFolderTests {
    @Test(arguments: RestoredFolder.AnchorFile.allCases)
    func `a label that the others know to be printed is not printed again`(
        anchor: RestoredFolder.AnchorFile
    ) async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: anchor)
            let north = try await scene.open("north")
            let south = try await scene.open("south")
            let (service, printer) = await north.service()
            try await service.tick()
            #expect(printer.labels == 0)

            try await TemporaryNode.exchange(north.node, south.node)
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .printed)
            // Nobody was asked, and nothing was written on the old copy before the others spoke.
            #expect(await !north.node.status().alarms.contains { $0.contains("was copied") })
            await north.node.close()
            await south.node.close()
        }
    }

    @Test(arguments: [RestoredFolder.AnchorFile.newer, .none])
    func `a box that knows its file to be older asks a person and does not wait`(
        anchor: RestoredFolder.AnchorFile
    ) async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: anchor)
            let north = try await scene.open("north")
            let (service, printer) = await north.service()
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .unknown)
            scene.clock.pass(60_000)
            try await service.tick()
            #expect(printer.labels == 0)
            await north.node.close()
        }
    }

    @Test(arguments: [RestoredFolder.AnchorFile.newer, .none])
    func `whatever opens the folder first, the labels stay in doubt`(
        anchor: RestoredFolder.AnchorFile
    ) async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: anchor)
            // As `warren status` would, or a start that found its port taken.
            await (try await scene.open("north")).node.close()
            let north = try await scene.open("north")
            let (service, printer) = await north.service()
            scene.clock.pass(60_000)
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .unknown)
            await north.node.close()
        }
    }

    @Test func `a start that ends before the labels are in doubt loses no doubt`() async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .none)
            try await scene.openFileAlone()
            let north = try await scene.open("north")
            #expect(await north.node.replica.status().boot.continuity == .continued)
            let (service, printer) = await north.service()
            scene.clock.pass(60_000)
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .unknown)
            await north.node.close()
        }
    }

    @Test func `a job's newest event has the highest number, whatever the older life told`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.checkIn()
            let job = try #require(scene.job)
            let south = try await scene.open("south")
            _ = try await south.add(
                "print_job_event",
                [
                    "job": .reference(job), "number": .integer(7), "state": .text("unknown"),
                    "attempt": .integer(1), "occurred_at": .integer(1),
                ])
            try FileManager.default.removeItem(at: scene.anchor)
            let north = try await scene.open("north")
            let (service, _) = await north.service()
            try await service.tick()
            #expect(try scene.state(at: north) == .unknown)
            try await TemporaryNode.exchange(north.node, south.node)
            try await service.tick()
            _ = try await service.perform(
                PrintCommand(
                    .confirm, job, by: scene.member, key: "c", request: [], encode: { _ in [] }))
            let events = try north.collection("print_job_event")
            let rows = try north.node.page(of: events, limit: 100).rows
            let numbers = rows.map { NamedRow($0, events) }
                .filter { $0.text("state") == "printed" }.map { $0.integer("number") ?? 0 }
            #expect(numbers == [8])
            await north.node.close()
            await south.node.close()
        }
    }

    @Test func `where there is a relay, it is heard too before a waiting label is printed`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.checkIn()
            try scene.joinRelay()
            let (north, south) = (try await scene.open("north"), try await scene.open("south"))
            let (service, printer) = await north.service()
            try await TemporaryNode.exchange(north.node, south.node)
            try await service.tick()
            // The other box may have been away when this one printed.
            #expect(printer.labels == 0)
            _ = north.node.relayBoard.note(.report(.caughtUp), at: 1)
            try await service.tick()
            #expect(printer.labels == 1)
            await north.node.close()
            await south.node.close()
        }
    }

    @Test func `a backup from when the box was alone learns too what was printed since`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .old)
            try scene.forgetSouth()
            let (north, south) = (try await scene.open("north"), try await scene.open("south"))
            #expect(!north.node.before.hasOthers)
            let (service, printer) = await north.service()
            printer.isOff.withLock { $0 = true }
            try await service.tick()
            #expect(try scene.state(at: north) == .held)
            try await TemporaryNode.exchange(north.node, south.node)
            printer.isOff.withLock { $0 = false }
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .printed)
            await north.node.close()
            await south.node.close()
        }
    }

    @Test func `what another box knows to be printed is settled without the relay`() async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .old)
            try scene.joinRelay()
            let (north, south) = (try await scene.open("north"), try await scene.open("south"))
            let (service, printer) = await north.service()
            scene.clock.pass(60_000)
            printer.isOff.withLock { $0 = true }
            try await service.tick()
            try await TemporaryNode.exchange(north.node, south.node)
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .printed)
            await north.node.close()
            await south.node.close()
        }
    }

    @Test func `a label that waits for its printer is not printed when word of it comes late`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .old)
            let (north, south) = (try await scene.open("north"), try await scene.open("south"))
            let (service, printer) = await north.service()
            printer.isOff.withLock { $0 = true }
            scene.clock.pass(60_000)
            try await service.tick()
            #expect(try scene.state(at: north) == .held)
            try await TemporaryNode.exchange(north.node, south.node)
            printer.isOff.withLock { $0 = false }
            try await service.tick()
            #expect(printer.labels == 0)
            #expect(try scene.state(at: north) == .printed)
            await north.node.close()
            await south.node.close()
        }
    }

    @Test func `a box that is cut off prints what waited after 20 seconds, and new labels at once`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .old)
            let north = try await scene.open("north")
            let (service, printer) = await north.service()
            try await service.tick()
            #expect(printer.labels == 0)
            _ = try await north.desk.printLabels(
                LabelsWish(stay: try scene.stay(at: north), role: nil, staff: scene.member),
                key: "new", request: [], encode: { _ in [] })
            try await service.tick()
            #expect(printer.labels == 1)
            scene.clock.pass(19_999)
            try await service.tick()
            #expect(printer.labels == 1)
            scene.clock.pass(1)
            try await service.tick()
            #expect(printer.labels == 2)
            await north.node.close()
        }
    }

    @Test func `a wish for a label that waits for the others is answered with why`() async throws {
        try await RestoredFolder.with { scene in
            try await scene.printOnceAndGoBack(to: .old)
            let north = try await scene.open("north")
            let (service, _) = await north.service()
            try await service.tick()
            let wish = PrintCommand(
                .cancel, try #require(scene.job), by: scene.member, key: "c", request: [],
                encode: { _ in [] })
            let refusal = await #expect(throws: DeskRefusal.self) {
                try await service.perform(wish)
            }
            #expect(refusal?.message.contains("asks the others") == true)
            await north.node.close()
        }
    }

    @Test func `a box that was started again prints what waited once it is level with another`()
        async throws
    {
        try await RestoredFolder.with { scene in
            try await scene.checkIn()
            let north = try await scene.open("north")
            let south = try await scene.open("south")
            let (service, printer) = await north.service()
            try await service.tick()
            #expect(printer.labels == 0)
            try await TemporaryNode.exchange(north.node, south.node)
            try await service.tick()
            #expect(printer.labels == 1)
            await north.node.close()
            await south.node.close()
        }
    }
}
