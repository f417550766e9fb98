public import Peripherals
internal import Synchronization

/// A bus of devices that this program plays: the drivers above it are the same as above libusb, and
/// so are the bytes that cross it.
public final class VirtualBus: DeviceBus {
    /// What can be plugged in.
    public enum Kind: String, Sendable, CaseIterable {
        case labelPrinter = "label-printer"
        case cardPrinter = "card-printer"
        case scanner
    }

    /// What a printer has made, and what it would not.
    public enum Outcome: Sendable, Hashable {
        case printed(ZPLRenderer.Drawn)
        case refused(ZPLRefusal)
    }

    private struct State {
        var plugged: [String: UInt64] = [:]
        var links: [UInt64: VirtualLink] = [:]
        var lastArrival: UInt64 = 0
    }

    private let state = Mutex(State())
    private let board = LevelBoard()
    private let devices: [String: VirtualDevice]
    private let tickets = Tickets()

    /// - Parameters:
    ///   - kinds: one device of each.
    ///   - outcome: told of each label, with the printer's serial number.
    public init(_ kinds: [Kind], outcome: @escaping @Sendable (String, Outcome) -> Void) {
        devices = Dictionary(
            kinds.map { ($0.serial, VirtualDevice($0, outcome: outcome)) },
            uniquingKeysWith: { first, _ in first })
        for serial in devices.keys.sorted() { plug(serial, publishing: false) }
        publish()
    }

    public func levels() -> AsyncStream<[BusDevice]> { board.follow() }

    public func sight(_ device: BusDevice) async throws(LinkFault) -> PeripheralSighting {
        let played = try self.played(device)
        let isThere = state.withLock { $0.plugged[played.kind.serial] == device.arrival }
        guard isThere else { throw LinkFault(.unplugged) }
        return played.sighting
    }

    public func open(
        _ device: BusDevice, _ interface: BusInterface
    ) async throws(LinkFault) -> OpenDevice {
        let played = try self.played(device)
        let link = VirtualLink(played, tickets)
        let isThere = state.withLock { state in
            guard state.plugged[played.kind.serial] == device.arrival else { return false }
            state.links[device.arrival] = link
            return true
        }
        guard isThere else { throw LinkFault(.unplugged) }
        return OpenDevice(link: link, sighting: played.sighting)
    }

    /// Ends the bus.
    public func close() {
        for serial in devices.keys { unplug(serial, publishing: false) }
        board.finish()
    }

    // MARK: What people play

    /// - Returns: false where there is no such device.
    public func plug(_ serial: String) -> Bool { plug(serial, publishing: true) }

    /// - Returns: false where there is no such device.
    public func unplug(_ serial: String) -> Bool { unplug(serial, publishing: true) }

    /// - Returns: false where this is no printer.
    public func set(_ fault: VirtualZPLPrinter.Fault, of serial: String) -> Bool {
        guard let device = devices[serial], device.kind != .scanner else { return false }
        device.hear(.fault(fault))
        return true
    }

    /// - Returns: false where this is no scanner, it is unplugged, or the code is longer than one
    ///   reading can be.
    public func scan(_ code: String, on serial: String) -> Bool {
        guard let device = devices[serial], device.kind == .scanner else { return false }
        let link = state.withLock { state in
            state.plugged[serial].flatMap { state.links[$0] }
        }
        guard let link, let reports = VirtualDevice.reports(of: code) else { return false }
        return link.say(reports)
    }

    @discardableResult
    private func plug(_ serial: String, publishing: Bool) -> Bool {
        guard devices[serial] != nil else { return false }
        state.withLock { state in
            guard state.plugged[serial] == nil else { return }
            state.lastArrival += 1
            state.plugged[serial] = state.lastArrival
        }
        if publishing { publish() }
        return true
    }

    @discardableResult
    private func unplug(_ serial: String, publishing: Bool) -> Bool {
        guard devices[serial] != nil else { return false }
        let link = state.withLock { state -> VirtualLink? in
            guard let arrival = state.plugged.removeValue(forKey: serial) else { return nil }
            return state.links.removeValue(forKey: arrival)
        }
        if publishing { publish() }
        link?.end(LinkFault(.unplugged))
        return true
    }

    private func publish() {
        let level = state.withLock { state in
            state.plugged.compactMap { serial, arrival in
                devices[serial].map { $0.described(arrival) }
            }.sorted { $0.arrival < $1.arrival }
        }
        board.publish(level)
    }

    private func played(_ device: BusDevice) throws(LinkFault) -> VirtualDevice {
        let serial = state.withLock { state in
            state.plugged.first { $0.value == device.arrival }?.key
        }
        guard let played = serial.flatMap({ devices[$0] }) else { throw LinkFault(.unplugged) }
        return played
    }
}

extension VirtualBus.Kind {
    /// The device's name on the bus.
    public var serial: String { "virtual-\(rawValue)" }
}
