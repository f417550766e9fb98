internal import CLibUSB
internal import Peripherals

/// Transfers from their start to their end.
extension BusCore {
    /// Bytes of one transfer of the kernel's; longer writes are several, one after the other. The
    /// kernel takes 16 KiB as one piece everywhere, so the count of each is its own.
    static var pieceBytesMax: Int { 16_384 }
    private static var requestsMax: Int { 8 }

    func start(
        _ wish: LinkTransfer, as ticket: LinkTicket, on number: UInt64,
        ended: @escaping @Sendable (LinkOutcome) -> Void
    ) {
        guard let handle = handles[number], !handle.isClosing else {
            return ended(.failure(LinkFault(.closed)))
        }
        guard let plan = Transfer.Plan(wish, handle.interface) else {
            return ended(.failure(LinkFault(.unsupported)))
        }
        let others = handle.transfers.count { transfers[$0]?.plan.endpoint == plan.endpoint }
        guard others < (plan.endpoint == 0 ? Self.requestsMax : 1) else {
            return ended(.failure(LinkFault(.crowded)))
        }
        guard let transfer = Transfer(plan, ticket, handle, self, ended: ended) else {
            return ended(.failure(LinkFault(.failed("no memory for a transfer"))))
        }
        handle.transfers.insert(ticket)
        transfers[ticket] = transfer
        submit(transfer)
    }

    private func submit(_ transfer: Transfer) {
        transfer.fill()
        let code = libusb_submit_transfer(transfer.raw)
        if code < 0 {
            let fault = LinkFault(libusb: code)
            let reason = LinkFault(fault.reason, bytes: transfer.moved, certainty: .atLeast)
            finish(transfer, .failure(reason))
        }
    }

    func cancel(_ ticket: LinkTicket) {
        guard let transfer = transfers[ticket] else { return }
        transfer.isCancelled = true
        libusb_cancel_transfer(transfer.raw)
    }

    func cancelAll(of handle: OpenHandle) {
        for ticket in handle.transfers { cancel(ticket) }
    }

    /// libusb has ended a piece. Inside of its callback only another piece may be begun.
    func ended(_ transfer: Transfer) {
        let status = transfer.raw.pointee.status
        transfer.moved += max(0, Int(transfer.raw.pointee.actual_length))
        guard status == LIBUSB_TRANSFER_COMPLETED else {
            if status == LIBUSB_TRANSFER_STALL, transfer.plan.endpoint != 0 {
                transfer.handle.haltedEndpoint = transfer.plan.endpoint
            }
            return finish(transfer, .failure(LinkFault(status, bytes: transfer.moved)))
        }
        guard transfer.hasMore else { return finish(transfer, .success(transfer.answer)) }
        // A write that was to end early ends between two pieces, where its count is exact.
        if transfer.isCancelled {
            return finish(transfer, .failure(LinkFault(.cancelled, bytes: transfer.moved)))
        }
        submit(transfer)
    }

    private func finish(_ transfer: Transfer, _ outcome: LinkOutcome) {
        transfer.handle.transfers.remove(transfer.ticket)
        transfers[transfer.ticket] = nil
        transfer.ended(outcome)
    }
}
