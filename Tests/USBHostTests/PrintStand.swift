import Peripherals
import USBEmulation
import USBHost

/// One printer's driver, one job's machine, and whatever link leads to the printer: what the print
/// service will do, without a disk.
final class PrintStand: Sendable {
    struct State: Sendable {
        var job: PrintJob
        var reports: [USBPrinter<Int>.Report] = []
        var records: [PrintJob.Record] = []
        /// How often the job's bytes were begun.
        var sendings = 0
    }

    let printer: USBPrinter<Int>
    let state: Watch<State>
    private let label: [UInt8]
    private let clock: TurnedClock

    static let name = 7

    init(_ label: [UInt8], clock: TurnedClock, countsLabels: Bool = true) {
        let settings = ZPLPrinterSettings(countsLabels: countsLabels)
        printer = USBPrinter(settings, clock: clock)
        let job = PrintJob(for: .init(confirmsWithin: countsLabels ? .seconds(20) : nil))
        state = Watch(State(job: job))
        self.label = label
        self.clock = clock
    }

    func run() async {
        await printer.run { report in
            self.state.update { $0.reports.append(report) }
            if case .tell(_, let input) = report { self.give(input) }
        }
    }

    /// Hands the job an input and does what it wants; the disk always says yes.
    func give(_ input: PrintJob.Input) {
        var inputs = [input][...]
        while let next = inputs.popFirst() {
            let effects = state.update { $0.job.handle(next, at: self.clock.moment()) }
            for effect in effects {
                switch effect {
                case .store(let record):
                    state.update { $0.records.append(record) }
                    inputs.append(.stored(record))
                case .send:
                    state.update { $0.sendings += 1 }
                    _ = printer.send(Self.name, label, copies: 1)
                case .ask: _ = printer.ask(Self.name)
                case .wake, .refuse: break
                }
            }
        }
    }

    func want() { _ = printer.prepare(Self.name) }

    /// Returns when the job's record says this.
    func record(_ word: PrintJob.StateWord) async {
        await state.until { $0.records.contains { $0.state == word } }
    }

    func isTold(_ input: PrintJob.Input) async {
        await state.until { $0.reports.contains(.tell(Self.name, input)) }
    }

    /// A label whose bytes are all different from place to place, so that none can be lost unseen.
    static func label(_ count: Int) -> [UInt8] {
        let body = (0..<max(0, count - 15)).map { UInt8(ascii: "A") + UInt8($0 % 26) }
        return Array("^XA^FO1,1^FD".utf8) + body + Array("^XZ".utf8)
    }
}
