internal import Peripherals

/// How a job's bytes cross the cable so that their count stays true on every host.
///
/// Some hosts count all bytes of a cancelled transfer. So nothing that matters is cancelled: the
/// first packet of a job, taken whole or not at all, is the only one that may be, and every later
/// transfer is left where it is until the printer takes it, however long its paper is out.
extension PrinterTalk {
    mutating func write(_ bytes: [UInt8], at now: ContinuousClock.Instant) {
        guard let link else { return }
        if let before = writing {
            // The machine was told that nothing moved and asks again for what is still under way.
            guard bytes.starts(with: before.bytes) else {
                return drop(LinkFault(.failed("two writes at a time")), at: now)
            }
            writing?.stallsAt = now.advanced(by: Self.stallsAfter)
            return
        }
        switch sending?.accepted {
        case nil: begin(bytes, .question, at: now)
        case 0?: begin(Array(bytes.prefix(link.packetBytes)), .firstPacket, at: now)
        case .some: begin(bytes, .rest, at: now)
        }
    }

    mutating func stall(at now: ContinuousClock.Instant) {
        guard let stalled = writing else { return }
        writing?.stallsAt = nil
        switch stalled.kind {
        case .question, .firstPacket: link?.cancel(stalled.ticket)
        case .rest: perform(machine.handle(.wrote(bytes: 0), at: now), at: now)
        }
    }

    mutating func finishWrite(_ outcome: LinkOutcome, at now: ContinuousClock.Instant) {
        guard let finished = writing else { return }
        writing = nil
        switch outcome {
        case .success:
            perform(machine.handle(.wrote(bytes: finished.bytes.count), at: now), at: now)
        case .failure(let fault):
            let bytes = min(fault.bytes, finished.bytes.count)
            switch (fault.reason, finished.kind) {
            case (.cancelled, _) where bytes == 0, (.cancelled, .question):
                perform(machine.handle(.wrote(bytes: bytes), at: now), at: now)
            case (.cancelled, _):
                // All of the packet or none of it: the host does not know. Nothing goes on from
                // here; the machine takes it that a byte has left.
                drop(fault, at: now)
            default: breakOff(fault, bytes, at: now)
            }
        }
    }

    /// The link broke in the middle of a write, of which the printer took at least so much.
    private mutating func breakOff(
        _ fault: LinkFault, _ bytes: Int, at now: ContinuousClock.Instant
    ) {
        guard let broken = link else { return }
        // The machine hears of the bytes, then of the end; what it wants in between goes nowhere.
        link = nil
        if bytes > 0 { perform(machine.handle(.wrote(bytes: bytes), at: now), at: now) }
        link = broken
        drop(fault, at: now)
    }
}
