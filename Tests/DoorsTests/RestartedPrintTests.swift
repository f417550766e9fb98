import CRDT
import Foundation
import FrontDesk
import Peripherals
import Testing

@testable import EdgeNode

/// What becomes of a job whose bytes had left when the process ended.
@Suite(.timeLimit(.minutes(5))) struct RestartedPrintTests {
    /// Whether the printer is found before the jobs are, or plugged in later.
    @Test(arguments: [true, false])
    func `a job that was sent before a restart is in doubt once its printer had time to tell`(
        isThere: Bool
    ) async throws {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
                encode: { _ in [] })
            let before = PrintService(box.node, box.packs)
            await before.register(Self.slot(.seconds(3_600)))
            try await before.tick()
            #expect(try box.texts("print_job_event", "state") == ["sending", "sent"])

            let after = PrintService(box.node, box.packs)
            if isThere { await after.register(Self.slot(.zero)) }
            try await after.tick()
            if !isThere { await after.register(Self.slot(.zero)) }
            try await after.tick()
            #expect(try box.texts("print_job_event", "state") == ["sending", "sent", "unknown"])
        }
    }

    @Test func `a scan of the card that hung there first says nothing of its copy`() async throws {
        try await TemporaryNode.with { box in
            let desk = try Desk(box.node, box.packs, templates: ["kennel-card"])
            let made = try await Self.checkIn(box, desk)
            let service = PrintService(box.node, box.packs)
            await service.register(.folder(FilePrinter(box.node.directory.printer)))
            try await service.tick()
            #expect(try box.texts("print_job_event", "state").last == "printed")

            await service.register(Self.slot(.zero))
            _ = try await desk.printLabels(
                LabelsWish(stay: made.stay, role: nil, staff: try await Self.rosa(box)),
                key: "again", request: [],
                encode: { _ in [] })
            try await service.tick()
            try await service.tick()
            try await Self.expectDoubt(after: ScanPayload(.stay, made.stay), service, box)
        }
    }

    @Test func `a scan of a card that may exist twice says nothing of the second`() async throws {
        try await TemporaryNode.with { box in
            let desk = try Desk(box.node, box.packs, templates: ["kennel-card"])
            let made = try await Self.checkIn(box, desk)
            let service = PrintService(box.node, box.packs)
            await service.register(Self.slot(.zero))
            try await service.tick()
            try await service.tick()
            _ = try await service.perform(
                PrintCommand(
                    .retry, made.job, by: try await Self.rosa(box), key: "again", request: [],
                    encode: { _ in [] }))
            try await service.tick()
            try await Self.expectDoubt(after: ScanPayload(.stay, made.stay), service, box)
        }
    }

    @Test func `a scan says nothing of a card that is in doubt together with its copy`()
        async throws
    {
        try await TemporaryNode.with { box in
            let desk = try Desk(box.node, box.packs, templates: ["kennel-card"])
            let made = try await Self.checkIn(box, desk)
            let service = PrintService(box.node, box.packs)
            await service.register(Self.slot(.zero))
            try await service.tick()
            _ = try await desk.printLabels(
                LabelsWish(stay: made.stay, role: nil, staff: try await Self.rosa(box)),
                key: "again", request: [],
                encode: { _ in [] })
            for _ in 0..<3 { try await service.tick() }
            await service.scanned(ScanPayload(.stay, made.stay).text)
            let states = try box.texts("print_job_event", "state")
            #expect(states.count { $0 == "unknown" } == 2)
            #expect(!states.contains("printed"))
        }
    }

    @Test func `a scan of the only card there can be says that it was printed`() async throws {
        try await TemporaryNode.with { box in
            let desk = try Desk(box.node, box.packs, templates: ["kennel-card"])
            let made = try await Self.checkIn(box, desk)
            let service = PrintService(box.node, box.packs)
            await service.register(Self.slot(.zero))
            try await service.tick()
            await service.scanned(ScanPayload(.stay, made.stay).text)
            #expect(try box.texts("print_job_event", "state").last == "printed")
            #expect(try box.texts("print_job_event", "detail").last == "scan")
        }
    }

    /// The second label is in doubt, and a scan of the code that both bear changes nothing of it.
    private static func expectDoubt(
        after scan: ScanPayload, _ service: PrintService, _ box: TemporaryNode
    ) async throws {
        #expect(try box.texts("print_job_event", "state").last == "unknown")
        await service.scanned(scan.text)
        #expect(try box.texts("print_job_event", "state").last == "unknown")
    }

    private static func rosa(_ box: TemporaryNode) async throws -> RowID {
        try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first).id
    }

    private static func checkIn(
        _ box: TemporaryNode, _ desk: Desk
    ) async throws -> (stay: RowID, job: RowID) {
        let sample = try await box.sample()
        let made = Outcome<CheckedIn>()
        _ = try await desk.checkIn(
            CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
            encode: {
                made.set($0)
                return []
            })
        let rows = try #require(made.value)
        return (try #require(rows.stays.first), try #require(rows.printJobs.first))
    }

    private static func slot(_ confirmsWithin: Duration) -> PrinterSlot {
        PrinterSlot(
            id: "usb", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
            confirmsWithin: confirmsWithin, target: Forgetful())
    }
}

/// Takes everything and says nothing of what came out: switched off and on, its counts are gone.
private struct Forgetful: PrintTarget {
    func prepare(_ job: RowID) async -> [PrintJob.Input] { [.ready] }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] { [.acceptedAll] }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
