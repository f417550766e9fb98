import CRDT
import EdgeNode
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import LANAPI

/// What a desk says at a check-in and of guests that are in house.
@Suite(.timeLimit(.minutes(5))) struct InHouseTests {
    @Test func `who is in house is not deleted, nor the booking, the customer or the run`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let paths = [
                "animals/\(RowName.text(sample.animal))",
                "booking-items/\(RowName.text(try Self.item(box)))",
                "parties/\(RowName.text(sample.party))",
                "resources/\(RowName.text(sample.resource))",
                "bookings/\(RowName.text(sample.booking))",
            ]
            let stay = try await Self.enter(client, sample)
            for path in paths {
                let answer = try await client.execute(uri: "/api/v1/\(path)", method: .delete)
                #expect(answer.status == .conflict, "\(path)")
                #expect(String(buffer: answer.body).contains("\(sample.animalName) is in house"))
            }
            try await box.set("stay", stay, "status", .text("checked_out"))
            for path in paths {
                let answer = try await client.execute(uri: "/api/v1/\(path)", method: .delete)
                #expect(answer.status == .noContent, "\(path)")
            }
        }
    }

    @Test func `the owner of a guest is kept also when another site deleted the booking`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            _ = try await Self.enter(client, sample)
            try await box.delete("booking", sample.booking)
            let answer = try await client.execute(
                uri: "/api/v1/parties/\(RowName.text(sample.party))", method: .delete)
            #expect(answer.status == .conflict)
            #expect(String(buffer: answer.body).contains("\(sample.animalName) is in house"))
        }
    }

    @Test func `nobody checks in or out by writing a status`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let booking = "bookings/\(RowName.text(sample.booking))"
            for word in ["checked_in", "checked_out"] {
                let answer = try await Self.patch(client, booking, #"{"status":"\#(word)"}"#)
                #expect(answer.status == .unprocessableContent, "\(word)")
                #expect(String(buffer: answer.body).contains(##""pointer":"#/status""##))
            }
            let item = "booking-items/\(RowName.text(try Self.item(box)))"
            #expect(
                try await Self.patch(client, item, #"{"status":"checked_in"}"#).status
                    == .unprocessableContent)
            #expect(try box.count("stay") == 0)
        }
    }

    @Test func `a booking keeps its status until its guests have left`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            _ = try await Self.enter(client, sample)
            let booking = "bookings/\(RowName.text(sample.booking))"
            let item = "booking-items/\(RowName.text(try Self.item(box)))"
            for (path, word) in [
                (booking, "cancelled"), (booking, "confirmed"), (booking, "no_show"),
                (item, "cancelled"),
            ] {
                let answer = try await Self.patch(client, path, #"{"status":"\#(word)"}"#)
                #expect(answer.status == .conflict, "\(path) \(word)")
                #expect(String(buffer: answer.body).contains("\(sample.animalName) is in house"))
            }
            // Whoever sends a whole record says again what it holds.
            let whole = #"{"status":"checked_in","notes_for_staff":"Likes the window."}"#
            #expect(try await Self.patch(client, booking, whole).status == .ok)
            #expect(try box.texts("booking", "status") == ["checked_in"])
            // There is no check-out yet, so the end is said by hand.
            let ended = try await Self.patch(client, booking, #"{"status":"checked_out"}"#)
            #expect(ended.status == .ok)
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

    /// Checks the sample's animal in; its stay.
    private static func enter(
        _ client: any TestClientProtocol, _ sample: SampleBooking
    ) async throws -> RowID {
        let answer = try await checkIn(client, #"{"code":"\#(sample.code)"}"#)
        #expect(answer.status == .created)
        let made =
            try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
            as? [String: Any]
        return try #require((made?["stays"] as? [String])?.first.flatMap(RowName.row))
    }

    private static func item(_ box: TemporaryNode) throws -> RowID {
        try #require(try box.node.page(of: box.collection("booking_item"), limit: 1).rows.first).id
    }

    private static func patch(
        _ client: any TestClientProtocol, _ path: String, _ body: String
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/api/v1/\(path)", method: .patch, body: ByteBuffer(string: body))
    }

    private static func checkIn(
        _ client: any TestClientProtocol, _ body: String
    ) async throws -> TestResponse {
        try await client.execute(
            uri: "/api/v1/stays:checkin", method: .post,
            headers: [.idempotencyKey: UUID().uuidString], body: ByteBuffer(string: body))
    }
}
