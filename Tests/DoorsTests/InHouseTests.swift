import CRDT
import EdgeNode
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import LANAPI

/// What a desk says at a check-in and of guests that are in house.
@Suite(.timeLimit(.minutes(2))) struct InHouseTests {
    @Test func `who is in house is not deleted, nor the booking or the customer`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let paths = [
                "animals/\(RowName.text(sample.animal))",
                "bookings/\(RowName.text(sample.booking))",
            ]
            let entered = try await Self.checkIn(client, #"{"code":"\#(sample.code)"}"#)
            #expect(entered.status == .created)
            for path in paths {
                let answer = try await client.execute(uri: "/api/v1/\(path)", method: .delete)
                #expect(answer.status == .conflict)
                #expect(String(buffer: answer.body).contains("is in house"))
            }
            let made =
                try JSONSerialization.jsonObject(with: Data(entered.body.readableBytesView))
                as? [String: Any]
            let stay = try #require((made?["stays"] as? [String])?.first.flatMap(RowName.row))
            try await box.set("stay", stay, "status", .text("checked_out"))
            for path in paths {
                let answer = try await client.execute(uri: "/api/v1/\(path)", method: .delete)
                #expect(answer.status == .noContent)
            }
        }
    }

    @Test(arguments: ["  ", "\\u200b", "A\\u202eB", "C\\nD", "\\u001b[2J"])
    func `who handed the guest over is named in plain text`(name: String) async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let answer = try await Self.checkIn(
                client, #"{"code":"\#(sample.code)","handed_by":"\#(name)"}"#)
            #expect(answer.status == .unprocessableContent)
            #expect(String(buffer: answer.body).contains(##""pointer":"#/handed_by""##))
            #expect(try box.count("stay") == 0)
        }
    }

    @Test(arguments: [#"{"code":"x",}"#, #"{"code":"x" , } "#, #"{"animals":["x",]}"#])
    func `a comma before a closing bracket is no JSON`(body: String) async throws {
        try await served { _, client in
            let answer = try await Self.checkIn(client, body)
            #expect(answer.status == .badRequest)
            #expect(String(buffer: answer.body).contains("comma"))
        }
    }

    private static func checkIn(
        _ client: any TestClientProtocol, _ body: String
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/api/v1/stays:checkin", method: .post,
            headers: [.idempotencyKey: UUID().uuidString], body: ByteBuffer(string: body))
    }
}
