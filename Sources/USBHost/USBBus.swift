public import Peripherals
internal import Synchronization

/// The USB bus of this machine, owned through libusb. Made once in a process.
///
/// Hot-plug is level-triggered: an event only asks for a look at the whole set of devices, so that
/// one that is lost or comes twice changes nothing.
public final class USBBus: DeviceBus {
    private let thread: EventThread
    private let board: LevelBoard
    private let clock: any DeviceClock
    private let tickets = Tickets()

    /// A device that does not answer who it is goes nameless after this.
    private static let answersWithin = Duration.seconds(1)

    /// - Throws: where libusb cannot be used at all.
    public init(clock: any DeviceClock = SteadyClock()) throws(LinkFault) {
        let board = LevelBoard()
        self.board = board
        self.clock = clock
        thread = try EventThread { board.publish($0) }
    }

    /// Ends all transfers, gives all devices back to the kernel and returns when that is done.
    public func close() async {
        await thread.stop()
        board.finish()
    }

    public func levels() -> AsyncStream<[BusDevice]> { board.follow() }

    /// Looks at the whole set again, for a machine that tells of no comings and goings.
    public func rescan() { _ = thread.run { $0.askForRescan() } }

    public func open(
        _ device: BusDevice, _ interface: BusInterface
    ) async throws(LinkFault) -> OpenDevice {
        let opened = try await claim(device, interface)
        let link = USBLink(thread, opened.number, interface, tickets)
        let sighting = await identify(device, link, opened.texts)
        return OpenDevice(link: link, sighting: sighting)
    }

    public func sight(_ device: BusDevice) async throws(LinkFault) -> PeripheralSighting {
        let opened = try await claim(device, nil)
        let link = USBLink(thread, opened.number, nil, tickets)
        defer { link.close() }
        return await identify(device, link, opened.texts)
    }

    private func claim(
        _ device: BusDevice, _ interface: BusInterface?
    ) async throws(LinkFault) -> Opened {
        let outcome = await withCheckedContinuation {
            (waiter: CheckedContinuation<Result<Opened, LinkFault>, Never>) in
            let isTaken = thread.run { core in
                waiter.resume(
                    returning: Result { () throws(LinkFault) in try core.open(device, interface) })
            }
            if !isTaken { waiter.resume(returning: .failure(LinkFault(.closed))) }
        }
        return try outcome.get()
    }

    /// Asks for names and, of a printer, for its IEEE-1284 id. What is not answered is left out.
    private func identify(
        _ device: BusDevice, _ link: USBLink, _ texts: TextIndices
    ) async -> PeripheralSighting {
        let language = await ask(link, .text(0, language: 0)).flatMap(USBText.language)
        func text(_ index: UInt8) async -> String? {
            guard index != 0, let language else { return nil }
            return await ask(link, .text(index, language: language)).flatMap(USBText.text)
        }
        let manufacturer = await text(texts.manufacturer)
        let product = await text(texts.product)
        let serial = await text(texts.serial)
        let printer = link.interface.flatMap {
            $0.classCode == BusInterface.printerClass ? $0 : nil
        }
        var id: [UInt8]?
        if let printer { id = await ask(link, .deviceID(printer)) }
        return PeripheralSighting(
            vendor: device.vendor, product: device.product, manufacturerText: manufacturer,
            productText: product, serial: serial, portPath: device.portPath,
            ieee1284: id.map { IEEE1284ID($0) })
    }

    private func ask(_ link: USBLink, _ request: LinkRequest) async -> [UInt8]? {
        await clock.within(Self.answersWithin) { try? await link.request(request) } ?? nil
    }

    /// Runs something on the event thread; for tests.
    func onThread(_ deed: @escaping @Sendable () -> Void) async {
        await withCheckedContinuation { waiter in
            let isTaken = thread.run { _ in
                deed()
                waiter.resume()
            }
            if !isTaken { waiter.resume() }
        }
    }
}
