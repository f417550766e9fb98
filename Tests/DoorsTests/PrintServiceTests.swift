import CRDT
import Foundation
import FrontDesk
import Peripherals
import ReplicaStorage
import Synchronization
import Testing

@testable import EdgeNode

@Suite(.timeLimit(.minutes(5))) struct PrintServiceTests {
    @Test func `a tag is printed once, however often the service starts`() async throws {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            try await box.print { try box.texts("print_job_event", "state").contains("printed") }
            #expect(try box.labels().count == 1)
            #expect(
                try box.texts("print_job_event", "state") == ["sending", "sent", "printed"])
            #expect(try box.texts("print_job_event", "detail").last == "file")
            try await box.print { true }
            #expect(try box.texts("print_job_event", "state").count == 3)
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `a label comes without a tick, whatever changed before its check-in`()
        async throws
    {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            async let printing: Void = box.print {
                try box.texts("print_job_event", "state").contains("printed")
            }
            for number in 0..<20 {
                try await box.set("animal", sample.animal, "marks", .text("mark \(number)"))
            }
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
                encode: { _ in [] })
            try await printing
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `a key that another wish took is refused, and the printing goes on`() async throws {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            let stays = Mutex<[RowID]>([])
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "in", request: [],
                encode: { rows in
                    stays.withLock { $0 = rows.stays }
                    return []
                })
            let staff = try #require(
                try await SampleStaff.make(at: box.node, roles: [.desk]).first)
            let stay = try #require(stays.withLock { $0.first })
            _ = try await box.desk.printLabels(
                LabelsWish(stay: stay, role: nil, staff: staff.id), key: "again", request: [],
                encode: { _ in [] })
            let service = PrintService(box.node, box.packs)
            try await service.tick()
            let jobs = try box.node.page(of: try box.collection("print_job"), limit: 9).rows
            try #require(jobs.count == 2)
            func cancel(_ job: RowID, _ request: UInt8) async throws {
                _ = try await service.perform(
                    PrintCommand(
                        .cancel, job, by: staff.id, key: "k", request: [request],
                        encode: { _ in [] }))
            }
            try await cancel(jobs[0].id, 1)
            await #expect(throws: NodeFault.self) { try await cancel(jobs[1].id, 2) }
            try await service.tick()
            #expect(try box.node.printJob(jobs[1].id)?.state == .held)
        }
    }

    @Test func `a job that came by merge, or names another box, is never printed`() async throws {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            let jobs = try box.collection("print_job")
            let ids = await box.node.replica.drawRowIDs(1)
            let values: [String: Value] = [
                "site": .reference(box.node.site), "box": .blob(box.node.box),
                "template": .text("collar-tag"), "template_version": .integer(1),
                "data": .text("{}"), "copies": .integer(1), "animal": .reference(sample.animal),
            ]
            let cells = jobs.fields.compactMap { field in
                values[field.name].map { CellOperation(field: field.id, action: .assign($0)) }
            }
            _ = try await box.node.replica.commit([
                RowOperation(collection: jobs.id, row: ids[0], kind: .insert, cells: cells)
            ])
            try await box.print { true }
            #expect(try box.labels().isEmpty)
            #expect(try box.count("print_job_event") == 0)
        }
    }

    @Test func `after a crash between writing and confirming, the paper that is there counts`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let folder = box.node.directory.printer
            try await box.print(to: Interrupted(folder: folder, writes: true)) {
                try box.texts("print_job_event", "state").contains("sending")
            }
            #expect(try box.labels().count == 1)
            try await box.print { try box.texts("print_job_event", "state").contains("printed") }
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `after a crash with no paper to be found, a person is asked and nothing is printed`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let folder = box.node.directory.printer
            try await box.print(to: Interrupted(folder: folder, writes: false)) {
                try box.texts("print_job_event", "state").contains("sending")
            }
            try await box.print { try box.texts("print_job_event", "state").contains("unknown") }
            try await box.print { true }
            #expect(try box.labels().isEmpty)
            #expect(try box.texts("print_job_event", "state") == ["sending", "unknown"])
        }
    }

    @Test func `a printer that fails before the first byte is tried again, not forgotten`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            try await box.print(to: Broken()) {
                try box.texts("print_job_event", "state").contains("failed")
            }
            #expect(try box.labels().isEmpty)
            #expect(try box.texts("print_job_event", "state") == ["sending", "failed"])
            // The next start lets the patience of a second pass, then tries again.
            try await box.print(ticking: true) {
                try box.texts("print_job_event", "state").contains("printed")
            }
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `a file that has its name but not its folder's sync is in doubt, not written again`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let printer = FilePrinter(box.node.directory.printer) { file, bytes in
                try DurableFile.replace(file, with: bytes, mode: 0o600)
                throw NodeFault(.stopped, "the folder cannot be synced")
            }
            try await box.print(to: printer) {
                try box.texts("print_job_event", "state").contains("unknown")
            }
            #expect(try box.texts("print_job_event", "state") == ["sending", "unknown"])
            #expect(try box.labels().count == 1)
            // The next start finds the paper.
            try await box.print { try box.texts("print_job_event", "state").last == "printed" }
            #expect(try box.labels().count == 1)
        }
    }

    @Test(arguments: ["held", "sending", "sent", "failed", "unknown"])
    func `a job whose record cannot be read is not printed afresh`(state: String) async throws {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let job = try await Self.damage(state, box)
            try await box.print { try box.texts("print_job_event", "state").contains("unknown") }
            try await box.print { true }
            #expect(try box.labels().isEmpty)
            let kept = try Self.effects(box)
            #expect(kept.map(\.row) == [job])
            #expect(kept.map(\.state) == ["unknown"])
        }
    }

    @Test func `a queued job whose record cannot be read never left the queue and prints`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            try await Self.damage("queued", box)
            try await box.print { try box.texts("print_job_event", "state").contains("printed") }
            #expect(try box.labels().count == 1)
        }
    }

    @Test(arguments: 1...3)
    func `a full disk ends neither the service nor the job: it prints once there is room`(
        record: Int
    ) async throws {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let disk = PickyDisk(.diskFull, at: record, box.node)
            let service = await Self.service(box, disk)
            try await service.tick()
            #expect(try !box.texts("print_job_event", "state").contains("printed"))
            try await service.tick()
            #expect(try box.texts("print_job_event", "state").last == "printed")
            #expect(try box.labels().count == 1)
        }
    }

    @Test func `a file that another holds for a moment is tried again on the next tick`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let disk = PickyDisk(.busy, at: 1, box.node)
            let service = await Self.service(box, disk)
            try await service.tick()
            #expect(try box.labels().isEmpty)
            try await service.tick()
            #expect(try box.texts("print_job_event", "state").last == "printed")
        }
    }

    @Test func `a job whose record is refused is parked with an alarm, and the others print`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let second = try await SampleBooking.make(
                at: box.node, arrival: "2026-01-01", departure: "2036-01-01", for: .jonas,
                number: 2)
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(second.animal)), key: "k2", request: [],
                encode: { _ in [] })
            let alarms = Mutex<[String]>([])
            let disk = PickyDisk(.refused, at: 1, box.node)
            let service = await Self.service(box, disk) { alarm in
                alarms.withLock { $0.append(alarm) }
            }
            for _ in 0..<3 { try await service.tick() }
            #expect(try box.labels().count == 1)
            #expect(
                try box.texts("print_job_event", "state") == ["sending", "sent", "printed"])
            #expect(alarms.withLock { $0.count } == 1)
            // The next process tries it again.
            try await Self.service(box, disk).tick()
            #expect(try box.labels().count == 2)
        }
    }

    @Test func `a disk that failed under a print step ends the service`() async throws {
        try await TemporaryNode.with { box in
            try await Self.checkIn(box)
            let service = await Self.service(box, PickyDisk(.inputOutput, at: 1, box.node))
            await #expect(throws: StorageError(.inputOutput, "")) { try await service.tick() }
        }
    }

    @Test func `a disk that failed under anybody's write ends the service`() async throws {
        try await TemporaryNode.with { box in
            let service = PrintService(box.node, box.packs)
            try await service.tick()
            await #expect(throws: StorageError.self) {
                try await box.node.replica.commit(deed: { _, _ throws(StorageError) in
                    throw StorageError(.inputOutput, "the disk is gone")
                })
            }
            await #expect(throws: StorageError(.inputOutput, "")) { try await service.tick() }
        }
    }

    private static func service(
        _ box: TemporaryNode, _ disk: PickyDisk,
        alarm: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> PrintService {
        let service = PrintService(
            box.node, box.packs, alarm: alarm, ledger: { try await disk.commit($0) })
        await service.register(.folder(FilePrinter(box.node.directory.printer)))
        return service
    }

    /// Spoils what is kept of the one job here.
    @discardableResult
    private static func damage(_ state: String, _ box: TemporaryNode) async throws -> RowID {
        let job = try #require(try effects(box).first?.row)
        _ = try await box.node.replica.commit { _, _ throws(StorageError) in
            Deed(
                changes: [],
                effects: [
                    StoredEffect(
                        row: job, kind: "print", state: state, detail: [0x7B, 0xFF],
                        wallMilliseconds: 1)
                ])
        }
        return job
    }

    private static func effects(_ box: TemporaryNode) throws -> [StoredEffect] {
        let states = Set(PrintJob.StateWord.allCases.map(\.rawValue))
        return try box.node.read { reader throws(StorageError) in
            try reader.effects(of: "print", in: states)
        }
    }

    private static func checkIn(_ box: TemporaryNode) async throws {
        let sample = try await box.sample()
        _ = try await box.desk.checkIn(
            CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
            encode: { _ in [] })
    }
}

/// A process that ends inside the attempt: with the file there, or before any byte.
private struct Interrupted: PrintTarget {
    let folder: URL
    let writes: Bool

    func prepare(_ job: RowID) async -> [PrintJob.Input] { [.ready] }
    func withdraw(_ job: RowID) async {}

    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        if writes {
            _ = await FilePrinter(folder).send(job, bytes, attempt: attempt, copies: copies)
        }
        // The process ends here: nobody ever says what became of it.
        return []
    }

    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}

/// Refuses one write, as a full disk does.
private actor PickyDisk {
    private let code: StorageError.Code
    private var left: Int
    private let node: Node

    init(_ code: StorageError.Code, at number: Int, _ node: Node) {
        self.code = code
        left = number
        self.node = node
    }

    func commit(
        _ deed: @escaping @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed
    ) async throws -> Commit? {
        left -= 1
        if left == 0 { throw StorageError(code, "not this one") }
        return try await node.replica.commit(deed: deed)
    }
}

private struct Broken: PrintTarget {
    func prepare(_ job: RowID) async -> [PrintJob.Input] { [.ready] }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] { [.interrupted(acceptedBytes: 0)] }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
