import CRDT
import Foundation
import Peripherals
import Testing

@testable import EdgeNode

/// What becomes of a job whose bytes had left when the process ended.
@Suite(.timeLimit(.minutes(2))) struct RestartedPrintTests {
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
