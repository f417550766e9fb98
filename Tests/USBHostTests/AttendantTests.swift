import CUSBEmulator
import Peripherals
import Testing
import USBEmulation

@testable import USBHost

extension USBTests {
    /// From the plug to the driver, by the shipped profiles.
    @Suite struct AttendantTests {
        typealias Note = USBAttendant.Note

        /// What the attendant said and served.
        final class Desk: Sendable {
            let notes = Watch<[String: [Note]]>([:])
            let served = Watch<[String]>([])

            /// Serves by reading until the link ends.
            func serve(_ attended: USBAttendant.Attended) async -> LinkFault {
                let mode = attended.mode?.rawValue ?? "printer"
                let line = "\(attended.sighting.portPath) \(attended.profile.id) \(mode)"
                served.update { $0.append(line) }
                let outcome = await Result { try await attended.link.read(most: 64) }
                attended.link.close()
                return outcome.fault ?? LinkFault(.closed)
            }

            func last(_ port: String, _ fits: @escaping @Sendable (Note?) -> Bool) async {
                await notes.until { fits($0["1-\(port)"]?.last) }
            }
        }

        private func attend(_ bench: Bench, _ body: (Desk) async throws -> Void) async throws {
            let desk = Desk()
            let attendant = USBAttendant(bench.bus, try USBTests.shelf(), clock: bench.clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await attendant.run(
                        notice: { device, note in
                            desk.notes.update { $0[device.portPath, default: []].append(note) }
                        }, serve: { await desk.serve($0) })
                }
                try await body(desk)
                group.cancelAll()
            }
        }

        @Test func `printers and scanners are known, taken and served`() async throws {
            try await withBench { bench in
                let page: [UInt8] = [0x06, 0x8C, 0x00, 0x09, 0x02, 0xA1, 0x01, 0xC0]
                var pos = EmulatedBuild.scanner()
                (pos.vendor, pos.product) = (0x1EAB, 0x1310)
                pos.reportDescriptor = page
                pos.interfaces = [
                    EmulatedBuild.interface(
                        0, class: 3, 0, 0, reportBytes: page.count, [(0x81, 3, 64)])
                ]
                _ = bench.emulated.plug("1", .zebra(), EmulatedZebra())
                _ = bench.emulated.plug("2", .scanner(), EmulatedKeys())
                _ = bench.emulated.plug("3", pos, EmulatedKeys())
                try await attend(bench) { desk in
                    let served = await desk.served.until { $0.count == 3 }
                    #expect(
                        served.sorted() == [
                            "1-1 zebra.zd410-203 printer", "1-2 symbol.usb hid-keyboard",
                            "1-3 newland.em20xx hid-pos",
                        ])
                }
            }
        }

        @Test func `somebody's keyboard is left alone`() async throws {
            try await withBench { bench in
                var board = EmulatedBuild.scanner()
                (board.vendor, board.product) = (0x046D, 0xC31C)
                let plugged = bench.emulated.plug("1", board, EmulatedKeys())
                try await attend(bench) { desk in
                    await desk.last("1") { if case .unknown? = $0 { true } else { false } }
                    #expect(plugged.hasDriver)
                    #expect(!plugged.isClaimed)
                }
                #expect(plugged.hasDriver)
            }
        }

        @Test func `a vendor's own device that is no printer is never taken from its driver`()
            async throws
        {
            try await withBench { bench in
                let plugged = bench.emulated.plug("1", .stick, EmulatedOffice())
                try await attend(bench) { desk in
                    await desk.last("1") { if case .unknown? = $0 { true } else { false } }
                }
                #expect(plugged.claims == 0)
                #expect(plugged.hasDriver)
            }
        }

        @Test func `a printer that speaks through a vendor's own class is known by its names`()
            async throws
        {
            try await withBench { bench in
                var build = EmulatedBuild.zebra(driver: nil)
                build.interfaces = [
                    EmulatedBuild.interface(
                        0, class: 0xFF, 0xFF, 0, [(0x01, 2, 512), (0x82, 2, 512)])
                ]
                _ = bench.emulated.plug("1", build, EmulatedZebra())
                try await attend(bench) { desk in
                    let served = await desk.served.until { $0.count == 1 }
                    #expect(served == ["1-1 zebra.zd410-203 printer"])
                }
            }
        }

        @Test func `what was left alone is told to be gone when it is gone`() async throws {
            try await withBench { bench in
                var board = EmulatedBuild.scanner()
                (board.vendor, board.product) = (0x046D, 0xC31C)
                let plugged = bench.emulated.plug("1", board, EmulatedKeys())
                try await attend(bench) { desk in
                    await desk.last("1") { if case .unknown? = $0 { true } else { false } }
                    plugged.unplug()
                    await desk.last("1") { $0 == .left }
                }
            }
        }

        /// Most keyboards may be opened by root only. Nobody is to be told to give a keyboard to
        /// the group of the printers.
        @Test func `a keyboard that may not be opened is waited for by nobody`() async throws {
            try await withBench { bench in
                var board = EmulatedBuild.scanner()
                (board.vendor, board.product) = (0x046D, 0xC31C)
                await bench.bus.onThread { emulated_as_nobody(1) }
                let other = bench.emulated.plug("1", board, EmulatedKeys())
                let scanner = bench.emulated.plug("2", .scanner(), EmulatedKeys())
                for plugged in [other, scanner] { plugged.forbid(true) }
                try await attend(bench) { desk in
                    await desk.last("2") { $0?.isWaiting(for: .noAccess) == true }
                    await desk.last("1") { $0 != nil }
                    #expect(desk.notes.value["1-1"]?.last?.isWaiting(for: .noAccess) == false)
                }
                await bench.bus.onThread { emulated_as_nobody(0) }
            }
        }

        @Test func `a busy printer is tried again until it is free`() async throws {
            try await withBench { bench in
                let plugged = bench.emulated.plug("1", .zebra(driver: "usbfs"), EmulatedZebra())
                try await attend(bench) { desk in
                    for wait in [1, 2, 4] {
                        await desk.last("1") { $0?.isWaiting(for: .busy) == true }
                        if wait == 4 { plugged.releaseDriver() }
                        await bench.clock.turn(by: .seconds(wait))
                        if wait < 4 {
                            await desk.notes.until { ($0["1-1"]?.count ?? 0) >= wait + 1 }
                        }
                    }
                    await desk.served.until { $0.count == 1 }
                }
            }
        }

        @Test func `pulled and plugged in elsewhere, it is served again`() async throws {
            try await withBench { bench in
                let zebra = EmulatedZebra()
                let plugged = bench.emulated.plug("1", .zebra(), zebra)
                try await attend(bench) { desk in
                    await desk.served.until { $0.count == 1 }
                    plugged.unplug()
                    await desk.last("1") { $0 == .left }
                    _ = bench.emulated.plug("3", .zebra(), zebra)
                    await desk.served.until { $0.count == 2 }
                    #expect(desk.served.value.last == "1-3 zebra.zd410-203 printer")
                }
            }
        }

        @Test func `a printer whose profile says so is let go without its kernel driver`()
            async throws
        {
            try await withBench { bench in
                let plugged = bench.emulated.plug("1", .zebra(), EmulatedZebra())
                let scanner = bench.emulated.plug("2", .scanner(), EmulatedKeys())
                try await attend(bench) { desk in await desk.served.until { $0.count == 2 } }
                // Closing is a deed of the thread, done when it has gone round twice.
                for _ in 0..<4 { await bench.bus.onThread {} }
                #expect(!plugged.isClaimed && !scanner.isClaimed)
                #expect(!plugged.hasDriver && scanner.hasDriver)
            }
        }

        @Test func `a printer of no known language is given back to the kernel`() async throws {
            try await withBench { bench in
                var office = EmulatedBuild.zebra()
                (office.vendor, office.product) = (0x03F0, 0x1234)
                (office.manufacturerText, office.productText) = ("HP", "LaserJet")
                let plugged = bench.emulated.plug("1", office, EmulatedOffice())
                try await attend(bench) { desk in
                    await desk.last("1") { if case .unknown? = $0 { true } else { false } }
                }
                await bench.bus.onThread {}
                await bench.bus.onThread {}
                #expect(plugged.hasDriver)
                #expect(!plugged.isClaimed)
            }
        }
    }
}

/// A printer that speaks no language of ours.
final class EmulatedOffice: EmulatedModel {
    func request(_ setup: [UInt8]) -> [UInt8]? {
        let id = "MFG:HP;MDL:LaserJet;CMD:PCL,PJL;"
        return [0, UInt8(id.utf8.count + 2)] + id.utf8
    }
}

extension USBAttendant.Note {
    func isWaiting(for reason: LinkFault.Reason) -> Bool {
        if case .waiting(let fault, _) = self { fault.reason == reason } else { false }
    }
}
