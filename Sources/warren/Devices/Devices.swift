internal import CRDT
internal import EdgeNode
internal import Foundation
internal import Logging
internal import Peripherals
internal import ServiceLifecycle
internal import USBHost

/// The printers and scanners of this box, on the cable and played: brings the bus, its drivers, the
/// print service and the device list together.
actor Devices: NamedService, DeviceControl {
    typealias Driver = USBPrinter<RowID>

    let node: Node
    let printing: PrintService
    let settings: DeviceSettings
    let logger: Logger
    private let usb: (bus: USBBus, attendant: USBAttendant)?
    private let played: (bus: VirtualBus, attendant: USBAttendant)?
    /// By device id. A driver outlives the cable.
    private var drivers: [String: Driver] = [:]
    /// Which arrival bears a name at present, and the other way round.
    private var arrivals: [String: Arrival] = [:]
    /// Devices known by their port only.
    private var waiting: [String: Arrival] = [:]
    private var pictures: [String: LabelPicture] = [:]
    private let begun: AsyncStream<(id: String, driver: Driver)>
    private let begin: AsyncStream<(id: String, driver: Driver)>.Continuation
    private let made: AsyncStream<(serial: String, outcome: VirtualBus.Outcome)>

    /// One plugging-in, on one of the buses.
    struct Arrival: Hashable {
        let number: UInt64
        let isVirtual: Bool
    }

    init(
        _ node: Node, _ printing: PrintService, _ shelf: ProfileShelf, _ settings: DeviceSettings,
        usb: USBBus?, playing kinds: [VirtualBus.Kind], onto paper: VirtualPaper? = nil,
        logger: Logger
    ) {
        self.node = node
        self.printing = printing
        self.settings = settings
        self.logger = logger
        // Nothing is lost: a box has few printers, and each is told of once.
        (begun, begin) = AsyncStream.makeStream(bufferingPolicy: .unbounded)
        // Pictures only: what is lost when nobody keeps up is an older one.
        let (made, make) = AsyncStream<(serial: String, outcome: VirtualBus.Outcome)>.makeStream(
            bufferingPolicy: .bufferingNewest(64))
        self.made = made
        let chosen = (settings.profiles ?? [:]).compactMap { id, profile in
            DeviceName.key(id).map { ($0, profile) }
        }
        let remembered = Dictionary(chosen, uniquingKeysWith: { first, _ in first })
        self.usb = usb.map { ($0, USBAttendant($0, shelf, remembered: remembered)) }
        if kinds.isEmpty {
            played = nil
        } else {
            let bus = VirtualBus(kinds) { serial, outcome in
                // Before the printer answers: what came out is there, whatever happens next.
                if case .printed(let drawn) = outcome { paper?.take(drawn, from: serial, logger) }
                make.yield((serial: serial, outcome: outcome))
            }
            played = (bus, USBAttendant(bus, shelf))
        }
    }

    func run() async throws {
        try await untilShutdown { await self.attend() }
        await usb?.bus.close()
        played?.bus.close()
    }

    private func attend() async {
        await withDiscardingTaskGroup { group in
            for (attendant, isVirtual) in [(usb?.attendant, false), (played?.attendant, true)] {
                guard let attendant else { continue }
                group.addTask {
                    await attendant.run(
                        notice: { await self.note($0, $1, isVirtual: isVirtual) },
                        serve: { await self.serve($0, isVirtual: isVirtual) })
                }
            }
            group.addTask {
                for await (serial, outcome) in self.made { await self.show(serial, outcome) }
            }
            for await (id, driver) in begun {
                group.addTask { await driver.run { await self.hear($0, from: id) } }
            }
            group.cancelAll()
        }
    }

    // MARK: Who is here

    private func note(_ device: BusDevice, _ note: USBAttendant.Note, isVirtual: Bool) {
        let arrival = Arrival(number: device.arrival, isVirtual: isVirtual)
        let plain = DeviceName.byPort(device.vendor, device.product, device.portPath)
        let before = arrivals.first { $0.value == arrival }?.key
        // Another arrival bears its name by now, or nobody ever heard of it.
        if note.isFarewell, before == nil, waiting[plain] != arrival { return }
        let id = note.sighting.map { claim($0, arrival) } ?? before ?? plain
        var standing = note.standing(
            id, node.devices[id], port: isVirtual ? nil : device.portPath,
            at: node.environment.wallMilliseconds())
        if standing.title.isEmpty { standing.title = standing.profile ?? id }
        waiting[plain] = nil
        switch note {
        case .left: arrivals[id] = nil
        case .waiting, .unasked: waiting[id] = arrival
        case .unknown, .undecided, .unusable, .serving, .ended: break
        }
        // Known only by its port until it said who it is.
        if id != plain, let state = node.devices[plain]?.state,
            [.waiting, .unknown].contains(state)
        {
            node.devices.forget(plain)
        }
        let isNews = node.devices[id]?.state != standing.state
        node.devices.put(standing)
        // Of what never was a printer or a scanner here nobody expects that it comes back.
        if case .left = note, standing.profile == nil { node.devices.forget(id) }
        guard isNews else { return }
        let facts: Logger.Metadata = ["device": "\(id)", "state": "\(standing.state.rawValue)"]
        if standing.state == .waiting {
            logger.warning("\(standing.sentence ?? "a device cannot be used")", metadata: facts)
        } else {
            logger.info("device", metadata: facts)
        }
    }

    /// Two devices that bear one serial number are told apart by their ports. One that is back in
    /// the socket in which it was is the same device, although its leaving was not heard of yet.
    private func claim(_ sighting: PeripheralSighting, _ arrival: Arrival) -> String {
        if let known = arrivals.first(where: { $0.value == arrival })?.key { return known }
        var id = arrival.isVirtual ? sighting.serial ?? "virtual" : DeviceName.id(sighting)
        let isBack = arrival.isVirtual || node.devices[id]?.port == sighting.portPath
        if arrivals[id] != nil, !isBack {
            id = DeviceName.byPort(sighting.vendor, sighting.product, sighting.portPath)
        }
        arrivals[id] = arrival
        return id
    }

    // MARK: Serving

    private func serve(_ attended: USBAttendant.Attended, isVirtual: Bool) async -> LinkFault {
        let arrival = Arrival(number: attended.device.arrival, isVirtual: isVirtual)
        let id = claim(attended.sighting, arrival)
        node.devices.change(id, at: node.environment.wallMilliseconds()) {
            $0.kind = attended.profile.kind.rawValue
            $0.profile = attended.profile.id
            if [id, attended.profile.id].contains($0.title) { $0.title = attended.profile.title }
        }
        if let traits = attended.profile.printer {
            let driver = driver(id, traits)
            await printing.register(slot(id, traits, driver, isVirtual: isVirtual))
            return await driver.serve(attended.link)
        }
        guard let language = USBScanner.Language(attended) else {
            attended.link.close()
            return LinkFault(.unsupported)
        }
        let scanner = USBScanner(attended.sighting, language, on: attended.interface)
        return await scanner.serve(attended.link) { report in
            await self.hear(report, from: id, isVirtual: isVirtual)
        }
    }

    private func driver(_ id: String, _ traits: DeviceProfile.LabelPrinterTraits) -> Driver {
        if let known = drivers[id] { return known }
        let driver = Driver(traits.talk)
        drivers[id] = driver
        begin.yield((id: id, driver: driver))
        return driver
    }

    private func slot(
        _ id: String, _ traits: DeviceProfile.LabelPrinterTraits, _ driver: Driver, isVirtual: Bool
    ) -> PrinterSlot {
        let played = VirtualBus.Kind.allCases.first { isVirtual && $0.serial == id }
        let chosen = settings.printers?[id]
        return PrinterSlot(
            id: id, printer: traits.zpl, confirmsWithin: traits.confirmsWithin,
            roles: chosen?.roles ?? played?.roles, paper: chosen?.paper ?? played?.paper,
            target: DrivenPrinter(driver: driver))
    }

    private func hear(_ report: Driver.Report, from id: String) async {
        switch report {
        case .tell(let job, let input): await printing.report(.tell(job, input))
        case .keep(let job, let labels):
            await printing.report(.keep(job, labelsBefore: labels))
        case .observe(let seen):
            // What it says last may be heard after it is gone.
            guard arrivals[id] != nil else { return }
            node.devices.change(id, at: node.environment.wallMilliseconds()) { $0.take(seen) }
        }
    }

    private func hear(
        _ report: USBScanner.Report, from id: String, isVirtual: Bool
    ) async {
        let now = node.environment.wallMilliseconds()
        switch report {
        case .scan(let scan, _):
            node.events.post(
                .scan(
                    DeskScan(
                        device: id, code: scan.text,
                        symbology: scan.symbology.map { "\($0)".lowercased() },
                        isVirtual: isVirtual)), at: now)
            node.devices.change(id, at: now) { $0.scans += 1 }
            if let code = scan.text { await printing.scanned(code) }
        case .refusal(let refusal, _):
            logger.info(
                "a scanner sent something that is no scan",
                metadata: ["device": "\(id)", "reason": "\(refusal.reason)"])
        }
    }

    private func show(_ serial: String, _ outcome: VirtualBus.Outcome) {
        switch outcome {
        case .printed(let drawn):
            pictures[serial] = drawn.isSideways ? drawn.picture.turned : drawn.picture
        case .refused(let refusal):
            logger.warning(
                "a virtual printer refused a label",
                metadata: ["device": "\(serial)", "reason": "\(refusal.sentence)"])
        }
    }

    // MARK: What people want

    func retry(_ id: String) {
        let plain = arrivals[id] ?? waiting[id]
        guard let arrival = plain else { return }
        (arrival.isVirtual ? played?.attendant : usb?.attendant)?.retry(arrival.number)
    }

    func scan(_ code: String, on id: String) -> Bool { played?.bus.scan(code, on: id) ?? false }

    func set(_ fault: VirtualFault, of id: String) -> Bool {
        guard let bus = played?.bus else { return false }
        switch fault {
        case .unplugged: return bus.unplug(id)
        case .none:
            // A scanner can only be unplugged.
            _ = bus.set(.none, of: id)
            return bus.plug(id)
        case .paperOut: return bus.plug(id) && bus.set(.paperOut, of: id)
        case .mute: return bus.plug(id) && bus.set(.mute, of: id)
        }
    }

    func picture(of id: String) -> [UInt8]? {
        pictures[id].map(VirtualPaper.png)
    }
}
