internal import Peripherals
internal import Synchronization

/// The way to a virtual device: takes every write at once, and ends reads as the device speaks.
final class VirtualLink: DeviceLink {
    private typealias Ended = @Sendable (LinkOutcome) -> Void

    private struct State {
        var said: [[UInt8]] = []
        var read: (ticket: LinkTicket, ended: Ended)?
        var end: LinkFault?
    }

    private let device: VirtualDevice
    private let tickets: Tickets
    private let state = Mutex(State())
    /// Packets that nobody has read; a person can play faster than a driver reads.
    private static let saidMax = 1_024

    let packetBytes = 512
    let readBytes: Int

    init(_ device: VirtualDevice, _ tickets: Tickets) {
        self.device = device
        self.tickets = tickets
        readBytes = device.kind == .scanner ? 64 : 512
    }

    func start(
        _ transfer: LinkTransfer, ended: @escaping @Sendable (LinkOutcome) -> Void
    ) -> LinkTicket {
        let ticket = tickets.draw()
        if let end = state.withLock({ $0.end }) {
            ended(.failure(end))
            return ticket
        }
        switch transfer {
        case .write(let bytes):
            let answer = device.hear(.received(bytes))
            // The write ends before its answer is read.
            ended(.success([]))
            if !answer.isEmpty { _ = say([answer]) }
        case .read(let most): read(most, ticket, ended)
        case .request(let request):
            let isReports = request.code == 6 && request.value == 0x2200
            ended(
                isReports
                    ? .success(VirtualDevice.reportDescriptor) : .failure(LinkFault(.stalled)))
        }
        return ticket
    }

    private func read(_ most: Int, _ ticket: LinkTicket, _ ended: @escaping Ended) {
        let outcome = state.withLock { state -> LinkOutcome? in
            if let end = state.end { return .failure(end) }
            if state.read != nil { return .failure(LinkFault(.crowded)) }
            guard !state.said.isEmpty else {
                state.read = (ticket, ended)
                return nil
            }
            let first = state.said.removeFirst()
            if first.count > most { state.said.insert(Array(first.dropFirst(most)), at: 0) }
            return .success(Array(first.prefix(most)))
        }
        if let outcome { ended(outcome) }
    }

    /// What the device says, a packet each.
    ///
    /// - Returns: false where the link has ended or nobody reads.
    func say(_ packets: [[UInt8]]) -> Bool {
        let (isTaken, reader) = state.withLock { state -> (Bool, (Ended, [UInt8])?) in
            guard state.end == nil, state.said.count + packets.count <= Self.saidMax else {
                return (false, nil)
            }
            state.said += packets
            guard let read = state.read, let first = state.said.first else { return (true, nil) }
            state.read = nil
            state.said.removeFirst()
            let most = readBytes
            if first.count > most { state.said.insert(Array(first.dropFirst(most)), at: 0) }
            return (true, (read.ended, Array(first.prefix(most))))
        }
        if let (ended, bytes) = reader { ended(.success(bytes)) }
        return isTaken
    }

    func cancel(_ ticket: LinkTicket) {
        let ended = state.withLock { state -> Ended? in
            guard state.read?.ticket == ticket else { return nil }
            defer { state.read = nil }
            return state.read?.ended
        }
        ended?(.failure(LinkFault(.cancelled)))
    }

    func close() { end(LinkFault(.closed)) }

    /// Ends what is under way; what comes later ends so at once.
    func end(_ fault: LinkFault) {
        let ended = state.withLock { state -> Ended? in
            state.end = state.end ?? fault
            defer { state.read = nil }
            return state.read?.ended
        }
        ended?(.failure(fault))
    }
}
