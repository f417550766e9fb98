import CRDT
import Foundation
import FrontDesk
import Synchronization
import Testing

@testable import EdgeNode

/// When somebody who signed in is out again.
@Suite(.timeLimit(.minutes(5))) struct SessionEndTests {
    @Test func `another PIN ends the sessions of those before it, and of nobody else`() async throws
    {
        try await TemporaryNode.with { box in
            let staff = try await SampleStaff.make(at: box.node, roles: [.desk])
            let first = try await Self.signIn(box, staff[0])
            let second = try await Self.signIn(box, staff[0])
            let other = try await Self.signIn(box, staff[1])
            try await box.door.change(pin: "5193", of: staff[0].id, by: .owner)
            #expect(try box.door.session(first) == nil)
            #expect(try box.door.session(second) == nil)
            #expect(try box.door.session(other)?.staff == staff[1].id)
            let again = try await box.door.signIn(staff: staff[0].id, pin: "5193")
            #expect(try box.door.session(again.token) == again)
        }
    }

    @Test func `a PIN that another site revoked holds nobody in`() async throws {
        try await Self.signedIn { box, _, token in
            let credential = try Self.row(of: "credential", box)
            try await box.set("credential", credential, "revoked_at", .integer(1))
            #expect(try box.door.session(token) == nil)
        }
    }

    @Test func `a colleague who was deactivated is out with their next request`() async throws {
        try await Self.signedIn { box, rosa, token in
            try await box.set("staff", rosa, "active", .integer(0))
            #expect(try box.door.session(token) == nil)
            // For good: the session does not come back with the person.
            try await box.set("staff", rosa, "active", .integer(1))
            #expect(try box.door.session(token) == nil)
        }
    }

    @Test func `a role is gained and lost without signing in anew; the last one lost ends it`()
        async throws
    {
        try await Self.signedIn { box, rosa, token in
            let desk = try Self.row(of: "staff_role", box)
            let rows = SampleRows(schema: box.packs.schema, site: box.node.site)
            let vet = await box.node.replica.drawRowIDs(1)[0]
            _ = try await box.node.replica.commit([
                try rows.insert(
                    "staff_role", vet,
                    [
                        "staff": .reference(rosa), "role": .text("vet"),
                        "site": .reference(box.node.site),
                    ])
            ])
            #expect(try box.door.session(token)?.roles == [.desk, .vet])
            try await box.set("staff_role", desk, "revoked_at", .integer(1))
            #expect(try box.door.session(token)?.roles == [.vet])
            try await box.set("staff_role", vet, "revoked_at", .integer(1))
            #expect(try box.door.session(token) == nil)
        }
    }

    @Test func `who lost the last role is out at its answer, while others ask and write`()
        async throws
    {
        try await Self.signedIn { box, rosa, _ in
            var role = try Self.row(of: "staff_role", box)
            let rows = SampleRows(schema: box.packs.schema, site: box.node.site)
            for _ in 0..<40 {
                let token = try await box.door.signIn(staff: rosa, pin: "4821").token
                try await withThrowingTaskGroup(of: Void.self) { group in
                    // Somebody asks all the time, and others' writes share the same commits.
                    group.addTask { for _ in 0..<50 { _ = try box.door.standing(token) } }
                    for _ in 0..<4 {
                        group.addTask {
                            let animal = await box.node.replica.drawRowIDs(1)[0]
                            _ = try await box.node.replica.commit([
                                try rows.insert("animal", animal, ["name": .text("Rex")])
                            ])
                        }
                    }
                    group.addTask { [role] in
                        try await box.set("staff_role", role, "revoked_at", .integer(1))
                        #expect(try box.door.session(token) == nil)
                    }
                    try await group.waitForAll()
                }
                role = await box.node.replica.drawRowIDs(1)[0]
                _ = try await box.node.replica.commit([
                    try rows.insert(
                        "staff_role", role,
                        [
                            "staff": .reference(rosa), "role": .text("desk"),
                            "site": .reference(box.node.site),
                        ])
                ])
            }
        }
    }

    @Test func `to look at a session does not keep it alive, to use it does`() async throws {
        let clock = HandClock()
        var environment = NodeEnvironment.system
        environment.steadyMilliseconds = { clock.hours.withLock { $0 } * 3_600_000 }
        try await TemporaryNode.with(in: environment) { box in
            let rosa = try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first)
            let token = try await Self.signIn(box, rosa)
            clock.hours.withLock { $0 = 11 }
            #expect(try box.door.standing(token) != nil)
            #expect(try box.door.session(token) != nil)
            clock.hours.withLock { $0 = 22 }
            #expect(try box.door.standing(token) != nil)
            clock.hours.withLock { $0 = 23 }
            #expect(try box.door.standing(token) == nil)
            #expect(try box.door.session(token) == nil)
        }
    }

    private final class HandClock: Sendable {
        let hours = Mutex(Int64(0))
    }

    private static func signedIn(
        _ body: (TemporaryNode, RowID, String) async throws -> Void
    ) async throws {
        try await TemporaryNode.with { box in
            let member = try await box.door.enrol(
                name: "Rosa", role: .desk, pin: "4821", by: .owner)
            let token = try await box.door.signIn(staff: member.id, pin: "4821").token
            #expect(try box.door.session(token)?.roles == [.desk])
            try await body(box, member.id, token)
        }
    }

    private static func signIn(_ box: TemporaryNode, _ one: SampleStaff) async throws -> String {
        try await box.door.signIn(staff: one.id, pin: one.pin).token
    }

    /// The only row of a collection.
    private static func row(of name: String, _ box: TemporaryNode) throws -> RowID {
        let rows = try box.node.page(of: try box.collection(name), limit: 2).rows
        try #require(rows.count == 1)
        return rows[0].id
    }
}
