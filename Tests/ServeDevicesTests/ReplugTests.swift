import NodeClient
import Testing
import USBEmulation

@testable import warren

extension ServeDevicesTests {
    /// What comes back, what takes another's place, and what is only passing.
    @Suite struct ReplugTests {
        /// A link that breaks while the cable is wiggled is opened anew after a second; by then the
        /// printer is another arrival.
        @Test func `a printer that is back in its socket is the same printer, with its roles`()
            async throws
        {
            try await ServedNode.with(settings: ServeDevicesTests.largeCards) { node, bus in
                let zebra = EmulatedZebra(model: ServeDevicesTests.model)
                let first = bus.plug("1", .zebra4(), zebra)
                try await node.device(ServeDevicesTests.zebra, is: "ready")
                zebra.change { $0.stalls = true }
                let jobs = try await node.checkIn()
                try await node.device(ServeDevicesTests.zebra, is: "troubled")
                first.unplug()
                _ = bus.plug("1", .zebra4(), zebra)
                for job in jobs.values {
                    let done = try await node.job(job, is: "printed")
                    #expect(done["printer"] as? String == ServeDevicesTests.zebra)
                }
                let items = try await node.get("devices").object["items"] as? [[String: Any]] ?? []
                #expect(items.map { $0["id"] as? String } == [ServeDevicesTests.zebra])
            }
        }

        @Test func `a printer in the place of one that is gone takes its labels`() async throws {
            try await ServedNode.with { node, bus in
                let old = EmulatedZebra(model: ServeDevicesTests.model)
                old.change { $0.isPaperOut = true }
                let first = bus.plug("1", .zebra4(serial: "S1"), old)
                try await node.device(ServeDevicesTests.zebra, is: "ready")
                // The one that stands before the old printer goes to the new one as well.
                let jobs = try await node.checkIn()
                try await node.device(ServeDevicesTests.zebra, is: "troubled")
                first.unplug()
                try await node.device(ServeDevicesTests.zebra, is: "absent")
                let new = EmulatedZebra(model: ServeDevicesTests.model)
                _ = bus.plug("1", .zebra4(serial: "S2"), new)
                for job in jobs.values { try await node.job(job, is: "printed") }
                #expect(old.labels == 100 && new.labels == 102)
            }
        }

        @Test func `somebody's keyboard is listed while it is there, and asks for nothing`()
            async throws
        {
            try await ServedNode.with { node, bus in
                var board = EmulatedBuild.scanner()
                (board.vendor, board.product) = (0x046D, 0xC31C)
                (board.manufacturerText, board.productText) = (nil, nil)
                let plugged = bus.plug("1", board, EmulatedKeys())
                let standing = try await node.device("046d-c31c-port-1-1", is: "unknown")
                #expect(standing["title"] as? String == "046d-c31c-port-1-1")
                plugged.unplug()
                _ = try await node.until("devices") { ($0["items"] as? [Any])?.isEmpty == true }
            }
        }
    }
}
