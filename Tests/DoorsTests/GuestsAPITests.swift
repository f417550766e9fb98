import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EdgeNode
@testable import LANAPI

/// Who comes, who is here, and what the door would say.
@Suite(.timeLimit(.minutes(5))) struct GuestsAPITests {
    @Test func `an arrival shows its animals with all that must be known of them`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Duke")
            _ = try await box.add(
                "animal_alert",
                ["animal": .reference(dog), "kind": .text("bites"), "severity": .integer(3)])
            _ = try await box.add(
                "allergy", ["animal": .reference(dog), "substance": .text("chicken")])
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            let page = try await Self.get(client, "arrivals")
            let item = try #require((page["items"] as? [[String: Any]])?.first)
            #expect((item["booking"] as? [String: Any])?["id"] as? String == RowName.text(booking))
            #expect((item["owner"] as? [String: Any])?["name"] as? String == "Jonas Weber")
            #expect((item["owner"] as? [String: Any])?["phone"] as? String == "+1 555 0100")
            #expect(item["state"] as? String == "expected")
            let animal = try #require((item["animals"] as? [[String: Any]])?.first)
            #expect(animal["name"] as? String == "Duke")
            #expect((animal["alerts"] as? [[String: Any]])?.first?["kind"] as? String == "bites")
            #expect((animal["allergies"] as? [Any])?.count == 1)
        }
    }

    @Test func `a check-in moves a guest from one list to the other`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Duke")
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            #expect(try await Self.items(client, "in-house").isEmpty)
            let answer = try await client.execute(
                uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
                body: ByteBuffer(string: #"{"booking":"\#(RowName.text(booking))"}"#))
            #expect(answer.status == .created)
            #expect(
                try await Self.items(client, "arrivals").first?["state"] as? String == "in_house")
            let lodger = try #require(try await Self.items(client, "in-house").first)
            #expect((lodger["animal"] as? [String: Any])?["name"] as? String == "Duke")
            #expect((lodger["stay"] as? [String: Any])?["site"] as? String == "North")
        }
    }

    @Test func `arrivals are of one day and of this site`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Duke")
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 1...2)
            let tomorrow = try #require(box.desk.today?.adding(days: 1).isoText)
            #expect(try await Self.items(client, "arrivals").isEmpty)
            #expect(try await Self.items(client, "arrivals?date=\(tomorrow)").count == 1)
            try await box.delete("booking", booking)
            #expect(try await Self.items(client, "arrivals?date=\(tomorrow)").isEmpty)
        }
    }

    @Test func `pages of one list hold every arrival once`() async throws {
        try await served { box, client in
            for number in 0..<5 {
                let dog = try await box.animal("Dog \(number)")
                _ = try await box.booking(of: dog, owner: "Owner \(number)", days: 0...1)
            }
            var names: [String] = []
            var path = "arrivals?limit=2"
            while true {
                let page = try await Self.get(client, path)
                for item in page["items"] as? [[String: Any]] ?? [] {
                    let animal = (item["animals"] as? [[String: Any]])?.first
                    names.append(animal?["name"] as? String ?? "")
                }
                guard let next = page["next"] as? String else { break }
                path = "arrivals?limit=2&cursor=\(next)"
            }
            #expect(names == (0..<5).map { "Dog \($0)" })
        }
    }

    @Test(arguments: [
        ("arrivals?date=21-11-2026", 400), ("arrivals?date=2026-02-30", 400),
        ("arrivals?limit=201", 400), ("arrivals?cursor=x", 400), ("arrivals?cursor=1.2", 400),
        ("arrivals?day=2026-11-21", 400), ("in-house?limit=none", 400),
        ("stays:checkin?booking=0123", 400),
        ("stays:checkin?booking=0123456789abcdef0123456789abcdef", 404),
    ])
    func `an odd question is answered with what is wrong`(path: String, status: Int) async throws {
        try await served { _, client in
            let answer = try await client.execute(uri: "/api/v1/\(path)", method: .get)
            #expect(answer.status.code == status)
        }
    }

    @Test func `the sheet says what the check-in would say, and writes nothing`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Duke")
            _ = try await box.add(
                "vaccine_rule", ["vaccine": .text("rabies"), "level": .text("block")])
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            let before = await box.node.status().vector
            let sheet = try await Self.get(client, "stays:checkin?booking=\(RowName.text(booking))")
            let refusal = try #require(sheet["refusal"] as? [String: Any])
            #expect(refusal["code"] as? String == "vaccination_block")
            #expect(refusal["is_overridable"] as? Bool == true)
            #expect(await box.node.status().vector == before)
            let answer = try await client.execute(
                uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
                body: ByteBuffer(string: #"{"booking":"\#(RowName.text(booking))"}"#))
            let problem = try Self.object(answer)
            #expect(problem["detail"] as? String == refusal["sentence"] as? String)
        }
    }

    @Test func `the tag shows the very number that the page shows`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Duke")
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            let party = try #require(
                try box.node.row(booking, of: try box.collection("booking"))
                    .flatMap { NamedRow($0, try box.collection("booking")).reference("party") })
            _ = try await box.add(
                "party_contact",
                [
                    "party": .reference(party), "kind": .text("whatsapp"),
                    "value": .text("+1 555 0199"), "preferred": .integer(1),
                ])
            let name = RowName.text(booking)
            let sheet = try await Self.get(client, "stays:checkin?booking=\(name)")
            #expect((sheet["owner"] as? [String: Any])?["phone"] as? String == "+1 555 0199")
            #expect(try await Self.checkIn(client, booking).status == .created)
            let tag = try #require(try box.texts("print_job", "person_data").first ?? nil)
            #expect(tag.contains("+1 555 0199"))
        }
    }

    @Test(arguments: ["cancelled", "no_show", "done"])
    func `a sheet shows who is to come, each once, and can be checked in as it stands`(
        over: String
    ) async throws {
        try await served { box, client in
            let (dog, other) = (try await box.animal("Duke"), try await box.animal("Bella"))
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            try await box.item(of: booking, for: dog, "confirmed")
            try await box.item(of: booking, for: other, over)
            let sheet = try await Self.get(client, "stays:checkin?booking=\(RowName.text(booking))")
            let animals = try #require(sheet["animals"] as? [[String: Any]])
            #expect(animals.map { $0["name"] as? String } == ["Duke"])
            #expect(sheet["refusal"] is NSNull)
            let wanted = animals.compactMap { $0["id"] as? String }
            #expect(try await Self.checkIn(client, booking, wanted).status == .created)
            #expect(try box.count("stay") == 1)
        }
    }

    @Test func `a tag finds no booking on which its animal is cancelled`() async throws {
        try await served { box, client in
            let (dog, other) = (try await box.animal("Duke"), try await box.animal("Bella"))
            let booking = try await box.booking(of: dog, owner: "Jonas Weber", days: 0...2)
            try await box.item(of: booking, for: other, "cancelled")
            #expect(try box.desk.meaning(of: ScanPayload(.animal, dog)).booking == booking)
            #expect(try box.desk.meaning(of: ScanPayload(.animal, other)).booking == nil)
        }
    }

    private static func checkIn(
        _ client: any TestClientProtocol, _ booking: RowID, _ animals: [String]? = nil
    ) async throws -> TestResponse {
        let named = animals.map { #","animals":["\#($0.joined(separator: #"",""#))"]"# } ?? ""
        return try await client.execute(
            uri: "/api/v1/stays:checkin", method: .post, headers: [.idempotencyKey: "k"],
            body: ByteBuffer(string: #"{"booking":"\#(RowName.text(booking))"\#(named)}"#))
    }

    private static func items(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> [[String: Any]] {
        try await get(client, path)["items"] as? [[String: Any]] ?? []
    }

    private static func get(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> [String: Any] {
        let answer = try await client.execute(uri: "/api/v1/\(path)", method: .get)
        #expect(answer.status == .ok)
        return try object(answer)
    }

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
