import CRDT
import FrontDesk
import Testing

@testable import EdgeNode

/// Who may change what of a colleague.
@Suite(.timeLimit(.minutes(5))) struct StaffKeepingTests {
    @Test func `an admin of any site is for admins; a manager of another does not become them`()
        async throws
    {
        try await TemporaryNode.with { box in
            let ada = try await box.door.enrol(name: "Ada", role: .desk, pin: "4821", by: .owner)
            let far = try await box.add("site", ["name": .text("South")])
            let grant = try await box.add(
                "staff_role",
                ["staff": .reference(ada.id), "role": .text("admin"), "site": .reference(far)])
            let mara = try #require(
                try await SampleStaff.make(at: box.node, roles: [.manager]).first)
            let manager = try await box.door.signIn(staff: mara.id, pin: mara.pin)
            let refusal = await #expect(throws: DeskRefusal.self) {
                try await box.door.change(pin: "7350", of: ada.id, by: .staff(manager))
            }
            #expect(refusal?.kind == .notAllowed)
            await #expect(throws: DeskRefusal.self) {
                try await box.door.check(manager, mayChange: ada.id)
            }
            // The PIN that was, still is.
            #expect(try await box.door.signIn(staff: ada.id, pin: "4821").roles == [.desk])
            try await box.set("staff_role", grant, "revoked_at", .integer(1))
            try await box.door.change(pin: "7350", of: ada.id, by: .staff(manager))
            #expect(try await box.door.signIn(staff: ada.id, pin: "7350").staff == ada.id)
        }
    }
}
