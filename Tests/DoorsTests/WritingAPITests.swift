import CRDT
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import EdgeNode
@testable import LANAPI

@Suite(.timeLimit(.minutes(5))) struct WritingAPITests {
    @Test func `a record is made, changed while it is as it was read, and deleted`() async throws {
        try await served { _, client in
            let made = try await Self.send(
                client, .post, "parties",
                #"{"kind":"person","family":"^XA <b>Haddad","roles":["customer","supplier"]}"#)
            #expect(made.status == .created, "\(String(buffer: made.body))")
            let id = try #require(try Self.object(made)["id"] as? String)
            let path = "parties/\(id)"
            let first = try await Self.send(client, .get, path)
            let shown = try Self.object(first)
            #expect(shown["family"] as? String == "^XA <b>Haddad")
            #expect(shown["roles"] as? [String] == ["customer", "supplier"])
            #expect(shown["created_by"] is String)
            let tag = try #require(first.headers[.eTag])
            let patch = #"{"family":"Haddad","given":"Nadia","roles":["customer"]}"#
            let changed = try await Self.send(client, .patch, path, patch, [.ifMatch: tag])
            #expect(changed.status == .ok)
            let late = try await Self.send(
                client, .patch, path, #"{"given":"N."}"#, [.ifMatch: tag])
            #expect(late.status == .preconditionFailed)
            let after = try Self.object(try await Self.send(client, .get, path))
            #expect(after["given"] as? String == "Nadia")
            #expect(after["roles"] as? [String] == ["customer"])
            _ = try await Self.send(client, .patch, path, #"{"given":null}"#)
            let emptied = try Self.object(try await Self.send(client, .get, path))
            #expect(emptied["given"] is NSNull)
            #expect(try await Self.send(client, .delete, path).status == .noContent)
            for method in [HTTPRequest.Method.get, .patch, .delete] {
                let gone = try await Self.send(client, method, path, method == .patch ? patch : "")
                #expect(gone.status == .notFound)
                #expect(String(buffer: gone.body).contains("party \(id) was deleted"))
            }
        }
    }

    @Test(arguments: [
        ("*", 200), ("W/\"a\"", 400), ("\"a\", \"b\"", 400), ("\"\"", 400), ("\"a", 400),
        ("\"a\"", 412), ("a", 412),
    ])
    func `a change is bound to one tag, or by a star to none`(
        match: String, status: Int
    ) async throws {
        try await served { _, client in
            let made = try await Self.send(
                client, .post, "parties", #"{"kind":"person","family":"Weber"}"#)
            let id = try #require(try Self.object(made)["id"] as? String)
            let answer = try await Self.send(
                client, .patch, "parties/\(id)", #"{"given":"N."}"#, [.ifMatch: match])
            #expect(answer.status.code == status)
        }
    }

    @Test func `open print jobs come as many as were asked for, and say how many there are`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let entered = try await Self.send(
                client, .post, "stays:checkin", #"{"code":"\#(sample.code)"}"#,
                [.idempotencyKey: "in"])
            let stay = try #require((try Self.object(entered)["stays"] as? [String])?.first)
            for copy in 1...2 {
                _ = try await Self.send(
                    client, .post, "stays:print-labels", #"{"stay":"\#(stay)","role":"collar"}"#,
                    [.idempotencyKey: "again-\(copy)"])
            }
            let total = try box.count("print_job")
            #expect(total >= 3)
            for (query, count) in [("state=open", total), ("state=queued&limit=2", 2)] {
                let page = try Self.object(
                    try await Self.send(client, .get, "print-jobs?\(query)"))
                #expect((page["items"] as? [[String: Any]])?.count == count)
                #expect(page["total"] as? Int == total)
            }
            for query in [
                "state=open&state=held", "state=open&limit=0", "state=open&limit=1001",
                "state=open&colour=red", "state=printed",
            ] {
                #expect(
                    try await Self.send(client, .get, "print-jobs?\(query)").status == .badRequest)
            }
        }
    }

    @Test func `one key makes one record`() async throws {
        try await served { box, client in
            let key: HTTPFields = [.idempotencyKey: "k"]
            let body = #"{"kind":"person","family":"Weber"}"#
            let first = try await Self.send(client, .post, "parties", body, key)
            let again = try await Self.send(client, .post, "parties", body, key)
            #expect(first.body == again.body)
            #expect(again.headers[.replayed] == "true")
            #expect(try box.count("party") == 1)
            let other = try await Self.send(client, .post, "parties", #"{"family":"X"}"#, key)
            #expect(other.status == .unprocessableContent)
        }
    }

    @Test(arguments: [
        ("parties", "", 400), ("parties", String(repeating: "k", count: 129), 400),
        ("parties", String(repeating: "k", count: 128), 201),
        ("stays:checkin", "", 400), ("stays:checkin", String(repeating: "k", count: 129), 400),
        ("print-jobs/\(RowName.text(RowID(1))):retry", "", 400),
        ("print-jobs/\(RowName.text(RowID(1))):retry", String(repeating: "k", count: 129), 400),
    ])
    func `every route has the same bounds for a key, and says them`(
        path: String, key: String, status: Int
    ) async throws {
        try await served { _, client in
            let answer = try await Self.send(
                client, .post, path, #"{"family":"Weber"}"#, [.idempotencyKey: key])
            #expect(answer.status.code == status)
            guard status == 400 else { return }
            let detail = try #require(try Self.object(answer)["detail"] as? String)
            #expect(detail == "an Idempotency-Key has 1 to 128 bytes")
        }
    }

    @Test(arguments: ["stays:checkin", "print-jobs/\(RowName.text(RowID(1))):cancel"])
    func `what may make paper needs a key`(path: String) async throws {
        try await served { _, client in
            let answer = try await Self.send(client, .post, path, "{}")
            #expect(answer.status == .badRequest)
            let detail = try #require(try Self.object(answer)["detail"] as? String)
            #expect(detail.contains("needs an Idempotency-Key header of 1 to 128 bytes"))
        }
    }

    @Test(arguments: [
        ("parties", #"{"colour":"red"}"#, 400), ("parties", #"{"family":7}"#, 400),
        ("parties", "[]", 400), ("parties", "{", 400), ("parties", #"{"roles":"x"}"#, 400),
        ("animals", #"{"neutered":1.5}"#, 400), ("nothings", "{}", 404),
        ("stays", "{}", 403), ("vaccine-waivers", "{}", 403), ("print-jobs", "{}", 403),
        ("vaccine-rules", #"{"vaccine":"rabies"}"#, 403), ("credentials", "{}", 404),
        ("animals/0123", "{}", 405),
    ])
    func `what may not be written is refused with a reason and writes nothing`(
        path: String, body: String, status: Int
    ) async throws {
        try await served { box, client in
            let before = await box.node.status().vector
            let answer = try await Self.send(client, .post, path, body)
            #expect(answer.status.code == status)
            #expect(try Self.object(answer)["type"] is String)
            #expect(await box.node.status().vector == before)
        }
    }

    @Test func `nobody writes without a session`() async throws {
        try await served { _, client in
            let answer = try await Self.send(
                client, .post, "parties", "{}", [.authorization: "Bearer none"])
            #expect(answer.status == .unauthorized)
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

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
