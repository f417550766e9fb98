public import Peripherals

/// Runs one scanner's machine over its link. Each device has its own, so that two scanners at one
/// desk never mix, and each scan says from which it came.
public struct USBScanner: Sendable {
    /// How this scanner writes, from its profile.
    public enum Language: Sendable {
        case keyboard(KeyboardScanner.Settings)
        case hidPOS(HIDPOSScanner.Settings)
    }

    /// What came from a scanner, and from which.
    public enum Report: Sendable, Hashable {
        case scan(Scan, PeripheralSighting)
        /// Something that is no scan; it says how much and never what.
        case refusal(ScanRefusal, PeripheralSighting)
    }

    private let sighting: PeripheralSighting
    private let language: Language
    private let interface: BusInterface
    private let clock: any DeviceClock

    private struct Arrival {
        let outcome: LinkOutcome
        let moment: ContinuousClock.Instant
    }

    /// - Parameters:
    ///   - sighting: who the scanner is; goes with each report.
    ///   - interface: the one that the link holds.
    public init(
        _ sighting: PeripheralSighting, _ language: Language, on interface: BusInterface,
        clock: any DeviceClock = SteadyClock()
    ) {
        self.sighting = sighting
        self.language = language
        self.interface = interface
        self.clock = clock
    }

    /// Reads scans until the link ends; cancelling the task ends it.
    ///
    /// - Parameter report: the next report is read when it returns.
    /// - Returns: why it ended.
    public func serve(
        _ link: any DeviceLink, _ report: @Sendable (Report) async -> Void
    ) async -> LinkFault {
        defer { link.close() }
        await prepare(link)
        var machine = ScannerMachine(language)
        let inbox = Inbox<Arrival>()
        func read() {
            _ = link.start(.read(most: link.readBytes)) { [clock] outcome in
                inbox.putAlways(Arrival(outcome: outcome, moment: clock.moment()))
            }
        }
        read()
        while true {
            let arrival = await inbox.take(until: machine.wakeAt, clock)
            if arrival == nil, Task.isCancelled { return LinkFault(.cancelled) }
            let moment = arrival?.moment ?? clock.moment()
            let input: KeyboardScanner.Input =
                switch arrival?.outcome {
                case .success(let bytes): .report(bytes)
                case .failure: .unplugged
                case nil: .timerFired
                }
            for told in machine.handle(input, at: moment) { await report(told(sighting)) }
            switch arrival?.outcome {
            case .success: read()
            case .failure(let fault): return fault
            case nil: break
            }
        }
    }

    /// A keyboard is asked for the plain reports and for no repetitions. Many know neither request
    /// and need neither.
    private func prepare(_ link: any DeviceLink) async {
        guard case .keyboard(let settings) = language, settings.reportID == nil,
            interface.isBootKeyboard
        else { return }
        for request in [LinkRequest.bootProtocol(interface), .quiet(interface)] {
            _ = await clock.within(.seconds(1)) { try? await link.request(request) }
        }
    }
}

/// Either machine, behind one door.
private struct ScannerMachine {
    private var keyboard: KeyboardScanner?
    private var hidPOS: HIDPOSScanner?
    private(set) var wakeAt: ContinuousClock.Instant?

    init(_ language: USBScanner.Language) {
        switch language {
        case .keyboard(let settings): keyboard = KeyboardScanner(settings)
        case .hidPOS(let settings): hidPOS = HIDPOSScanner(settings)
        }
    }

    mutating func handle(
        _ input: KeyboardScanner.Input, at now: ContinuousClock.Instant
    ) -> [(PeripheralSighting) -> USBScanner.Report] {
        if input == .timerFired { wakeAt = nil }
        let effects = keyboard?.handle(input, at: now) ?? hidPOS?.handle(input, at: now) ?? []
        return effects.compactMap { effect in
            switch effect {
            case .scan(let scan): return { .scan(scan, $0) }
            case .refuse(let refusal): return { .refusal(refusal, $0) }
            case .wake(let moment):
                wakeAt = moment
                return nil
            }
        }
    }
}
