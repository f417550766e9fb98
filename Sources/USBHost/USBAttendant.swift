public import Peripherals
internal import Synchronization

/// Looks after all that is plugged in: finds out what each device is, takes it, hands it to whoever
/// serves it, and begins anew when that ends.
public struct USBAttendant: Sendable {
    /// A device that is ours, with the profile that fits it.
    public struct Attended: Sendable {
        public let device: BusDevice
        public let interface: BusInterface
        public let link: any DeviceLink
        public let sighting: PeripheralSighting
        public let profile: DeviceProfile
        /// Scanners only.
        public let mode: DeviceProfile.ScanMode?
    }

    /// How it stands with a device, for a status page.
    public enum Note: Sendable, Hashable {
        /// It could not be taken; the fault's advice says what a person can do.
        case waiting(LinkFault, until: ContinuousClock.Instant)
        /// It could not be asked who it is, and nothing says that it is a printer or a scanner.
        case unasked(LinkFault)
        /// No profile fits; it is left to the kernel.
        case unknown(PeripheralSighting)
        /// Several might fit; a person says which.
        case undecided(PeripheralSighting, [ProfileShelf.Match])
        /// The profile fits and the device lacks the interface that it needs.
        case unusable(PeripheralSighting, profile: String)
        case serving(PeripheralSighting, profile: String)
        case ended(LinkFault)
        case left
    }

    private let bus: any DeviceBus
    private let shelf: ProfileShelf
    private let remembered: [PeripheralKey: String]
    private let clock: any DeviceClock
    private let bells = Bells()

    /// - Parameter remembered: the profiles that people chose before, by device.
    public init(
        _ bus: any DeviceBus, _ shelf: ProfileShelf,
        remembered: [PeripheralKey: String] = [:], clock: any DeviceClock = SteadyClock()
    ) {
        self.bus = bus
        self.shelf = shelf
        self.remembered = remembered
        self.clock = clock
    }

    /// Looks after the bus until the task is cancelled or the bus is closed.
    ///
    /// - Parameters:
    ///   - notice: is told how it stands with each device.
    ///   - serve: runs a device's driver; returns when its link has ended.
    public func run(
        notice: @escaping @Sendable (BusDevice, Note) async -> Void,
        serve: @escaping @Sendable (Attended) async -> LinkFault
    ) async {
        await withDiscardingTaskGroup { group in
            var latest: UInt64 = 0
            var present: Set<UInt64> = []
            for await level in bus.levels() {
                let before = present
                present = Set(level.map(\.arrival))
                // Whoever waits for a device looks again, and finds it gone.
                for arrival in before.subtracting(present) { bells.ring(arrival) }
                for device in level where device.arrival > latest {
                    bells.hang(device.arrival)
                    group.addTask {
                        await tend(device, notice, serve)
                        bells.remove(device.arrival)
                    }
                }
                latest = max(latest, present.max() ?? 0)
            }
            group.cancelAll()
        }
    }

    /// Looks again at once at a device that waits to be tried again, or was left alone.
    public func retry(_ arrival: UInt64) { bells.ring(arrival) }

    /// One device from its arrival to its leaving.
    private func tend(
        _ device: BusDevice, _ notice: @Sendable (BusDevice, Note) async -> Void,
        _ serve: @Sendable (Attended) async -> LinkFault
    ) async {
        var misses = 0
        var isLost = false
        while !Task.isCancelled {
            do throws(LinkFault) {
                switch try await identify(device) {
                case .serve(let attended):
                    misses = 0
                    let note = Note.serving(attended.sighting, profile: attended.profile.id)
                    await notice(device, note)
                    let end = await serve(attended)
                    await notice(device, .ended(end))
                    // One that left is asked for at once, to find it gone; nothing is in a circle.
                    if end.reason == .unplugged, !isLost {
                        isLost = true
                    } else {
                        try? await clock.sleep(until: clock.moment().advanced(by: .seconds(1)))
                    }
                case .leave(let note):
                    guard let note else { return }
                    await notice(device, note)
                    await bells.wait(device.arrival, until: nil, clock)
                }
            } catch {
                guard error.reason != .unplugged, error.reason != .closed else {
                    return await notice(device, .left)
                }
                let until = clock.moment().advanced(by: Self.patience(after: misses))
                misses += 1
                await notice(
                    device,
                    mayBeOurs(device) ? .waiting(error, until: until) : .unasked(error))
                await bells.wait(device.arrival, until: until, clock)
            }
        }
    }

    /// 1, 2, 4, 8, 16, 30, 30 … seconds.
    private static func patience(after misses: Int) -> Duration {
        .seconds(misses < 5 ? 1 << misses : 30)
    }

    /// As far as that can be told without asking it.
    private func mayBeOurs(_ device: BusDevice) -> Bool {
        device.printerInterface?.classCode == BusInterface.printerClass
            || shelf.knows(vendor: device.vendor, product: device.product)
            || remembered.keys.contains { $0.names(device.vendor, device.product) }
    }

    private enum Finding {
        case serve(Attended)
        /// Nothing for us; nil where it is not even the kind of thing that we look at.
        case leave(Note?)
    }

    private func identify(_ device: BusDevice) async throws(LinkFault) -> Finding {
        let printer = device.printerInterface
        if let printer, printer.classCode == BusInterface.printerClass {
            return try await identifyPrinter(device, printer)
        }
        guard printer != nil || !device.reportInterfaces.isEmpty else { return .leave(nil) }
        // Whose keyboard it is must be known before it is taken from its user, and whose network
        // stick before it is taken from its driver.
        let sighting = try await bus.sight(device)
        switch judge(sighting) {
        case .leave(let note): return .leave(note)
        case .bind(let profile, let mode):
            let found =
                switch profile.kind {
                case .labelPrinter: try await openPrinter(device, printer, profile)
                case .scanner: try await openScanner(device, profile, mode)
                }
            return found ?? .leave(.unusable(sighting, profile: profile.id))
        }
    }

    /// One of the printers' class is asked for its IEEE-1284 id, which only whoever took it can do.
    private func identifyPrinter(
        _ device: BusDevice, _ printer: BusInterface
    ) async throws(LinkFault) -> Finding {
        let open = try await bus.open(device, printer)
        switch judge(open.sighting) {
        case .bind(let profile, _) where profile.kind == .labelPrinter:
            if profile.usb.quirks.contains(.noReattach) { open.link.keepDriverAway() }
            return .serve(attended(device, printer, open, profile, nil))
        case .bind(let profile, _):
            open.link.close()
            return .leave(.unusable(open.sighting, profile: profile.id))
        case .leave(let note):
            open.link.close()
            return .leave(note)
        }
    }

    private enum Judgement {
        case bind(DeviceProfile, DeviceProfile.ScanMode?)
        case leave(Note)
    }

    private func judge(_ sighting: PeripheralSighting) -> Judgement {
        switch shelf.verdict(on: sighting, remembered: remembered) {
        case .bind(let match):
            guard let profile = shelf.profile(match.profile) else {
                return .leave(.unusable(sighting, profile: match.profile))
            }
            return .bind(profile, match.mode)
        case .ask(let matches): return .leave(.undecided(sighting, matches))
        case .unknown: return .leave(.unknown(sighting))
        }
    }

    /// - Returns: nil where it has no way to print.
    private func openPrinter(
        _ device: BusDevice, _ printer: BusInterface?, _ profile: DeviceProfile
    ) async throws(LinkFault) -> Finding? {
        guard let printer else { return nil }
        let open = try await bus.open(device, printer)
        if profile.usb.quirks.contains(.noReattach) { open.link.keepDriverAway() }
        return .serve(attended(device, printer, open, profile, nil))
    }

    /// - Returns: nil where none of its interfaces speaks as the profile says.
    private func openScanner(
        _ device: BusDevice, _ profile: DeviceProfile, _ mode: DeviceProfile.ScanMode?
    ) async throws(LinkFault) -> Finding? {
        let boards = device.reportInterfaces.filter(\.isBootKeyboard)
        // A person's choice names no mode: the device's own form decides.
        switch mode ?? (boards.isEmpty ? .hidPOS : .keyboard) {
        case .keyboard:
            guard profile.scan?.keyboard != nil, let board = boards.first else { return nil }
            let open = try await bus.open(device, board)
            return .serve(attended(device, board, open, profile, .keyboard))
        case .hidPOS:
            let pages = profile.scan?.usagePages ?? []
            for interface in device.reportInterfaces where profile.scan?.hidPOS != nil {
                let open = try await bus.open(device, interface)
                let descriptor = await clock.within(.seconds(1)) {
                    try? await open.link.request(.reportDescriptor(interface))
                }
                if let descriptor, let page = descriptor.flatMap(ReportDescriptor.usagePage),
                    pages.contains(page)
                {
                    return .serve(attended(device, interface, open, profile, .hidPOS))
                }
                open.link.close()
            }
            return nil
        case .serial: return nil
        }
    }

    private func attended(
        _ device: BusDevice, _ interface: BusInterface, _ open: OpenDevice,
        _ profile: DeviceProfile, _ mode: DeviceProfile.ScanMode?
    ) -> Attended {
        Attended(
            device: device, interface: interface, link: open.link, sighting: open.sighting,
            profile: profile, mode: mode)
    }
}

/// Wakes those who wait to look at a device again. One bell for each device; it remembers one ring
/// that nobody waited for yet.
private final class Bells: Sendable {
    private let bells = Mutex<[UInt64: Inbox<Void>]>([:])

    func hang(_ arrival: UInt64) { bells.withLock { $0[arrival] = Inbox<Void>(eventsMax: 1) } }

    func remove(_ arrival: UInt64) { _ = bells.withLock { $0.removeValue(forKey: arrival) } }

    func ring(_ arrival: UInt64) { bells.withLock { $0[arrival] }?.put(()) }

    /// - Parameter moment: nil to wait for the bell alone.
    func wait(
        _ arrival: UInt64, until moment: ContinuousClock.Instant?, _ clock: any DeviceClock
    ) async {
        _ = await bells.withLock { $0[arrival] }?.take(until: moment, clock)
    }
}
