import EdgeNode
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import LANAPI

@Suite(.timeLimit(.minutes(5))) struct HostileRequestTests {
    @Test(arguments: [
        ("/api/v1/animals", HTTPRequest.Method.delete, "GET, HEAD, POST"),
        (
            "/api/v1/animals/00000000000000000000000000000001", .post,
            "GET, HEAD, PATCH, DELETE"
        ),
        ("/api/v1/health", .post, "GET, HEAD"), ("/api/v1/sync/verify", .get, "POST"),
        ("/api/v1/scans", .get, "POST"), ("/api/v1/stays:checkin", .options, "GET, HEAD, POST"),
        ("/api/v1/bookings", .put, "GET, HEAD, POST"),
    ])
    func `a method that a path does not take is refused with those it takes`(
        path: String, method: HTTPRequest.Method, allowed: String
    ) async throws {
        try await served { _, client in
            let answer = try await client.execute(uri: path, method: method)
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow] == allowed)
            #expect(answer.headers[.contentType]?.hasPrefix("application/problem+json") == true)
        }
    }

    @Test(arguments: [
        "name=a&name=b", "limit=1&limit=2", "count=banana", "count", "name.begins=LONG",
        "name=LONG", "LONG=1",
    ])
    func `a query that is doubled, vague or too long is refused, not half obeyed`(query: String)
        async throws
    {
        try await served { _, client in
            let long = String(repeating: "a", count: 50_001)
            let query = query.replacingOccurrences(of: "LONG", with: long)
            let answer = try await client.execute(uri: "/api/v1/animals?\(query)", method: .get)
            #expect(answer.status == .badRequest)
            #expect(answer.body.readableBytes < 2_000)
        }
    }

    @Test(arguments: [
        "/api/v1/LONG", "/api/v1/animals/LONG",
    ])
    func `what was asked for is not echoed at length`(path: String) async throws {
        try await served { _, client in
            let long = String(repeating: "a", count: 60_000)
            let answer = try await client.execute(
                uri: path.replacingOccurrences(of: "LONG", with: long), method: .get)
            #expect(answer.status.code / 100 == 4)
            #expect(answer.body.readableBytes < 2_000)
        }
    }

    @Test func `a name that fills a page, or fields without end, are refused briefly`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let long = String(repeating: "y", count: 100_000)
            for body in [
                #"{"booking":"\#(RowName.text(sample.booking))","handed_by":"\#(long)"}"#,
                #"{"\#(long)":1}"#,
            ] {
                let answer = try await client.execute(
                    uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
                    body: ByteBuffer(string: body))
                #expect(answer.status == .badRequest)
                #expect(answer.body.readableBytes < 2_000)
            }
            #expect(try box.count("stay") == 0)
        }
    }

    @Test(arguments: [
        ("localhost", true), ("127.0.0.1:7070", true), ("[::1]:7070", true), ("LOCALHOST", true),
        ("evil.example", false), ("127.0.0.1.evil.example", false), ("localhost:80@evil", false),
        ("", false), ("10.0.0.1", false),
    ])
    func `only the names of this machine are answered`(host: String, isOurs: Bool) {
        #expect(LoopbackGuard.isLoopback(host) == isOurs)
    }

    @Test(arguments: [
        ("http://127.0.0.1:7070", "127.0.0.1:7070", true), ("http://localhost", "LOCALHOST", true),
        ("http://[::1]:7070", "[::1]:7070", true),
        ("http://127.0.0.1:7071", "127.0.0.1:7070", false),
        ("http://localhost:7070", "127.0.0.1:7070", false), ("http://127.0.0.1", nil, false),
    ])
    func `a page may ask the host and port that served it`(
        origin: String, host: String?, isOwn: Bool
    ) {
        #expect(LoopbackGuard.isOwn(origin, of: host) == isOwn)
    }

    @Test func `a page from elsewhere may not ask`() async throws {
        try await served { _, client in
            // The client asks for localhost, of no port.
            for origin in [
                "http://evil.example", "null", "https://localhost", "http://localhost:8080",
                "http://127.0.0.1", "http://[::1]:3000", "localhost", "http://localhost/",
            ] {
                let answer = try await client.execute(
                    uri: "/api/v1/health", method: .get, headers: [.origin: origin])
                #expect(answer.status == .forbidden, "\(origin)")
            }
            let own = try await client.execute(
                uri: "/api/v1/health", method: .get, headers: [.origin: "http://localhost"])
            #expect(own.status == .ok)
        }
    }

    @Test func `a port that is taken is refused with what to do`() async throws {
        try await TemporaryNode.with { box in
            let (ports, port) = AsyncStream<Int>.makeStream()
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let first = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0, logger: logger
            ) { port.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await first.run() }
                for await taken in ports {
                    let second = try APIServer(
                        box.node, box.desk, box.door, host: "127.0.0.1", port: taken, logger: logger
                    )
                    let fault = await #expect(throws: NodeFault.self) { try await second.run() }
                    #expect(fault?.message.contains("choose another") == true)
                    break
                }
                group.cancelAll()
            }
        }
    }

    @Test func `a thousand tries of one wish at once make one stay and one tag`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let body = ByteBuffer(string: #"{"code":"\#(sample.code)"}"#)
            let answers = try await withThrowingTaskGroup(of: TestResponse.self) { group in
                for _ in 0..<1_000 {
                    group.addTask {
                        try await client.execute(
                            uri: "/api/v1/stays:checkin", method: .post,
                            headers: [.idempotencyKey: "k1"], body: body)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == .created })
            #expect(Set(answers.map { Array($0.body.readableBytesView) }).count == 1)
            #expect(try box.count("stay") == 1)
            #expect(try box.count("print_job") == 1)
        }
    }

    @Test func `a thousand tries under a thousand keys make one stay and one tag`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let body = ByteBuffer(string: #"{"code":"\#(sample.code)"}"#)
            let created = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<1_000 {
                    group.addTask {
                        let answer = try await client.execute(
                            uri: "/api/v1/stays:checkin", method: .post,
                            headers: [.idempotencyKey: "k\(number)"], body: body)
                        return answer.status == .created ? 1 : 0
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(created == 1)
            #expect(try box.count("stay") == 1)
            #expect(try box.count("print_job") == 1)
        }
    }
}
