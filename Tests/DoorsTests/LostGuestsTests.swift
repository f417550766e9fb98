import CRDT
import EdgeNode
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import LANAPI

/// Guests whose records another site deleted while it was cut off. A merge is never refused, so the
/// rows go; the dog does not.
@Suite(.timeLimit(.minutes(5))) struct LostGuestsTests {
    @Test(arguments: ["animal", "booking", "party"])
    func `who is in house is listed whatever was deleted elsewhere, and people are told`(
        name: String
    ) async throws {
        try await served { box, client in
            let sample = try await box.sample()
            let booking = RowName.text(sample.booking)
            try await Self.checkIn(client, booking)
            #expect(try await Self.guests(client).first?["trouble"] is NSNull)
            #expect(await box.node.status().alarms.isEmpty)
            let rows = [
                "animal": sample.animal, "booking": sample.booking, "party": sample.party,
            ]
            try await box.delete(name, try #require(rows[name]))
            let guests = try await Self.guests(client)
            try #require(guests.count == 1)
            let trouble = guests[0]["trouble"] as? String
            #expect(trouble?.contains("deleted at another site") == true)
            let animal = guests[0]["animal"] as? [String: Any]
            #expect(animal?["id"] as? String == RowName.text(sample.animal))
            #expect(animal?["name"] as? String == sample.animalName)
            #expect((guests[0]["stay"] as? [String: Any])?["run"] as? String == "A03R")
            let owner = guests[0]["owner"] as? [String: Any]
            #expect(owner?["name"] as? String == (name == "party" ? nil : "Nadia Haddad"))
            let health = try await Self.object(client, "health")
            #expect(health["status"] as? String == "degraded")
            let alarm = (health["alarms"] as? [String])?.first
            #expect(alarm?.contains("1 guest in house here (1 in run A03R)") == true)
            #expect(alarm?.contains(sample.animalName) == false)
        }
    }

    @Test func `what was deleted before the guest came is no news of another site`() async throws {
        try await served { box, client in
            let sample = try await box.sample()
            try await box.delete("party", sample.party)
            try await Self.checkIn(client, RowName.text(sample.booking))
            let guests = try await Self.guests(client)
            try #require(guests.count == 1)
            #expect(guests[0]["trouble"] is NSNull)
            #expect(await box.node.status().alarms.isEmpty)
        }
    }

    @Test func `who bites does so without a record too, and takes its place in the run`()
        async throws
    {
        try await served { box, client in
            let sample = try await box.sample()
            _ = try await box.add(
                "animal_alert",
                [
                    "animal": .reference(sample.animal), "kind": .text("bites"),
                    "severity": .integer(3),
                ])
            let booking = RowName.text(sample.booking)
            try await Self.checkIn(client, booking)
            try await box.delete("animal", sample.animal)
            let animal = try await Self.guests(client).first?["animal"] as? [String: Any]
            let alerts = animal?["alerts"] as? [[String: Any]]
            #expect(alerts?.map { $0["kind"] as? String } == ["bites"])
            let sheet = try await Self.object(client, "stays:checkin?booking=\(booking)")
            #expect((sheet["run"] as? [String: Any])?["occupants"] as? Int == 1)
            let gone = try await client.execute(
                uri: "/api/v1/resources/\(RowName.text(sample.resource))", method: .delete)
            #expect(gone.status == .conflict)
        }
    }

    private static func checkIn(
        _ client: any TestClientProtocol, _ booking: String
    ) async throws {
        let answer = try await client.execute(
            uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
            body: ByteBuffer(string: #"{"booking":"\#(booking)"}"#))
        #expect(answer.status == .created)
    }

    private static func guests(_ client: any TestClientProtocol) async throws -> [[String: Any]] {
        try await object(client, "in-house")["items"] as? [[String: Any]] ?? []
    }

    private static func object(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> [String: Any] {
        let answer = try await client.execute(uri: "/api/v1/\(path)", method: .get)
        #expect(answer.status == .ok)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
