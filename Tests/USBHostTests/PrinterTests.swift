import CUSBEmulator
import Peripherals
import Testing
import USBEmulation

@testable import USBHost

extension USBTests {
    /// A label from its first byte to the count that confirms it, and everything between.
    @Suite struct PrinterTests {
        /// Runs a stand beside a body, on one link; without a body, until the link ends.
        private func print(
            _ link: any DeviceLink, _ stand: PrintStand,
            _ body: (() async throws -> Void)? = nil
        ) async throws -> LinkFault {
            let ended = Watch<LinkFault?>(nil)
            return try await withThrowingTaskGroup(of: LinkFault?.self) { group in
                group.addTask {
                    await stand.run()
                    return nil
                }
                group.addTask {
                    let fault = await stand.printer.serve(link)
                    ended.update { $0 = fault }
                    return fault
                }
                if let body { try await body() } else { await ended.until { $0 != nil } }
                group.cancelAll()
                var last: LinkFault?
                for try await fault in group { last = fault ?? last }
                return try #require(last)
            }
        }

        private static let question = Array("~HS".utf8)
        private static let count = Array("! U1 getvar \"odometer.total_label_count\"\r\n".utf8)

        @Test func `a label is printed and confirmed by the count`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                let label = PrintStand.label(20_000)
                let stand = PrintStand(label, clock: bench.clock)
                _ = try await print(open.link, stand) {
                    stand.want()
                    await stand.record(.printed)
                }
                #expect(stand.state.value.job.state == .printed(.counters))
                #expect(zebra.labels == 101)
                let talk = Self.question + Self.count
                #expect(zebra.state.value.received == talk + label + talk)
                #expect(stand.state.value.reports.contains(.keep(7, labelsBefore: 100)))
            }
        }

        /// At each packet of a label, on a host that counts truly and on one that counts 0 bytes
        /// of the transfer in which the cable was pulled.
        @Test(arguments: [0, UInt32(EMULATED_ZERO_ON_PULL.code)])
        func `a cable pulled anywhere in a label leaves doubt and prints no second one`(
            lies: UInt32
        ) async throws {
            let label = PrintStand.label(4_100)
            let before = (Self.question + Self.count).count
            for place in stride(from: 0, through: label.count, by: 512) + [label.count] {
                try await withBench { bench in
                    let (zebra, plugged, open) = try await bench.printer()
                    plugged.lie(lies)
                    plugged.pull(after: before + max(1, place))
                    let stand = PrintStand(label, clock: bench.clock)
                    stand.want()
                    let fault = try await print(open.link, stand)
                    #expect(fault.reason == .unplugged)
                    let end = stand.state.value
                    #expect(end.job.state == .unknown || end.job.state.isSent, "at \(place)")
                    #expect(end.sendings == 1)
                    #expect(zebra.labels <= 101)
                    let got = zebra.state.value.received.dropFirst(before)
                    #expect(label.starts(with: got), "at \(place)")
                }
            }
        }

        @Test func `plugged in again, a label that came through whole is confirmed`() async throws {
            try await withBench { bench in
                let label = PrintStand.label(3_000)
                let (zebra, plugged, open) = try await bench.printer()
                plugged.lie(UInt32(EMULATED_ZERO_ON_PULL.code))
                plugged.pull(after: (Self.question + Self.count).count + label.count)
                let stand = PrintStand(label, clock: bench.clock)
                _ = try await print(open.link, stand) {
                    stand.want()
                    await stand.record(.unknown)
                    plugged.unplug()
                    await bench.emptiness(at: "2")
                    let (_, _, again) = try await bench.printer(.zebra(), at: "3", zebra)
                    async let served = stand.printer.serve(again.link)
                    await stand.record(.printed)
                    again.link.close()
                    _ = await served
                }
                #expect(zebra.labels == 101)
                #expect(stand.state.value.sendings == 1)
            }
        }

        /// Also on a host that would count all bytes of a cancelled transfer.
        @Test(arguments: [0, UInt32(EMULATED_ALL_ON_CANCEL.code)])
        func `paper that runs out in a label goes on where it stopped`(
            lies: UInt32
        ) async throws {
            try await withBench { bench in
                let (zebra, plugged, open) = try await bench.printer()
                plugged.lie(lies)
                let label = PrintStand.label(9_000)
                let before = (Self.question + Self.count).count
                let stand = PrintStand(label, clock: bench.clock)
                zebra.change { $0.room = before + 3_000 }
                _ = try await print(open.link, stand) {
                    stand.want()
                    await zebra.state.until { $0.room == 0 }
                    for _ in 0..<5 { await bench.clock.turn(by: .seconds(1)) }
                    await stand.state.until { state in
                        state.reports.contains {
                            $0 == .observe(.stalled(7, acceptedBytes: 512, of: 9_000))
                        }
                    }
                    zebra.change { $0.room = nil }
                    await stand.record(.printed)
                }
                #expect(zebra.labels == 101)
                let got = zebra.state.value.received.dropFirst(before).prefix(label.count)
                #expect(Array(got) == label)
                #expect(stand.state.value.sendings == 1)
            }
        }

        @Test func `a job waits for paper and is printed when it is there`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                zebra.change { $0.isPaperOut = true }
                let stand = PrintStand(PrintStand.label(600), clock: bench.clock)
                _ = try await print(open.link, stand) {
                    stand.want()
                    try await bench.taken(Self.question, zebra, open.link)
                    // None to the status, as is documented; then to the errors there is one.
                    await bench.clock.turn(by: .milliseconds(700))
                    await stand.isTold(.blocked(.paperOut))
                    zebra.change { $0.isPaperOut = false }
                    await bench.clock.turn(by: .seconds(2))
                    await stand.record(.printed)
                }
                #expect(
                    stand.state.value.records.map(\.state).suffix(4)
                        == [.held, .sending, .sent, .printed])
                #expect(zebra.labels == 101)
            }
        }

        @Test func `a printer that never answers is silent, and nothing hangs`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                zebra.change { $0.isMute = true }
                let stand = PrintStand(PrintStand.label(600), clock: bench.clock)
                _ = try await print(open.link, stand) {
                    stand.want()
                    for round in 0..<3 {
                        for word in ["~HS", "~HQES"] {
                            try await bench.taken(Array(word.utf8), zebra, open.link)
                            await bench.clock.turn(by: .milliseconds(700))
                        }
                        await stand.isTold(.blocked(.silent))
                        if round == 2 { zebra.change { $0.isMute = false } }
                        await bench.clock.turn(by: .seconds(2))
                    }
                    await stand.record(.printed)
                }
                #expect(stand.state.value.reports.contains(.observe(.silent)))
                #expect(zebra.labels == 101)
            }
        }

        @Test func `a printer that takes no byte gives the job back untouched`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                let before = (Self.question + Self.count).count
                zebra.change { $0.room = before }
                let stand = PrintStand(PrintStand.label(5_000), clock: bench.clock)
                _ = try await print(open.link, stand) {
                    stand.want()
                    await zebra.state.until { $0.refusals > 0 }
                    for _ in 0..<3 { await bench.clock.turn(by: .seconds(1)) }
                    await stand.record(.failed)
                }
                #expect(
                    stand.state.value.reports.contains(.tell(7, .interrupted(acceptedBytes: 0))))
                #expect(zebra.state.value.received.count == before)
                #expect(zebra.labels == 100)
            }
        }

        /// Hosts are known that count all bytes of a cancelled transfer. The label is not gone on
        /// with: its beginning may be missing.
        @Test func `a count that may be a lie ends the talk and leaves doubt`() async throws {
            try await withBench { bench in
                let (zebra, plugged, open) = try await bench.printer()
                plugged.lie(UInt32(EMULATED_ALL_ON_CANCEL.code))
                let before = (Self.question + Self.count).count
                zebra.change { $0.room = before }
                let stand = PrintStand(PrintStand.label(5_000), clock: bench.clock)
                let fault = try await print(open.link, stand) {
                    stand.want()
                    await zebra.state.until { $0.refusals > 0 }
                    await bench.clock.turn(by: .seconds(1))
                    await stand.record(.unknown)
                }
                #expect(fault.reason == .cancelled)
                #expect(zebra.state.value.received.count == before)
            }
        }

        @Test func `a printer that answers every read with nothing is not asked in a circle`()
            async throws
        {
            try await withBench { bench in
                let (zebra, plugged, open) = try await bench.printer()
                plugged.give([], on: 0x82)
                let stand = PrintStand(PrintStand.label(600), clock: bench.clock)
                _ = try await print(open.link, stand) {
                    await bench.clock.turn(by: .milliseconds(100))
                    stand.want()
                    await stand.record(.printed)
                }
                #expect(zebra.labels == 101)
            }
        }
    }
}

extension USBTests.Bench {
    /// Returns when the printer has taken these bytes last and the driver cannot fail to know it:
    /// links tell of transfers in the order of their ends.
    func taken(_ bytes: [UInt8], _ zebra: EmulatedZebra, _ link: any DeviceLink) async throws {
        await zebra.state.until { $0.received.suffix(bytes.count) == bytes[...] }
        _ = try await (link as? USBLink)?.portStatus()
    }
}

extension PrintJob.State {
    var isSent: Bool {
        if case .sent = self { true } else { false }
    }
}

private func + (left: StrideThrough<Int>, right: [Int]) -> [Int] { Array(left) + right }
