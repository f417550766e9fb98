import CUSBEmulator
import Peripherals
import Testing
import USBEmulation

@testable import USBHost

extension USBTests {
    /// Bytes over the cable: how many, how far, and why not.
    @Suite struct LinkTests {
        @Test func `a long write arrives whole and in order`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                let bytes = (0..<50_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                try await open.link.write(bytes)
                #expect(zebra.state.value.received == bytes)
            }
        }

        @Test(arguments: [1, 511, 512, 513, 16_384, 16_385, 40_000])
        func `a pulled cable counts what the printer got`(at place: Int) async throws {
            try await withBench { bench in
                let (zebra, plugged, open) = try await bench.printer()
                plugged.pull(after: place)
                let fault = await #expect(throws: LinkFault.self) {
                    try await open.link.write([UInt8](repeating: 65, count: 60_000))
                }
                #expect(fault?.reason == .unplugged)
                #expect(fault?.bytes == place)
                #expect(fault?.certainty == .atLeast)
                #expect(zebra.state.value.received.count == place)
                plugged.unplug()
                await bench.emptiness(at: "2")
                let later = await Result { try await open.link.write([1]) }
                #expect([.unplugged, .closed].contains(later.fault?.reason))
            }
        }

        @Test func `a cancelled write says how far it came, and is not believed`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                for (room, certainty) in [
                    (0, LinkFault.Certainty.exact), (600, LinkFault.Certainty.uncertain),
                ] {
                    zebra.change { $0.room = room }
                    let written = Watch<LinkFault?>(nil)
                    let ticket = open.link.start(.write([UInt8](repeating: 66, count: 2_000))) {
                        outcome in written.update { $0 = outcome.fault }
                    }
                    await zebra.state.until { $0.room == 0 }
                    open.link.cancel(ticket)
                    let fault = await written.until { $0 != nil }
                    #expect(fault == LinkFault(.cancelled, bytes: room, certainty: certainty))
                }
                zebra.change { $0.room = nil }
                try await open.link.write([1, 2, 3])
                #expect(zebra.state.value.received.suffix(3) == [1, 2, 3])
            }
        }

        @Test func `a cancelled task ends its transfer`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                await withTaskGroup(of: LinkFault?.self) { group in
                    group.addTask { await Result { try await open.link.read(most: 64) }.fault }
                    group.cancelAll()
                    #expect(await group.next() == LinkFault(.cancelled))
                }
                try await open.link.write(Array("~HS".utf8))
                #expect(try await open.link.read(most: 512).first == 0x02)
                #expect(zebra.state.value.received.count == 3)
            }
        }

        @Test func `a link takes one write at a time and says so`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                zebra.change { $0.room = 0 }
                let ends = Watch<[LinkOutcome]>([])
                let link = open.link
                let first = link.start(.write([1])) { outcome in ends.update { $0.append(outcome) }
                }
                _ = link.start(.write([2])) { outcome in ends.update { $0.append(outcome) } }
                await ends.until { $0.count == 1 }
                #expect(ends.value[0].fault?.reason == .crowded)
                link.cancel(first)
                await ends.until { $0.count == 2 }
                #expect(ends.value[1].fault == LinkFault(.cancelled))
                _ = link.start(.write([])) { outcome in ends.update { $0.append(outcome) } }
                await ends.until { $0.count == 3 }
                #expect(ends.value[2].fault?.reason == .unsupported)
                link.close()
                _ = link.start(.write([3])) { outcome in ends.update { $0.append(outcome) } }
                await ends.until { $0.count == 4 }
                #expect(ends.value[3].fault?.reason == .closed)
                #expect(zebra.state.value.received == [])
            }
        }

        @Test func `a stalled endpoint is set free for the next write`() async throws {
            try await withBench { bench in
                let (zebra, plugged, open) = try await bench.printer()
                zebra.change { $0.stalls = true }
                let fault = await #expect(throws: LinkFault.self) {
                    try await open.link.write([1, 2])
                }
                #expect(fault?.reason == .stalled)
                try await open.link.write([3])
                #expect(zebra.state.value.received == [3])
                #expect(plugged.clearedHalts == 1)
            }
        }

        @Test func `the port tells of paper beside the stream`() async throws {
            try await withBench { bench in
                let (zebra, _, open) = try await bench.printer()
                let link = try #require(open.link as? USBLink)
                #expect(try await link.portStatus() == PrinterPortStatus([0x18]))
                zebra.change { $0.isPaperOut = true }
                let status = try await link.portStatus()
                #expect(status?.isPaperOut == true)
                #expect(status?.hasError == true)
                let unknown = LinkRequest(kind: 0xA1, code: 9, answerBytes: 4)
                let fault = await #expect(throws: LinkFault.self) {
                    try await link.request(unknown)
                }
                #expect(fault?.reason == .stalled)
            }
        }

        @Test func `closing ends what is under way and gives everything back`() async throws {
            try await withBench { bench in
                let (_, plugged, open) = try await bench.printer()
                let ended = Watch<LinkOutcome?>(nil)
                _ = open.link.start(.read(most: 64)) { outcome in ended.update { $0 = outcome } }
                open.link.close()
                let outcome = await ended.until { $0 != nil }
                #expect(outcome?.fault?.reason == .cancelled)
                await bench.bus.close()
                #expect(!plugged.isClaimed)
                let after = await Result { try await open.link.read(most: 64) }
                #expect(after.fault?.reason == .closed)
            }
        }
    }
}
