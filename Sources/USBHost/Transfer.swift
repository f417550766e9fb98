internal import CLibUSB
internal import Peripherals

/// One transfer under way, with its memory. Lives on the event thread.
final class Transfer {
    let plan: Plan
    let ticket: LinkTicket
    let handle: OpenHandle
    let ended: @Sendable (LinkOutcome) -> Void
    let raw: UnsafeMutablePointer<libusb_transfer>
    /// Bytes that crossed the cable in all pieces so far.
    var moved = 0
    var isCancelled = false
    private let core: BusCore
    private let buffer: UnsafeMutableBufferPointer<UInt8>

    private static let setupBytes = 8

    /// What is to cross the cable, checked against the interface.
    struct Plan {
        /// 0 for requests.
        let endpoint: UInt8
        let isInterrupt: Bool
        /// Bytes to the device, a request's eight first bytes included.
        let outgoing: [UInt8]
        /// Room for what comes back.
        let room: Int

        /// - Returns: nil where the interface has no such direction or the size is out of bounds.
        init?(_ wish: LinkTransfer, _ interface: BusInterface?) {
            switch wish {
            case .write(let bytes):
                guard let output = interface?.output,
                    (1...LinkTransfer.bytesMax).contains(bytes.count)
                else { return nil }
                self.init(endpoint: output.address, outgoing: bytes)
            case .read(let most):
                guard let input = interface?.input, (1...LinkTransfer.bytesMax).contains(most)
                else { return nil }
                // Room for whole packets, or a full one overflows.
                let packets = min(most, BusCore.pieceBytesMax) / input.packetBytes
                self.init(
                    endpoint: input.address, isInterrupt: input.kind == .interrupt,
                    room: max(1, packets) * input.packetBytes)
            case .request(let request):
                let most = 4_096
                guard request.data.count <= most, (0...most).contains(request.answerBytes) else {
                    return nil
                }
                let asks = request.kind & 0x80 != 0
                let length = asks ? request.answerBytes : request.data.count
                let setup: [UInt8] = [
                    request.kind, request.code, UInt8(request.value & 0xFF),
                    UInt8(request.value >> 8), UInt8(request.index & 0xFF),
                    UInt8(request.index >> 8), UInt8(length & 0xFF), UInt8(length >> 8),
                ]
                self.init(
                    endpoint: 0, outgoing: setup + (asks ? [] : request.data),
                    room: asks ? length : 0)
            }
        }

        private init(
            endpoint: UInt8, isInterrupt: Bool = false, outgoing: [UInt8] = [], room: Int = 0
        ) {
            self.endpoint = endpoint
            self.isInterrupt = isInterrupt
            self.outgoing = outgoing
            self.room = room
        }
    }

    /// - Returns: nil where libusb has no memory.
    init?(
        _ plan: Plan, _ ticket: LinkTicket, _ handle: OpenHandle, _ core: BusCore,
        ended: @escaping @Sendable (LinkOutcome) -> Void
    ) {
        guard let raw = libusb_alloc_transfer(0) else { return nil }
        self.raw = raw
        self.plan = plan
        self.ticket = ticket
        self.handle = handle
        self.core = core
        self.ended = ended
        buffer = .allocate(capacity: plan.outgoing.count + plan.room)
        buffer.initialize(repeating: 0)
        for (index, byte) in plan.outgoing.enumerated() { buffer[index] = byte }
    }

    deinit {
        libusb_free_transfer(raw)
        buffer.deallocate()
    }

    /// Makes the next piece ready. No time-outs: whoever waits has a clock and cancels.
    func fill() {
        let user = Unmanaged.passUnretained(self).toOpaque()
        let start = isWrite ? moved : 0
        let length = isWrite ? min(BusCore.pieceBytesMax, buffer.count - start) : buffer.count
        let memory = buffer.baseAddress?.advanced(by: start)
        if plan.endpoint == 0 {
            libusb_fill_control_transfer(raw, handle.raw, memory, Self.callback, user, 0)
        } else if plan.isInterrupt {
            libusb_fill_interrupt_transfer(
                raw, handle.raw, plan.endpoint, memory, Int32(length), Self.callback, user, 0)
        } else {
            libusb_fill_bulk_transfer(
                raw, handle.raw, plan.endpoint, memory, Int32(length), Self.callback, user, 0)
        }
    }

    private static let callback: libusb_transfer_cb_fn = { raw in
        guard let user = raw?.pointee.user_data else { return }
        // The core holds it until its end has been dealt with.
        let transfer = Unmanaged<Transfer>.fromOpaque(user).takeUnretainedValue()
        transfer.core.ended(transfer)
    }

    private var isWrite: Bool { plan.endpoint != 0 && plan.room == 0 }

    var hasMore: Bool { isWrite && moved < plan.outgoing.count }

    /// What came back.
    var answer: [UInt8] {
        guard plan.room > 0 else { return [] }
        let start = plan.endpoint == 0 ? Self.setupBytes : 0
        return Array(buffer[start..<min(buffer.count, start + moved)])
    }
}
