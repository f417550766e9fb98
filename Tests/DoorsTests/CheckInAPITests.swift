import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import ReplicaStorage
import Testing

@testable import EdgeNode
@testable import LANAPI

@Suite(.timeLimit(.minutes(5))) struct CheckInAPITests {
    @Test func `a check-in answers with its stay and its tag, and again the same under its key`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let body = #"{"code":"\#(sample.code)"}"#
            let first = try await Self.checkIn(client, body, key: "k1")
            #expect(first.status == .created)
            #expect(first.headers[.replayed] == nil)
            let again = try await Self.checkIn(client, body, key: "k1")
            #expect(again.status == .created)
            #expect(again.body == first.body)
            #expect(again.headers[.replayed] == "true")
            #expect(try box.count("stay") == 1)
            #expect(try box.count("print_job") == 1)
        }
    }

    @Test func `the same key with another body is refused and changes nothing`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            _ = try await Self.checkIn(client, #"{"code":"\#(sample.code)"}"#, key: "k1")
            let other = #"{"booking":"\#(RowName.text(sample.booking))"}"#
            let answer = try await Self.checkIn(client, other, key: "k1")
            #expect(answer.status == .unprocessableContent)
            #expect(Self.problem(answer) == "/problems/key-reused")
            #expect(try box.count("stay") == 1)
        }
    }

    @Test func `an animal in house is not checked in twice under another key`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let body = #"{"code":"\#(sample.code)"}"#
            _ = try await Self.checkIn(client, body, key: "k1")
            let answer = try await Self.checkIn(client, body, key: "k2")
            #expect(answer.status == .conflict)
            #expect(try box.count("stay") == 1)
        }
    }

    @Test func `a tag finds the one due booking of its animal, not those that are over`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let again = try await SampleBooking.make(
                at: box.node, arrival: "2026-01-01", departure: "2036-01-01")
            #expect(again.animal == sample.animal)
            let body = #"{"code":"\#(sample.code)"}"#
            #expect(try await Self.checkIn(client, body, key: "k1").status == .conflict)
            try await box.set("booking", sample.booking, "status", .text("cancelled"))
            let answer = try await Self.checkIn(client, body, key: "k2")
            #expect(answer.status == .created)
            #expect(String(buffer: answer.body).contains(RowName.text(again.booking)))
            try await box.set("booking", again.booking, "status", .text("cancelled"))
            #expect(try await Self.checkIn(client, body, key: "k3").status == .notFound)
            // What was answered stays answered, whatever became of the booking.
            #expect(try await Self.checkIn(client, body, key: "k2").body == answer.body)
        }
    }

    @Test func `a full run is remarked by who is in it now`() async throws {
        try await TemporaryNode.with { box in
            let sample = try await box.sample()
            let reading = { (reader: Reader) in
                CheckInReading(
                    named: NamedReader(reader: reader, schema: box.packs.schema),
                    siteName: "North")
            }
            let occupants = {
                try box.node.read { reader throws(StorageError) in
                    try reading(reader).view(of: sample.booking)?.resource?.occupants
                }
            }
            #expect(try occupants() == 0)
            let made = Outcome<RowID>()
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
                encode: { checkedIn in
                    if let stay = checkedIn.stays.first { made.set(stay) }
                    return []
                })
            #expect(try occupants() == 1)
            let stay = try #require(made.value)
            try await box.set("stay", stay, "status", .text("checked_out"))
            #expect(try occupants() == 0)
        }
    }

    @Test func `sixteen tries of one wish at once make one stay and one tag`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let body = #"{"code":"\#(sample.code)"}"#
            try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
                for _ in 0..<16 {
                    group.addTask { try await Self.checkIn(client, body, key: "k1").status }
                }
                for try await status in group { #expect(status == .created) }
            }
            #expect(try box.count("stay") == 1)
            #expect(try box.count("print_job") == 1)
        }
    }

    @Test(arguments: [
        (#"{"code":"0123456789012"}"#, 400), (#"{"code":"WRN1:A:0000"}"#, 400),
        (#"{"booking":"xyz"}"#, 400), (#"{}"#, 400), ("[1]", 400), ("", 400),
        (#"{"code":"x","booking":"y"}"#, 400), (#"{"colour":"red"}"#, 400),
        (#"{"booking":7}"#, 400),
        (#"{"booking":"00000000000000000000000000000001"}"#, 404),
    ])
    func `what names no guest is refused with a reason`(body: String, status: Int) async throws {
        try await served { box, client in
            let answer = try await Self.checkIn(client, body, key: "k1")
            #expect(answer.status.code == status)
            #expect(Self.problem(answer) != nil)
            #expect(try box.count("stay") == 0)
        }
    }

    @Test func `without a key nothing is done, and a body above the limit is not read`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let bare = try await client.execute(
                uri: "/api/v1/stays:checkin", method: .post,
                body: ByteBuffer(string: #"{"code":"\#(sample.code)"}"#))
            #expect(bare.status == .badRequest)
            let large = String(repeating: " ", count: 1 << 20) + "{}"
            #expect(try await Self.checkIn(client, large, key: "k").status == .contentTooLarge)
            #expect(try box.count("stay") == 0)
        }
    }

    private static func checkIn(
        _ client: any TestClientProtocol, _ body: String, key: String
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: key],
            body: ByteBuffer(string: body))
    }

    private static func problem(_ answer: TestResponse) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return (object as? [String: Any])?["type"] as? String
    }
}

/// A node and a client of its API, without a socket.
func served(
    _ body: @Sendable @escaping (TemporaryNode, any TestClientProtocol) async throws -> Void
) async throws {
    try await TemporaryNode.with { box in
        let server = try APIServer(
            box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let rosa = try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first)
        let session = try await box.door.signIn(staff: rosa.id, pin: rosa.pin)
        try await Application(router: server.router()).test(.router) { client in
            try await body(box, SignedClient(client: client, token: session.token))
        }
    }
}

extension TemporaryNode {
    /// Signs somebody new with this role in.
    func token(_ role: StaffRole) async throws -> String {
        let staff = try await SampleStaff.make(at: node, roles: [role])
        let one = try #require(staff.last)
        return try await door.signIn(staff: one.id, pin: one.pin).token
    }
}

/// A client that shows somebody's token with each request that says nothing of its own.
struct SignedClient: TestClientProtocol {
    let client: any TestClientProtocol
    let token: String

    var port: Int? { client.port }

    func executeRequest(
        uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
    ) async throws -> TestResponse {
        var headers = headers
        if headers[.authorization] == nil, headers[.cookie] == nil {
            headers[.authorization] = "Bearer \(token)"
        }
        return try await client.executeRequest(
            uri: uri, method: method, headers: headers, body: body)
    }
}
