import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import EdgeNode
@testable import LANAPI

@Suite(.timeLimit(.minutes(5))) struct ScansAPITests {
    @Test func `a tag means its animal, its due booking, and its stay once it is in`() async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            let before = try await Self.scan(client, sample.code)
            #expect(before["kind"] as? String == "animal")
            #expect(before["animal"] as? String == RowName.text(sample.animal))
            #expect(before["booking"] as? String == RowName.text(sample.booking))
            #expect(before["stay"] is NSNull)
            let made = Outcome<RowID>()
            _ = try await box.desk.checkIn(
                CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
                encode: { checkedIn in
                    if let stay = checkedIn.stays.first { made.set(stay) }
                    return []
                })
            let stay = try #require(made.value)
            let after = try await Self.scan(client, sample.code)
            #expect(after["stay"] as? String == RowName.text(stay))
            let card = try await Self.scan(client, ScanPayload(.stay, stay).text)
            #expect(card["animal"] as? String == RowName.text(sample.animal))
            #expect(card["booking"] as? String == RowName.text(sample.booking))
            #expect(try box.count("stay") == 1)
        }
    }

    @Test func `an animal without a booking is said to have none`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            try await box.set("booking", sample.booking, "status", .text("cancelled"))
            let answer = try await Self.scan(client, sample.code)
            #expect(answer["booking"] is NSNull)
            #expect((answer["note"] as? String)?.contains("no booking") == true)
        }
    }

    @Test(arguments: [
        (#"{"code":"0123456789012"}"#, 400), (#"{}"#, 400), (#"{"code":7}"#, 400), ("", 400),
    ])
    func `what is no code of ours is refused with what to do`(body: String, status: Int)
        async throws
    {
        try await served { _, client in
            let answer = try await client.execute(
                uri: "/api/v1/scans", method: .post, body: ByteBuffer(string: body))
            #expect(answer.status.code == status)
        }
    }

    @Test func `a tag of elsewhere is not known here`() async throws {
        try await served { _, client in
            let code = ScanPayload(.animal, RowID(7)).text
            let answer = try await client.execute(
                uri: "/api/v1/scans", method: .post,
                body: ByteBuffer(string: #"{"code":"\#(code)"}"#))
            #expect(answer.status == .notFound)
        }
    }

    private static func scan(
        _ client: any TestClientProtocol, _ code: String
    ) async throws -> [String: Any] {
        let answer = try await client.execute(
            uri: "/api/v1/scans", method: .post, body: ByteBuffer(string: #"{"code":"\#(code)"}"#))
        #expect(answer.status == .ok)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
