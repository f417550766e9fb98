import Peripherals
import Testing
import USBEmulation

@testable import USBHost

/// The bus that the program plays, below the real attendant and drivers; it needs no emulator.
@Suite(.timeLimit(.minutes(5))) struct VirtualBusTests {
    private final class Bench: Sendable {
        let outcomes = Watch<[VirtualBus.Outcome]>([])
        let scans = Watch<[String?]>([])
        let notes = Watch<[USBAttendant.Note]>([])
        let stand: PrintStand
        let bus: VirtualBus

        init(_ kinds: [VirtualBus.Kind], _ label: [UInt8]) {
            stand = PrintStand(label, clock: TurnedClock())
            bus = VirtualBus(kinds) { [outcomes] _, outcome in
                outcomes.update { $0.append(outcome) }
            }
        }

        func serve(_ attended: USBAttendant.Attended) async -> LinkFault {
            if attended.profile.printer != nil { return await stand.printer.serve(attended.link) }
            guard let settings = attended.profile.scan?.hidPOS else {
                return LinkFault(.unsupported)
            }
            return await USBScanner(attended.sighting, .hidPOS(settings), on: attended.interface)
                .serve(attended.link) { report in
                    if case .scan(let scan, _) = report {
                        self.scans.update { $0.append(scan.text) }
                    }
                }
        }
    }

    private func attend(
        _ bench: Bench, _ body: (Bench) async throws -> Void
    ) async throws {
        let attendant = USBAttendant(bench.bus, try USBTests.shelf())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await attendant.run(
                    notice: { _, note in bench.notes.update { $0.append(note) } },
                    serve: { await bench.serve($0) })
            }
            group.addTask { await bench.stand.run() }
            try await body(bench)
            group.cancelAll()
            bench.bus.close()
        }
    }

    private static let label = Array(
        "^XA^CI28^LH0,0^PON^PMN^LRN^PW80^LL40^FO1,1^GB9,9,9^FS\n^PQ1^XZ\n".utf8)

    @Test func `a label crosses the bus by the driver and is confirmed by the count`() async throws
    {
        try await attend(Bench([.labelPrinter], Self.label)) { bench in
            bench.stand.want()
            await bench.stand.record(.printed)
            #expect(bench.stand.state.value.job.state == .printed(.counters))
            let drawn = try ZPLRenderer.draw(Self.label)
            #expect(bench.outcomes.value == [.printed(drawn)])
        }
    }

    @Test func `unplugged and plugged in it is the same printer and goes on`() async throws {
        try await attend(Bench([.labelPrinter], Self.label)) { bench in
            await bench.notes.until { !$0.isEmpty }
            #expect(bench.bus.unplug("virtual-label-printer"))
            await bench.notes.until { $0.last == .left }
            bench.stand.want()
            await bench.stand.record(.held)
            #expect(bench.bus.plug("virtual-label-printer"))
            await bench.stand.record(.printed)
            #expect(bench.stand.state.value.sendings == 1)
        }
    }

    @Test(arguments: [1, 55, 56, 57, 112, 300])
    func `a reading of any length arrives whole`(count: Int) async throws {
        try await attend(Bench([.scanner], [])) { bench in
            let code = String((0..<count).map { Character(Unicode.Scalar(UInt8(65 + $0 % 26))) })
            while !bench.bus.scan(code, on: "virtual-scanner") { await Task.yield() }
            await bench.scans.until { !$0.isEmpty }
            #expect(bench.scans.value == [code])
        }
    }

    @Test func `only a scanner scans and only a printer runs out of paper`() {
        let bus = VirtualBus([.labelPrinter, .scanner]) { _, _ in }
        #expect(!bus.scan("x", on: "virtual-label-printer"))
        #expect(!bus.set(.paperOut, of: "virtual-scanner"))
        #expect(!bus.plug("virtual-card-printer"))
        // Nobody reads yet, so the reading would be lost.
        #expect(!bus.scan("x", on: "virtual-scanner"))
        bus.close()
    }
}
