import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EdgeNode
@testable import LANAPI

/// Who is let in at the desk, and what they may do there.
@Suite(.timeLimit(.minutes(5))) struct SessionsAPITests {
    @Test func `a PIN opens a session, which ends when it is closed`() async throws {
        try await served { box, client in
            let staff = try await SampleStaff.make(at: box.node, roles: [.vet])[0]
            let answer = try await Self.signIn(client, staff.id, staff.pin)
            #expect(answer.status == .created)
            #expect(answer.headers[.setCookie]?.contains("HttpOnly; SameSite=Strict") == true)
            let body = try Self.object(answer)
            #expect(body["roles"] as? [String] == ["vet"])
            let token = try #require(body["token"] as? String)
            for header: HTTPFields in [
                [.authorization: "Bearer \(token)"],
                [.cookie: "\(CookieNames(of: box.node.box).session)=\(token)"],
            ] {
                let current = try await Self.execute(
                    client, "/api/v1/sessions/current", .get, header)
                #expect(current.status == .ok)
                #expect(try Self.object(current)["display"] as? String == staff.name)
                #expect(try Self.object(current)["token"] == nil)
            }
            let mine: HTTPFields = [.authorization: "Bearer \(token)"]
            let ended = try await Self.execute(client, "/api/v1/sessions/current", .delete, mine)
            #expect(ended.status == .noContent)
            let after = try await Self.execute(client, "/api/v1/sessions/current", .get, mine)
            #expect(after.status == .unauthorized)
        }
    }

    @Test func `another box behind the same host name signs nobody out here`() async throws {
        try await served { box, client in
            let staff = try await SampleStaff.make(at: box.node, roles: [.vet])[0]
            let answer = try await Self.signIn(client, staff.id, staff.pin)
            let mine = try #require(answer.headers[.setCookie]).prefix { $0 != ";" }
            let other = CookieNames(of: [1, 2, 3, 4, 5])
            #expect(other.session == "warren_session_01020304")
            // Browsers send the cookies of every port.
            for cookies in ["\(other.session)=theirs; \(mine)", "\(mine); \(other.session)="] {
                let current = try await Self.execute(
                    client, "/api/v1/sessions/current", .get, [.cookie: cookies])
                #expect(current.status == .ok)
            }
        }
    }

    @Test func `a wrong PIN, a stranger and a deactivated colleague read the same`() async throws {
        try await served { box, client in
            let staff = try await SampleStaff.make(at: box.node, roles: [.desk])
            try await box.set("staff", staff[1].id, "active", .integer(0))
            var details: Set<String> = []
            for (id, pin) in [
                (staff[0].id, "0000"), (RowID(99), "4821"), (staff[1].id, staff[1].pin),
            ] {
                let answer = try await Self.signIn(client, id, pin)
                #expect(answer.status == .unauthorized)
                details.insert(try Self.object(answer)["detail"] as? String ?? "")
            }
            #expect(details.count == 1)
        }
    }

    @Test func `guessing is slowed down, and the right PIN waits too`() async throws {
        try await served { box, client in
            let staff = try await SampleStaff.make(at: box.node, roles: [.vet])[0]
            for _ in 0..<PINGuard.freeTries {
                #expect(try await Self.signIn(client, staff.id, "0000").status == .unauthorized)
            }
            for pin in ["0000", staff.pin] {
                let answer = try await Self.signIn(client, staff.id, pin)
                #expect(answer.status == .tooManyRequests)
                let detail = try Self.object(answer)["detail"] as? String
                #expect(detail?.contains("seconds") == true)
                let wait = try #require(answer.headers[.retryAfter].flatMap { Int($0) })
                #expect(detail?.contains("in \(wait) seconds") == true)
            }
        }
    }

    @Test func `people who are made up are one person, and take nobody's place in the guard`()
        async throws
    {
        try await served { box, client in
            let staff = try await SampleStaff.make(at: box.node, roles: [.vet])[0]
            for _ in 0..<PINGuard.freeTries {
                #expect(try await Self.signIn(client, staff.id, "0000").status == .unauthorized)
            }
            var statuses: [HTTPResponse.Status] = []
            for number in 0..<8 {
                let nobody = RowID(UInt128(number))
                statuses.append(try await Self.signIn(client, nobody, "0000").status)
            }
            #expect(statuses.prefix(PINGuard.freeTries).allSatisfy { $0 == .unauthorized })
            #expect(statuses.dropFirst(PINGuard.freeTries).allSatisfy { $0 == .tooManyRequests })
            #expect(try await Self.signIn(client, staff.id, "0000").status == .tooManyRequests)
        }
    }

    @Test func `nobody checks in without a session, and a kennel hand not at all`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let leo = try await SampleStaff.make(at: box.node, roles: [.kennel])[0]
            let session = try await box.door.signIn(staff: leo.id, pin: leo.pin)
            for (header, status) in [
                ("Bearer nonsense", HTTPResponse.Status.unauthorized),
                ("Bearer \(session.token)", .forbidden),
            ] {
                let answer = try await Self.execute(
                    client, "/api/v1/stays:checkin", .post,
                    [.authorization: header, .idempotencyKey: "k"],
                    #"{"code":"\#(sample.code)"}"#)
                #expect(answer.status == status)
            }
            #expect(try box.count("stay") == 0)
        }
    }

    @Test func `a blocked animal comes in with a manager's PIN only, and is waived until a day`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            try await Self.demandRabies(box)
            let staff = try await SampleStaff.make(at: box.node, roles: [.desk, .manager])
            let (ben, mara) = (staff[1], try #require(staff.last))
            func checkIn(_ approval: String, key: String) async throws -> TestResponse {
                try await Self.execute(
                    client, "/api/v1/stays:checkin", .post, [.idempotencyKey: key],
                    #"{"code":"\#(sample.code)"\#(approval)}"#)
            }
            func approval(_ person: SampleStaff, pin: String) -> String {
                """
                ,"approval":{"staff":"\(RowName.text(person.id))","pin":"\(pin)",\
                "reason":"letter seen","until":"2036-01-01"}
                """
            }
            let blocked = try await checkIn("", key: "k1")
            #expect(blocked.status == .conflict)
            #expect(
                try (Self.object(blocked)["detail"] as? String)?.contains("Rabies") == true)
            let own = try await checkIn(approval(ben, pin: ben.pin), key: "k2")
            #expect(own.status == .forbidden)
            let wrong = try await checkIn(approval(mara, pin: "1111"), key: "k3")
            #expect(wrong.status == .unauthorized)
            #expect(try box.count("stay") == 0)
            let admitted = try await checkIn(approval(mara, pin: mara.pin), key: "k4")
            #expect(admitted.status == .created)
            // The same wish: a PIN is no part of what is remembered of it.
            let again = try await checkIn(approval(mara, pin: "0000"), key: "k4")
            #expect(again.body == admitted.body)
            #expect(try box.count("vaccine_waiver") == 1)
            #expect(try box.count("task") == 1)
            #expect(try box.texts("permission_override", "reason") == ["letter seen"])
            #expect(try box.count("vaccination") == 0)
        }
    }

    @Test func `who works here is listed whole, however many have left`() async throws {
        try await served { box, client in
            let people = try box.collection("staff")
            let ids = await box.node.replica.drawRowIDs(1_100)
            _ = try await box.node.replica.commit(
                ids.enumerated().map { index, id in
                    people.insert(
                        id,
                        [
                            "name": .text("Person \(index)"), "display": .text("Person \(index)"),
                            "active": .integer(index < 1_099 ? 0 : 1),
                        ])
                })
            let answer = try await Self.execute(client, "/api/v1/sessions/staff", .get, [:])
            let items = try #require(try Self.object(answer)["items"] as? [[String: Any]])
            #expect(
                items.compactMap { $0["display"] as? String }
                    == ["Ben Okoro", "Person 1099", "Rosa Diaz"])
        }
    }

    @Test func `hashes of PINs are shown to nobody`() async throws {
        try await served { box, client in
            _ = try await SampleStaff.make(at: box.node, roles: [.vet])
            let answer = try await Self.execute(client, "/api/v1/credentials", .get, [:])
            #expect(answer.status == .notFound)
            #expect(!String(buffer: answer.body).contains("argon2"))
        }
    }

    private static func demandRabies(_ box: TemporaryNode) async throws {
        let rows = SampleRows(schema: box.packs.schema, site: box.node.site)
        _ = try await box.node.replica.commit([
            try rows.insert(
                "vaccine_rule", await box.node.replica.drawRowIDs(1)[0],
                ["vaccine": .text("rabies"), "level": .text("block")])
        ])
    }

    private static func signIn(
        _ client: any TestClientProtocol, _ staff: RowID, _ pin: String
    ) async throws -> TestResponse {
        try await execute(
            client, "/api/v1/sessions", .post, [:],
            #"{"staff":"\#(RowName.text(staff))","pin":"\#(pin)"}"#)
    }

    private static func execute(
        _ client: any TestClientProtocol, _ uri: String, _ method: HTTPRequest.Method,
        _ headers: HTTPFields, _ body: String = ""
    ) async throws -> TestResponse {
        try await client.execute(
            uri: uri, method: method, headers: headers, body: ByteBuffer(string: body))
    }

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
