import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import EdgeNode
@testable import LANAPI

/// What records may hold, at the door.
@Suite(.timeLimit(.minutes(5))) struct RecordRulesAPITests {
    @Test func `every member that is wrong is named and nothing is written`() async throws {
        try await served { box, client in
            let before = await box.node.status().vector
            let answer = try await Self.send(
                client, .post, "animals",
                #"""
                {"name":"","birth_date":"2026-02-30","sex":"femal","neutered":7,
                 "usual_vet":"000000000000000000000000000000aa","tags":["a","\u001b@"],
                 "created_by":"000000000000000000000000000000aa"}
                """#)
            #expect(answer.status == .unprocessableContent)
            #expect(
                answer.headers[.contentType] == "application/problem+json; charset=utf-8")
            let errors = try Self.errors(answer)
            #expect(
                Set(errors.keys) == [
                    "#/name", "#/birth_date", "#/sex", "#/neutered", "#/usual_vet", "#/tags/1",
                    "#/created_by",
                ])
            #expect(errors["#/usual_vet"]?.contains("may not have synced yet") == true)
            #expect(errors["#/tags/1"]?.contains("U+001B") == true)
            #expect(await box.node.status().vector == before)
        }
    }

    @Test(arguments: [
        #"{}"#, #"{"birth_date":"2020-01-01"}"#, #"{"name":"   "}"#, #"{"name":null}"#,
        #"{"name":"Rex","birth_date":"2020-05-01","deceased_on":"2019-01-01"}"#,
        #"{"name":"Rex\u0000"}"#,
    ])
    func `an animal that nobody could call is not made`(body: String) async throws {
        try await served { box, client in
            let answer = try await Self.send(client, .post, "animals", body)
            #expect(answer.status == .unprocessableContent)
            #expect(try !Self.errors(answer).isEmpty)
            #expect(try box.count("animal") == 0)
        }
    }

    @Test func `a change is judged by what the record would be`() async throws {
        try await served { box, client in
            let id = try await Self.made(client, "animals", #"{"name":"Rex"}"#)
            for body in [
                #"{"name":null}"#, #"{"name":"\t"}"#, #"{"birth_date":"soon"}"#,
                #"{"import_batch":"\#(id)"}"#,
            ] {
                let answer = try await Self.send(client, .patch, "animals/\(id)", body)
                #expect(answer.status == .unprocessableContent, "\(body)")
            }
            let fine = try await Self.send(
                client, .patch, "animals/\(id)", #"{"name":"Rexi","birth_date":"2020-02-29"}"#)
            #expect(fine.status == .ok)
            #expect(try box.texts("animal", "name") == ["Rexi"])
        }
    }

    @Test func `what another site wrote or deleted stops nobody from changing the rest`()
        async throws
    {
        try await served { box, client in
            let vet = try await Self.made(client, "parties", #"{"display":"Dr. Odd"}"#)
            let id = try await Self.made(
                client, "animals", #"{"name":"Rex","usual_vet":"\#(vet)"}"#)
            #expect(try await Self.send(client, .delete, "parties/\(vet)").status == .noContent)
            // A merge takes what no desk could write.
            let row = try #require(RowName.row(id))
            try await box.set("animal", row, "birth_date", .text("someday\u{1}"))
            let whole =
                #"{"birth_date":"someday\u0001","usual_vet":"\#(vet)","sex":"male"}"#
            let answer = try await Self.send(client, .patch, "animals/\(id)", whole)
            #expect(answer.status == .ok, "\(String(buffer: answer.body))")
            let shown = try await Self.send(client, .get, "animals/\(id)")
            #expect(try Self.object(shown)["sex"] as? String == "male")
            #expect(try Self.object(shown)["usual_vet"] as? String == vet)
            let other = try await Self.send(
                client, .post, "animals", #"{"name":"Rover","usual_vet":"\#(vet)"}"#)
            #expect(try Self.errors(other)["#/usual_vet"] != nil)
        }
    }

    @Test func `a count is set to a number and changes by the difference`() async throws {
        try await served { box, client in
            let stay = await box.node.replica.drawRowIDs(1)[0]
            let rows = SampleRows(schema: box.packs.schema, site: box.node.site)
            _ = try await box.node.replica.commit([
                try rows.insert("stay", stay, ["status": .text("in_house")])
            ])
            let id = try await Self.made(
                client, "belongings",
                #"{"stay":"\#(RowName.text(stay))","text":"bowl","quantity":3,"returned":1}"#)
            let path = "belongings/\(id)"
            #expect(try await Self.send(client, .patch, path, #"{"returned":3}"#).status == .ok)
            let shown = try Self.object(try await Self.send(client, .get, path))
            #expect(shown["returned"] as? Int == 3)
            let empty = try await Self.send(client, .patch, path, #"{"returned":null}"#)
            #expect(empty.status == .unprocessableContent)
        }
    }

    @Test func `a name said twice is refused and named`() async throws {
        try await served { box, client in
            for body in [
                #"{"name":"Rex","name":"Rover"}"#, #"{"name":"Rex","\u006eame":"Rover"}"#,
            ] {
                let answer = try await Self.send(client, .post, "animals", body)
                #expect(answer.status == .badRequest)
                let detail = try Self.object(answer)["detail"] as? String
                #expect(detail == "“name” is said twice in one object; say it once")
            }
            #expect(try box.count("animal") == 0)
        }
    }

    @Test func `a manager cannot make an admin of anybody by writing a role`() async throws {
        try await served { box, client in
            let mara = try #require(
                try await SampleStaff.make(at: box.node, roles: [.manager]).last)
            let session = try await box.door.signIn(staff: mara.id, pin: mara.pin)
            let answer = try await Self.send(
                client, .post, "staff-roles",
                #"{"staff":"\#(RowName.text(mara.id))","role":"admin"}"#,
                [.authorization: "Bearer \(session.token)"])
            #expect(answer.status == .forbidden)
        }
    }

    @Test func `colleagues' names look different`() async throws {
        try await served { box, client in
            let manager = try await box.token(.manager)
            let header: HTTPFields = [.authorization: "Bearer \(manager)"]
            let first = try await Self.send(
                client, .post, "staff", #"{"name":"Vera Koch","display":"Vera"}"#, header)
            #expect(first.status == .created, "\(String(buffer: first.body))")
            for name in [
                "Vera Koch", "vera  koch ", "VERA KOCH", "Ｖera Koch", "Vera\u{200B} Koch",
                "Vеrа Косh",
            ] {
                let body = try JSONSerialization.data(withJSONObject: ["name": name])
                let again = try await Self.send(
                    client, .post, "staff", String(decoding: body, as: UTF8.self), header)
                #expect(again.status == .unprocessableContent, "\(name)")
                let reason = try #require(try Self.errors(again)["#/name"])
                #expect(reason.contains("“Vera Koch”") && reason.contains("is here already"))
                let door = await #expect(throws: DeskRefusal.self) {
                    try await box.door.enrol(name: name, role: .desk, pin: "4821", by: .owner)
                }
                #expect(door?.message.contains("“Vera Koch”") == true)
            }
            let other = try await Self.send(
                client, .post, "staff", #"{"name":"Véra Koch"}"#, header)
            #expect(other.status == .created)
        }
    }

    @Test func `the description says formats, words and ranges`() async throws {
        try await served { _, client in
            let answer = try await client.execute(uri: "/api/v1/openapi.json", method: .get)
            let document = try Self.object(answer)
            let schemas = try #require(
                (document["components"] as? [String: Any])?["schemas"] as? [String: Any])
            func field(_ schema: String, _ name: String) throws -> [String: Any] {
                let properties = (schemas[schema] as? [String: Any])?["properties"]
                return try #require((properties as? [String: Any])?[name] as? [String: Any])
            }
            let birth = try field("AnimalDraft", "birth_date")
            #expect(birth["format"] as? String == "date")
            let sex = try field("AnimalDraft", "sex")["enum"] as? [Any]
            #expect(sex?.compactMap { $0 as? String } == ["female", "male", "unknown"])
            #expect(sex?.last is NSNull)
            #expect(try field("AnimalDraft", "neutered")["maximum"] as? Int == 1)
            #expect(try field("AnimalDraft", "name")["type"] as? String == "string")
            #expect(try field("Animal", "sex")["enum"] == nil)
            let draft = try #require(schemas["AnimalDraft"] as? [String: Any])
            #expect(draft["required"] as? [String] == ["name"])
            #expect((draft["properties"] as? [String: Any])?["created_by"] == nil)
            let patch = try #require(schemas["PartyPatch"] as? [String: Any])
            #expect((patch["properties"] as? [String: Any])?["kind"] == nil)
            #expect(patch["required"] == nil)
        }
    }

    private static func send(
        _ client: any TestClientProtocol, _ method: HTTPRequest.Method, _ path: String,
        _ body: String = "", _ headers: HTTPFields = [:]
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/api/v1/\(path)", method: method, headers: headers,
            body: ByteBuffer(string: body))
    }

    private static func made(
        _ client: any TestClientProtocol, _ path: String, _ body: String
    ) async throws -> String {
        let answer = try await send(client, .post, path, body)
        #expect(answer.status == .created, "\(String(buffer: answer.body))")
        return try #require(try object(answer)["id"] as? String)
    }

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }

    /// What is wrong, by pointer.
    private static func errors(_ answer: TestResponse) throws -> [String: String] {
        let errors = try object(answer)["errors"] as? [[String: String]] ?? []
        return Dictionary(
            errors.map { ($0["pointer"] ?? "", $0["detail"] ?? "") },
            uniquingKeysWith: { a, _ in a })
    }
}
