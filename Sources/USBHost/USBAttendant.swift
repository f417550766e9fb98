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
            for await level in bus.levels() {
                for device in level where device.arrival > latest {
                    group.addTask { await tend(device, notice, serve) }
                }
                latest = max(latest, level.map(\.arrival).max() ?? 0)
            }
            group.cancelAll()
        }
    }

    /// Looks again at once at a device that waits to be tried again.
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
                    if let note { await notice(device, note) }
                    return
                }
            } catch {
                guard error.reason != .unplugged, error.reason != .closed else {
                    return await notice(device, .left)
                }
                let until = clock.moment().advanced(by: Self.patience(after: misses))
                misses += 1
                await notice(device, .waiting(error, until: until))
                await bells.wait(device.arrival, until: until, clock)
            }
        }
    }

    /// 1, 2, 4, 8, 16, 30, 30 … seconds.
    private static func patience(after misses: Int) -> Duration {
        .seconds(misses < 5 ? 1 << misses : 30)
    }

    private enum Finding {
        case serve(Attended)
        /// Nothing for us; nil where it is not even the kind of thing that we look at.
        case leave(Note?)
    }

    private func identify(_ device: BusDevice) async throws(LinkFault) -> Finding {
        if let printer = device.printerInterface {
            let open = try await bus.open(device, printer)
            let finding = judge(open.sighting, .labelPrinter) { profile, _ in
                .serve(attended(device, printer, open, profile, nil))
            }
            if case .leave = finding { open.link.close() }
            return finding
        }
        guard !device.reportInterfaces.isEmpty else { return .leave(nil) }
        // Whose keyboard it is must be known before it is taken from its user.
        let sighting = try await bus.sight(device)
        var choice: (profile: DeviceProfile, mode: DeviceProfile.ScanMode?)?
        let finding = judge(sighting, .scanner) { profile, mode in
            choice = (profile, mode)
            return .leave(.unusable(sighting, profile: profile.id))
        }
        guard let choice else { return finding }
        return try await openScanner(device, choice.profile, choice.mode) ?? finding
    }

    private func judge(
        _ sighting: PeripheralSighting, _ kind: DeviceProfile.Kind,
        bound: (DeviceProfile, DeviceProfile.ScanMode?) -> Finding
    ) -> Finding {
        switch shelf.verdict(on: sighting, remembered: remembered) {
        case .bind(let match):
            guard let profile = shelf.profile(match.profile), profile.kind == kind else {
                return .leave(.unusable(sighting, profile: match.profile))
            }
            return bound(profile, match.mode)
        case .ask(let matches): return .leave(.undecided(sighting, matches))
        case .unknown: return .leave(.unknown(sighting))
        }
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

/// Wakes those who wait to try a device again.
private final class Bells: Sendable {
    private let waiters = Mutex<[UInt64: Inbox<Void>]>([:])

    func ring(_ arrival: UInt64) { waiters.withLock { $0[arrival] }?.put(()) }

    func wait(
        _ arrival: UInt64, until moment: ContinuousClock.Instant, _ clock: any DeviceClock
    ) async {
        let inbox = Inbox<Void>(eventsMax: 1)
        waiters.withLock { $0[arrival] = inbox }
        _ = await inbox.take(until: moment, clock)
        _ = waiters.withLock { $0.removeValue(forKey: arrival) }
    }
}
