import EdgeNode
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sealing
import SyncProtocol
import Testing

@testable import LANAPI

/// Admitting a box and keeping the staff, as a page or a verb does it.
@Suite(.timeLimit(.minutes(5))) struct PairingAPITests {
    @Test func `only the folder's owner and an admin may open a pairing`() async throws {
        try await Self.operated { box, client, key in
            let closed: HTTPFields = [.authorization: "Bearer \(String(key.text.reversed()))"]
            let stranger = try await Self.post(client, "pairings", "", closed)
            #expect(stranger.status == .unauthorized)
            let staff = try await SampleStaff.make(at: box.node, roles: [.manager])
            let mara = try await box.door.signIn(staff: staff[0].id, pin: staff[0].pin)
            let manager = try await Self.post(
                client, "pairings", "", [.authorization: "Bearer \(mara.token)"])
            #expect(manager.status == .forbidden)
            let owner = try await Self.post(client, "pairings", "", Self.bearer(key))
            #expect(owner.status == .created)
            #expect(try Self.object(owner)["role"] as? String == "desk")
            let again = try await Self.post(client, "pairings", "", Self.bearer(key))
            #expect(again.status == .conflict)
            let declined = try await Self.post(
                client, "pairings/current:decline", "", Self.bearer(key))
            #expect(try Self.object(declined)["state"] as? String == "failed")
        }
    }

    @Test(arguments: [true, false])
    func `a newcomer is admitted by the code, and by no other`(isRight: Bool) async throws {
        // Nobody is late, however slow the machine is.
        var patient = NodeEnvironment.system
        patient.sleep = { _ in try await Task.sleep(for: .seconds(3_600)) }
        try await Self.operated(in: patient) { box, client, key in
            let opened = try await Self.post(
                client, "pairings", #"{"role": "desk"}"#, Self.bearer(key))
            #expect(opened.status == .created)
            let folder = NodeDirectory(
                box.root.deletingLastPathComponent()
                    .appendingPathComponent("south"))
            let joining = try Joining(folder, site: "South", .system)
            let (near, far) = await MemoryFrameLink.pair()
            async let served: Void = box.pairing.serve(near)
            let result = await Task {
                try await joining.run(far) { code, admitter in
                    #expect(admitter == "North")
                    var standing: [String: Any] = ["state": "open"]
                    while standing["state"] as? String == "open" {
                        await Task.yield()
                        let answer = try? await Self.get(
                            client, "pairings/current", Self.bearer(key))
                        standing = answer.flatMap { try? Self.object($0) } ?? [:]
                    }
                    let shown = standing["code"] as? String
                    let wrong = code.number == 1 ? "000 002" : "000 001"
                    let typed = isRight ? "\(code)" : wrong
                    let answer = try? await Self.post(
                        client, "pairings/current:approve", #"{"code": "\#(typed)"}"#,
                        Self.bearer(key))
                    #expect(answer?.status == (isRight ? .accepted : .unprocessableContent))
                    return shown.flatMap { PairingCode($0) }
                }
            }.result
            await served
            let standing = try Self.object(
                try await Self.get(client, "pairings/current", Self.bearer(key)))
            #expect(standing["state"] as? String == (isRight ? "paired" : "failed"))
            #expect(folder.isSetUp == isRight)
            let hasJoined = (try? result.get()) != nil
            #expect(hasJoined == isRight)
        }
    }

    @Test(
        arguments: [
            (#"{"role": "king"}"#, 400), (#"{"role": 3}"#, 400), (#"{"rolle": "desk"}"#, 400),
            ("[1", 400),
        ])
    func `a wish that names no role is refused with those there are`(
        body: String, status: Int
    ) async throws {
        try await Self.operated { _, client, key in
            let answer = try await Self.post(client, "pairings", body, Self.bearer(key))
            #expect(answer.status.code == status)
        }
    }

    @Test func `the owner of the folder adds the first person, who then signs in`() async throws {
        try await Self.operated { box, client, key in
            let body = #"{"name": "Noor", "role": "admin", "pin": "2580"}"#
            let nobody = try await Self.post(client, "staff:enrol", body, [:])
            #expect(nobody.status == .unauthorized)
            let made = try await Self.post(client, "staff:enrol", body, Self.bearer(key))
            #expect(made.status == .created)
            let id = try #require(try Self.object(made)["id"] as? String)
            let session = try await Self.post(
                client, "sessions", #"{"staff": "\#(id)", "pin": "2580"}"#, [:])
            #expect(session.status == .created)
            let changed = try await Self.post(
                client, "staff:set-pin", #"{"staff": "\#(id)", "pin": "1470"}"#, Self.bearer(key))
            #expect(changed.status == .noContent)
            let old = try await Self.post(
                client, "sessions", #"{"staff": "\#(id)", "pin": "2580"}"#, [:])
            #expect(old.status == .unauthorized)
            let new = try await Self.post(
                client, "sessions", #"{"staff": "\#(id)", "pin": "1470"}"#, [:])
            #expect(new.status == .created)
        }
    }

    @Test func `a manager adds people and makes no admins`() async throws {
        try await Self.operated { box, client, key in
            let staff = try await SampleStaff.make(at: box.node, roles: [.manager])
            let mara = try await box.door.signIn(staff: staff[0].id, pin: staff[0].pin)
            let hers: HTTPFields = [.authorization: "Bearer \(mara.token)"]
            let admin = #"{"name": "Noor", "role": "admin", "pin": "2580"}"#
            #expect(try await Self.post(client, "staff:enrol", admin, hers).status == .forbidden)
            let made = try await Self.post(client, "staff:enrol", admin, Self.bearer(key))
            let id = try #require(try Self.object(made)["id"] as? String)
            let taken = try await Self.post(
                client, "staff:set-pin", #"{"staff": "\#(id)", "pin": "1470"}"#, hers)
            #expect(taken.status == .forbidden)
            let desk = #"{"name": "Ben", "role": "desk", "pin": "2581"}"#
            #expect(try await Self.post(client, "staff:enrol", desk, hers).status == .created)
        }
    }

    @Test func `a manager switches colleagues off, and no admin`() async throws {
        try await Self.operated { box, client, key in
            let staff = try await SampleStaff.make(at: box.node, roles: [.kennel, .manager])
            let mara = try await box.door.signIn(staff: staff[1].id, pin: staff[1].pin)
            let admin = #"{"name": "Noor", "role": "admin", "pin": "2580"}"#
            let made = try await Self.post(client, "staff:enrol", admin, Self.bearer(key))
            let id = try #require(try Self.object(made)["id"] as? String)
            let noor = try await box.door.signIn(
                staff: try #require(RowName.row(id)), pin: "2580")
            func change(
                _ person: String, _ method: HTTPRequest.Method, by token: String
            ) async throws -> HTTPResponse.Status {
                try await client.executeRequest(
                    uri: "/api/v1/staff/\(person)", method: method,
                    headers: [.authorization: "Bearer \(token)"],
                    body: method == .patch ? ByteBuffer(string: #"{"active": 0}"#) : nil
                ).status
            }
            #expect(try await change(id, .patch, by: mara.token) == .forbidden)
            #expect(try await change(id, .delete, by: mara.token) == .forbidden)
            #expect(try box.door.session(noor.token) != nil)
            let leo = RowName.text(staff[0].id)
            #expect(try await change(leo, .patch, by: mara.token) == .ok)
            #expect(try await change(id, .patch, by: noor.token) == .ok)
            #expect(try box.door.session(noor.token) == nil)
        }
    }

    @Test(arguments: ["12", "1111", "12a4", "1234567890123", ""])
    func `a PIN that is none is refused and nobody is added`(pin: String) async throws {
        try await Self.operated { box, client, key in
            let answer = try await Self.post(
                client, "staff:enrol", #"{"name": "Noor", "role": "desk", "pin": "\#(pin)"}"#,
                Self.bearer(key))
            #expect(answer.status == .unprocessableContent)
            #expect(try box.count("staff") == 0)
        }
    }

    // MARK: - Hands

    struct Operated: Sendable {
        let node: Node
        let door: StaffDoor
        let pairing: PairingHost
        let root: URL
        let box: TemporaryNode

        func count(_ name: String) throws -> Int { try box.count(name) }
    }

    static func operated(
        in environment: NodeEnvironment = .system,
        _ body:
            @Sendable @escaping (Operated, any TestClientProtocol, OperatorKey) async throws
            -> Void
    ) async throws {
        try await TemporaryNode.with(in: environment) { box in
            let pairing = PairingHost(box.node)
            let key = try OperatorKey.draw(box.node.directory, box.node.environment)
            let server = try APIServer(
                box.node, box.desk, box.door, pairing: pairing, operatorKey: key,
                host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let scene = Operated(
                node: box.node, door: box.door, pairing: pairing, root: box.root, box: box)
            try await Application(router: server.router()).test(.router) { client in
                try await body(scene, client, key)
            }
        }
    }

    static func bearer(_ key: OperatorKey) -> HTTPFields {
        [.authorization: "Bearer \(key.text)"]
    }

    static func post(
        _ client: any TestClientProtocol, _ path: String, _ body: String, _ headers: HTTPFields
    ) async throws -> TestResponse {
        try await client.executeRequest(
            uri: "/api/v1/" + path, method: .post, headers: headers,
            body: ByteBuffer(string: body))
    }

    static func get(
        _ client: any TestClientProtocol, _ path: String, _ headers: HTTPFields
    ) async throws -> TestResponse {
        try await client.executeRequest(
            uri: "/api/v1/" + path, method: .get, headers: headers, body: nil)
    }

    static func object(_ answer: TestResponse) throws -> [String: Any] {
        let data = Data(answer.body.readableBytesView)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
}
