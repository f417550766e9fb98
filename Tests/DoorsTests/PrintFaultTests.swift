import CRDT
import Peripherals
import ReplicaStorage
import Synchronization
import Testing

@testable import EdgeNode

/// What people want of jobs while the disk takes nothing.
@Suite(.timeLimit(.minutes(5))) struct PrintFaultTests {
    @Test func `a cancel that was not recorded leaves the job its printer`() async throws {
        try await TemporaryNode.with { box in
            let first = try await box.sample()
            let second = try await SampleBooking.make(
                at: box.node, arrival: "2026-01-01", departure: "2036-01-01", for: .jonas,
                number: 2)
            for (number, animal) in [first.animal, second.animal].enumerated() {
                _ = try await box.desk.checkIn(
                    CheckInWish(guest: .animal(animal)), key: "k\(number)", request: [],
                    encode: { _ in [] })
            }
            let node = box.node
            let isFull = Mutex(true)
            let service = PrintService(
                node, box.packs,
                ledger: { deed in
                    guard !isFull.withLock({ $0 }) else {
                        throw StorageError(.diskFull, "not now")
                    }
                    return try await node.replica.commit(deed: deed)
                })
            let printer = SlowPrinter()
            await service.register(.folder(printer))
            try await service.tick()
            let job = try #require(await printer.prepared.first)
            let cancel = PrintCommand(
                .cancel, job, by: RowID(1), key: "cancel", request: [], encode: { _ in [] })
            await #expect(throws: NodeFault.self) { try await service.perform(cancel) }
            isFull.withLock { $0 = false }
            try await service.tick()
            // The label is on its way into the printer: nothing else may be put before it.
            #expect(await printer.sent == [job])
            #expect(await printer.prepared == [job])
            #expect(try box.texts("print_job_event", "state") == ["sending"])
        }
    }

    @Test func `a wish that cannot be recorded is answered so, and the job stands as it stood`()
        async throws
    {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
                encode: { _ in [] })
            let node = box.node
            let isRefused = Mutex(false)
            let service = PrintService(
                node, box.packs,
                ledger: { deed in
                    guard !isRefused.withLock({ $0 }) else {
                        throw StorageError(.refused, "this device was revoked")
                    }
                    return try await node.replica.commit(deed: deed)
                })
            // Nobody prints: the job waits.
            try await service.tick()
            let jobs = try box.node.page(of: try box.collection("print_job"), limit: 1).rows
            let job = try #require(jobs.first?.id)
            isRefused.withLock { $0 = true }
            let cancel = PrintCommand(
                .cancel, job, by: RowID(1), key: "cancel", request: [], encode: { _ in [] })
            let fault = await #expect(throws: NodeFault.self) {
                try await service.perform(cancel)
            }
            #expect(fault?.kind == .refused)
            #expect(fault?.message.contains("this device was revoked") == true)
            isRefused.withLock { $0 = false }
            let again = PrintCommand(
                .cancel, job, by: RowID(1), key: "again", request: [], encode: { _ in [] })
            #expect(try await service.perform(again).state == .cancelled)
        }
    }
}

/// Takes bytes and is never done with them.
private actor SlowPrinter: PrintTarget {
    private(set) var prepared: [RowID] = []
    private(set) var sent: [RowID] = []

    func prepare(_ job: RowID) async -> [PrintJob.Input] {
        prepared.append(job)
        return [.ready]
    }

    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        sent.append(job)
        return []
    }

    func withdraw(_ job: RowID) async {}
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
