import Peripherals
import Testing
import USBEmulation

@testable import USBHost

/// A driver of which more is asked than it works off.
@Suite(.timeLimit(.minutes(5))) struct FloodedPrinterTests {
    @Test func `its link is taken and let go all the same`() async throws {
        let printer = USBPrinter<Int>(ZPLPrinterSettings(countsLabels: true), clock: TurnedClock())
        while printer.prepare(1) {}
        let (link, fault) = (StillLink(), Watch<LinkFault?>(nil))
        let serving = Task {
            let end = await printer.serve(link)
            fault.update { $0 = end }
        }
        let running = Task { await printer.run { _ in } }
        await link.state.until { $0.reads > 0 || $0.isClosed }
        #expect(link.state.value.reads == 1)
        while printer.prepare(1) {}
        serving.cancel()
        let end = await fault.until { $0 != nil }
        #expect(end?.reason == .closed)
        running.cancel()
        _ = await (serving.value, running.value)
    }

    @Test func `what a link says is taken where no more wishes are`() async {
        let inbox = Inbox<Int>(eventsMax: 1)
        #expect(inbox.put(1))
        #expect(!inbox.put(2))
        #expect(inbox.putAlways(3))
        #expect(!inbox.put(4))
        let clock = TurnedClock()
        #expect(await inbox.take(until: nil, clock) == 1)
        #expect(await inbox.take(until: nil, clock) == 3)
        _ = inbox.close()
        #expect(!inbox.putAlways(5))
    }
}

/// A link over which nothing ever comes.
private final class StillLink: DeviceLink {
    struct State: Sendable {
        var reads = 0
        var isClosed = false
    }

    let state = Watch(State())
    let packetBytes = 64
    let readBytes = 64

    func start(
        _ transfer: LinkTransfer, ended: @escaping @Sendable (LinkOutcome) -> Void
    ) -> LinkTicket {
        state.update { state in
            if case .read = transfer { state.reads += 1 }
        }
        return LinkTicket(number: 1)
    }

    func cancel(_ ticket: LinkTicket) {}
    func close() { state.update { $0.isClosed = true } }
}
