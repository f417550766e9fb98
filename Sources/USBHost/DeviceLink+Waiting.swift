public import Peripherals

/// The transfers for whoever waits for one thing at a time. Cancelling the task cancels the
/// transfer, and the fault then says how far it came.
extension DeviceLink {
    /// - Throws: with the bytes that the device took of these.
    public func write(_ bytes: [UInt8]) async throws(LinkFault) {
        _ = try await perform(.write(bytes))
    }

    /// - Returns: what the device said next, at most so many bytes; none is an answer too.
    public func read(most: Int) async throws(LinkFault) -> [UInt8] {
        try await perform(.read(most: most))
    }

    /// - Returns: what the device answered, none for an order.
    @discardableResult
    public func request(_ request: LinkRequest) async throws(LinkFault) -> [UInt8] {
        try await perform(.request(request))
    }

    private func perform(_ transfer: LinkTransfer) async throws(LinkFault) -> [UInt8] {
        let once = Ticketing()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<LinkOutcome, Never>) in
                let ticket = start(transfer) { waiter.resume(returning: $0) }
                if once.keep(ticket) { cancel(ticket) }
            }
        } onCancel: {
            if let ticket = once.cancel() { cancel(ticket) }
        }
        return try outcome.get()
    }
}
