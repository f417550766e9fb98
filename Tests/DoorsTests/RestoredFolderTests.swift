import CRDT
import Foundation
import FrontDesk
import Peripherals
import SyncProtocol
import Synchronization
import Testing

@testable import EdgeNode

/// What becomes of jobs that wait in a folder that was put back from a backup.
@Suite(.timeLimit(.minutes(5))) struct RestoredFolderTests {
    /// What lies beside the old database.
    enum AnchorFile: CaseIterable {
        case old, newer, none
    }

    @Test(arguments: AnchorFile.allCases)
    func `a label that the others know to be printed is not printed again`(
        anchor: AnchorFile
    ) async throws {
        try await Scene.with { scene in
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

    @Test(arguments: [AnchorFile.newer, .none])
    func `a box that knows its file to be older asks a person and does not wait`(
        anchor: AnchorFile
    ) async throws {
        try await Scene.with { scene in
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

    @Test(arguments: [AnchorFile.newer, .none])
    func `whatever opens the folder first, the labels stay in doubt`(
        anchor: AnchorFile
    ) async throws {
        try await Scene.with { scene in
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

    @Test func `a label that waits for its printer is not printed when word of it comes late`()
        async throws
    {
        try await Scene.with { scene in
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
        try await Scene.with { scene in
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
        try await Scene.with { scene in
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
        try await Scene.with { scene in
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

/// Two boxes of one business, of which the first is put back.
private final class Scene {
    let root: URL
    let clock = SteadyClock()
    private(set) var job: RowID?
    private(set) var member = RowID(0)

    private init(_ root: URL) { self.root = root }

    static func with(_ body: (Scene) async throws -> Void) async throws {
        try await TemporaryNode.withTwoFolders { north, _ in
            try await body(Scene(north.deletingLastPathComponent()))
        }
    }

    private func folder(_ name: String) -> URL { root.appendingPathComponent(name) }

    func open(_ name: String) async throws -> TemporaryNode {
        try await TemporaryNode(root: folder(name), site: name, environment: clock.environment)
    }

    /// North checks a guest in, and ends before the label is printed.
    func checkIn() async throws {
        let box = try await open("north")
        let sample = try await box.sample()
        let made = Mutex<RowID?>(nil)
        _ = try await box.desk.checkIn(
            CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
            encode: { rows in
                made.withLock { $0 = rows.printJobs.first }
                return []
            })
        job = made.withLock { $0 }
        member = try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first).id
        await box.node.close()
    }

    /// North's folder is copied while a label waits; the label is printed and South hears of it;
    /// then the copy takes the folder's place.
    func printOnceAndGoBack(to anchor: RestoredFolderTests.AnchorFile) async throws {
        try await checkIn()
        let files = FileManager.default
        try files.copyItem(at: folder("north"), to: folder("copy"))
        let (north, south) = (try await open("north"), try await open("south"))
        let (service, printer) = await north.service()
        try await service.tick()
        try await TemporaryNode.exchange(north.node, south.node)
        try await service.tick()
        #expect(printer.labels == 1)
        try await TemporaryNode.exchange(north.node, south.node)
        await north.node.close()
        await south.node.close()
        let newer = try Data(contentsOf: north.node.directory.anchor)
        try files.removeItem(at: folder("north"))
        try files.moveItem(at: folder("copy"), to: folder("north"))
        let file = NodeDirectory(folder("north")).anchor
        switch anchor {
        case .old: break
        case .newer: try newer.write(to: file)
        case .none: try files.removeItem(at: file)
        }
    }

    func state(at box: TemporaryNode) throws -> PrintJob.StateWord? {
        try box.node.printJob(try #require(job))?.state
    }

    func stay(at box: TemporaryNode) throws -> RowID {
        try #require(
            try box.node.page(of: try box.collection("stay"), limit: 1).rows.first
        ).id
    }
}

/// A steady clock that is turned by hand; the wall goes on by itself.
private final class SteadyClock: Sendable {
    private let shown = Mutex<Int64>(0)

    func pass(_ milliseconds: Int64) { shown.withLock { $0 += milliseconds } }

    var environment: NodeEnvironment {
        var environment = NodeEnvironment.system
        environment.steadyMilliseconds = { [self] in shown.withLock { $0 } }
        return environment
    }
}

extension TemporaryNode {
    fileprivate func service() async -> (PrintService, CountingPrinter) {
        let (service, printer) = (PrintService(node, packs), CountingPrinter())
        await service.register(
            PrinterSlot(
                id: "usb", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
                confirmsWithin: .seconds(3_600), target: printer))
        return (service, printer)
    }
}

/// Prints everything and counts it.
private final class CountingPrinter: PrintTarget {
    private let count = Mutex(0)
    let isOff = Mutex(false)

    var labels: Int { count.withLock { $0 } }

    func prepare(_ job: RowID) async -> [PrintJob.Input] {
        isOff.withLock { $0 } ? [.blocked(.paused)] : [.ready]
    }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        count.withLock { $0 += 1 }
        return [.acceptedAll, .confirmed(.counters)]
    }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
