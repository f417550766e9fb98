import CUSBEmulator
import Peripherals
import Testing
import USBEmulation

@testable import USBHost

extension USBTests {
    /// What is plugged in, who it is, and whether we may have it.
    @Suite struct BusTests {
        @Test func `devices come with their ports, endpoints and without hubs`() async throws {
            try await withBench { bench in
                _ = bench.emulated.plug("2", .hub, EmulatedKeys())
                _ = bench.emulated.plug("2.4", .zebra(output: 3, input: 0x84), EmulatedZebra())
                _ = bench.emulated.plug("3", .scanner(), EmulatedKeys())
                let printer = try await bench.device(at: "2.4")
                let scanner = try await bench.device(at: "3")
                let way = try #require(printer.printerInterface)
                #expect(way.output == BusEndpoint(address: 3, kind: .bulk, packetBytes: 512))
                #expect(way.input == BusEndpoint(address: 0x84, kind: .bulk, packetBytes: 512))
                #expect(scanner.reportInterfaces.map(\.reportDescriptorBytes) == [7])
                #expect(scanner.printerInterface == nil)
                for await level in bench.bus.levels() {
                    #expect(level.map(\.portPath).sorted() == ["1-2.4", "1-3"])
                    break
                }
            }
        }

        @Test(arguments: [(UInt8(0x03), UInt8(0x84)), (0x01, 0x81), (0x02, 0x81)])
        func `endpoints come from the descriptors`(output: UInt8, input: UInt8) async throws {
            try await withBench { bench in
                let zebra = EmulatedZebra(input: input)
                let build = EmulatedBuild.zebra(output: output, input: input, packet: 64)
                let (_, _, open) = try await bench.printer(build, zebra)
                try await open.link.write(Array("~HS".utf8))
                #expect(try await open.link.read(most: 64).first == 0x02)
                #expect(zebra.state.value.received == Array("~HS".utf8))
            }
        }

        @Test func `the setting that talks back is chosen and taken`() async throws {
            try await withBench { bench in
                var build = EmulatedBuild.zebra()
                build.interfaces = [
                    EmulatedBuild.interface(0, class: 7, 1, 1, [(0x01, 2, 64)]),
                    EmulatedBuild.interface(
                        0, setting: 1, class: 7, 1, 2, [(0x01, 2, 64), (0x82, 2, 64)]),
                ]
                let (_, _, open) = try await bench.printer(build)
                #expect(open.link.readBytes == 64)
                try await open.link.write(Array("~HS".utf8))
                #expect(try await open.link.read(most: 64).isEmpty == false)
            }
        }

        @Test func `a printer says who it is, and its profile binds by its own id`() async throws {
            try await withBench { bench in
                let (_, _, open) = try await bench.printer()
                #expect(open.sighting.productText == "ZTC ZD410-203dpi ZPL")
                #expect(open.sighting.serial == "S1")
                #expect(open.sighting.portPath == "1-2")
                #expect(open.sighting.ieee1284?.languages == ["ZPL"])
                guard case .bind(let match) = try USBTests.shelf().verdict(on: open.sighting)
                else {
                    Issue.record("not bound")
                    return
                }
                #expect(match.profile == "zebra.zd410-203")
                #expect(match.evidence == .ieee1284)
            }
        }

        @Test func `a device that answers nothing is nameless and not waited for`() async throws {
            try await withBench { bench in
                var build = EmulatedBuild.zebra()
                build.isMute = true
                _ = bench.emulated.plug("2", build, EmulatedZebra())
                let device = try await bench.device(at: "2")
                let interface = try #require(device.printerInterface)
                async let opening = bench.bus.open(device, interface)
                await bench.clock.turn(by: .seconds(1))
                await bench.clock.turn(by: .seconds(1))
                let open = try await opening
                #expect(open.sighting.productText == nil)
                #expect(open.sighting.ieee1284 == nil)
                #expect(open.sighting.vendor == 0x0A5F)
            }
        }

        @Test func `the kernel's driver gives way and comes back`() async throws {
            try await withBench { bench in
                let (_, plugged, open) = try await bench.printer()
                #expect(plugged.isClaimed)
                #expect(!plugged.hasDriver)
                open.link.close()
                await bench.bus.onThread {}
                await bench.bus.onThread {}
                #expect(!plugged.isClaimed)
                #expect(plugged.hasDriver)
            }
        }

        @Test func `asking for names leaves the driver alone`() async throws {
            try await withBench { bench in
                let plugged = bench.emulated.plug("3", .scanner(serial: "7"), EmulatedKeys())
                let device = try await bench.device(at: "3")
                let sighting = try await bench.bus.sight(device)
                #expect(sighting.serial == "7")
                #expect(plugged.hasDriver)
                #expect(!plugged.isClaimed)
            }
        }

        @Test func `what another program holds is busy, with advice`() async throws {
            try await withBench { bench in
                _ = bench.emulated.plug("2", .zebra(driver: "usbfs"), EmulatedZebra())
                let device = try await bench.device(at: "2")
                let interface = try #require(device.printerInterface)
                let fault = await #expect(throws: LinkFault.self) {
                    _ = try await bench.bus.open(device, interface)
                }
                #expect(fault?.reason == .busy)
                #expect(fault?.advice?.contains("0a5f:011c at port 1-2") == true)
            }
        }

        @Test func `without permission the advice says what to do`() async throws {
            try await withBench { bench in
                let plugged = bench.emulated.plug("2", .zebra(), EmulatedZebra())
                let device = try await bench.device(at: "2")
                let interface = try #require(device.printerInterface)
                plugged.forbid(true)
                await bench.bus.onThread { emulated_as_nobody(1) }
                let fault = await #expect(throws: LinkFault.self) {
                    _ = try await bench.bus.open(device, interface)
                }
                await bench.bus.onThread { emulated_as_nobody(0) }
                #expect(fault?.reason == .noAccess)
                #expect(fault?.advice?.contains("group lp") == true)
                #expect(fault?.advice?.contains("ATTR{idVendor}==\"0a5f\"") == true)
            }
        }

        @Test func `coming and going change the set, again and again`() async throws {
            try await withBench { bench in
                for round in 0..<20 {
                    let (_, plugged, open) = try await bench.printer()
                    async let read = Result { try await open.link.read(most: 64) }
                    plugged.unplug()
                    await bench.emptiness(at: "2")
                    #expect(await read.fault?.reason == .unplugged, "round \(round)")
                }
                let gone = BusDevice(
                    arrival: 1, vendor: 0x0A5F, product: 0x011C, portPath: "1-2", interfaces: [])
                let fault = await #expect(throws: LinkFault.self) {
                    _ = try await bench.bus.sight(gone)
                }
                #expect(fault?.reason == .unplugged)
            }
        }
    }
}
