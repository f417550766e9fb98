internal import CLibUSB
public import Peripherals
internal import Synchronization

/// One interface of one device, held until `close`.
public final class USBLink: DeviceLink {
    /// Which interface of the device this is; nil where only its names are asked for.
    let interface: BusInterface?
    private let thread: EventThread
    private let number: UInt64
    private let tickets: Tickets

    init(_ thread: EventThread, _ number: UInt64, _ interface: BusInterface?, _ tickets: Tickets) {
        self.thread = thread
        self.number = number
        self.interface = interface
        self.tickets = tickets
    }

    deinit { close() }

    public var packetBytes: Int { interface?.output?.packetBytes ?? 64 }

    public var readBytes: Int { interface?.input?.packetBytes ?? 0 }

    public func start(
        _ transfer: LinkTransfer, ended: @escaping @Sendable (LinkOutcome) -> Void
    ) -> LinkTicket {
        let ticket = tickets.draw()
        let number = self.number
        let isTaken = thread.run { $0.start(transfer, as: ticket, on: number, ended: ended) }
        if !isTaken { ended(.failure(LinkFault(.closed))) }
        return ticket
    }

    public func cancel(_ ticket: LinkTicket) { _ = thread.run { $0.cancel(ticket) } }

    public func keepDriverAway() {
        let number = self.number
        _ = thread.run { $0.keepDriverAway(number) }
    }

    public func close() {
        let number = self.number
        _ = thread.run { $0.close(number) }
    }

    /// What a printer says of its paper beside the stream of bytes.
    ///
    /// - Throws: `stalled` for a device that has no such thing.
    public func portStatus() async throws(LinkFault) -> PrinterPortStatus? {
        guard let interface else { throw LinkFault(.unsupported) }
        return PrinterPortStatus(try await request(.portStatus(interface)))
    }
}

/// Numbers for transfers, each once in a process.
final class Tickets: Sendable {
    private let last = Atomic<UInt64>(0)

    func draw() -> LinkTicket {
        LinkTicket(number: last.add(1, ordering: .relaxed).newValue)
    }
}
