import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EdgeNode
@testable import LANAPI

/// Finding who stands at the door by what they say.
@Suite(.timeLimit(.minutes(5))) struct SearchAPITests {
    @Test(arguments: [
        ("Žofie", "zofie"), ("  Rex--the 2nd ", "rex the 2nd"), ("O’Neill", "oneill"),
        ("O'Neill", "oneill"), ("Łukasz Weiß-Ørsted", "lukasz weiss orsted"),
        ("ＲＥＸ", "rex"), ("حدّاد", "حداد"), ("Rex ٢", "rex 2"), ("🐕", ""), ("ﬁdo", "fido"),
    ])
    func `case, accents, width and punctuation make no difference`(text: String, folded: String) {
        #expect(String(decoding: SearchText.fold(text), as: UTF8.self) == folded)
    }

    @Test(arguments: [
        ("+49 (0)30 901820", "4930901820"), ("0049 30/90-18-20", "4930901820"),
        ("(030) 901820", "30901820"), ("٠٣ ١٢٣", "3123"), ("(0", ""), ("x²½", ""), ("", ""),
    ])
    func `a phone number is its digits without what dials out`(text: String, digits: String) {
        #expect(String(decoding: SearchText.phoneDigits(text), as: UTF8.self) == digits)
    }

    @Test(arguments: [
        "3123456", "03 123 456", "+961 3 123 456", "00961-3-123456", "123 456", "(961) 3", "456",
        "٣١٢٣٤٥٦", "0 3 1 2 3",
    ])
    func `any part of a phone number finds its owner, however it is spelt`(typed: String)
        async throws
    {
        try await served { box, client in
            let nadia = try await box.party("Nadia Haddad", phone: "+961 3 123-456")
            _ = try await box.party("Jonas Weber", phone: "+49 30 901820")
            let found = try await Self.find(client, typed)
            #expect(found.map(\.id) == [RowName.text(nadia)])
        }
    }

    @Test func `of several numbers the one that was typed is shown`() async throws {
        try await served { box, client in
            let nadia = try await box.party("Nadia Haddad", phone: "+961 3 123-456")
            _ = try await box.add(
                "party_contact",
                [
                    "party": .reference(nadia), "kind": .text("home"),
                    "value": .text("+1 646 555 0199"),
                ])
            for (typed, shown) in [("5550199", "+1 646 555 0199"), ("123456", "+961 3 123-456")] {
                let answer = try await client.execute(
                    uri: "/api/v1/search?q=\(typed)", method: .get)
                #expect(String(buffer: answer.body).contains(#""phone":"\#(shown)""#))
            }
        }
    }

    @Test func `a number written without its country's code is found by the whole number`()
        async throws
    {
        try await served { box, client in
            _ = try await box.party("Nadia Haddad", phone: "03/123456")
            #expect(try await Self.find(client, "+961 3 123 456").count == 1)
            #expect(try await Self.find(client, "+961 3 123 457").isEmpty)
        }
    }

    @Test func `exact goes before prefix, then a word's beginning, then the middle of a word`()
        async throws
    {
        try await served { box, client in
            for name in ["Annabell", "Mr Bell", "Bella", "Bell", "Rex"] {
                _ = try await box.animal(name)
            }
            let found = try await Self.find(client, "BELL")
            #expect(found.map(\.name) == ["Bell", "Bella", "Mr Bell", "Annabell"])
            #expect(found.map(\.rank) == ["exact", "prefix", "word_prefix", "contains"])
        }
    }

    @Test func `words are found in any order, each by its beginning`() async throws {
        try await served { box, client in
            _ = try await box.party("María Fernanda Gutiérrez", phone: nil)
            #expect(try await Self.find(client, "guti mar").count == 1)
            #expect(try await Self.find(client, "guti nan").isEmpty)
        }
    }

    @Test func `among two hundred of one name the one that is due today comes first`() async throws
    {
        try await served { box, client in
            for _ in 0..<200 { _ = try await box.animal("Bella") }
            let due = try await box.animal("Bella")
            let booking = try await box.booking(of: due, owner: "Nadia Haddad", days: 0...2)
            let found = try await Self.find(client, "bella", "&limit=3")
            #expect(found.count == 3)
            #expect(found.first?.id == RowName.text(due))
            #expect(found.first?.isExpected == true)
            #expect(found.first?.booking == RowName.text(booking))
            #expect(found.first?.party == "Nadia Haddad")
        }
    }

    @Test func `a booking is found by its number and by its customer's name`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Rex")
            let booking = try await box.booking(of: dog, owner: "Nadia Haddad", days: 1...3)
            let byNumber = try await Self.find(client, "n-0007")
            #expect(byNumber.map(\.id) == [RowName.text(booking)])
            #expect(byNumber.first?.animals == ["Rex"])
            let byName = try await Self.find(client, "haddad")
            #expect(byName.map(\.booking) == [RowName.text(booking)])
        }
    }

    @Test func `what changes, goes or comes is found so at the very next search`() async throws {
        try await served { box, client in
            let dog = try await box.animal("Rex")
            #expect(try await Self.find(client, "rex").count == 1)
            try await box.set("animal", dog, "name", .text("Luna"))
            #expect(try await Self.find(client, "rex").isEmpty)
            #expect(try await Self.find(client, "luna").count == 1)
            try await box.delete("animal", dog)
            #expect(try await Self.find(client, "luna").isEmpty)
            let booked = try await box.animal("Momo")
            let booking = try await box.booking(of: booked, owner: "Yuki", days: 0...1)
            #expect(try await Self.find(client, "momo").first?.booking == RowName.text(booking))
            try await box.set("booking", booking, "status", .text("cancelled"))
            #expect(try await Self.find(client, "momo").map(\.booking) == [nil])
        }
    }

    @Test func `more changes than are remembered are caught up with all the same`() async throws {
        try await served { box, client in
            #expect(try await Self.find(client, "rover").isEmpty)
            _ = try await box.importDogs(6_000)
            #expect(try await Self.find(client, "rover-5999").count == 1)
        }
    }

    @Test func `secrets and tax numbers are never matched`() async throws {
        try await served { box, client in
            let party = try await box.party("Nadia Haddad", phone: nil)
            try await box.set("party", party, "tax_id", .text("DE 811907980"))
            for typed in ["argon2id", "811907980", "DE8119", "pin", "4821"] {
                #expect(try await Self.find(client, typed).isEmpty, "\(typed)")
            }
        }
    }

    @Test(arguments: [
        ("search", 400), ("search?q=a&limit=51", 400), ("search?q=a&limit=0", 400),
        ("search?q=a&kinds=staff", 400), ("search?q=a&like=b", 400), ("search?q=a&q=b", 400),
        ("search?q=%20-%20", 200), ("search?q=", 200),
    ])
    func `a query that says too much, too little or nonsense gets an answer`(
        path: String, status: Int
    ) async throws {
        try await served { _, client in
            let answer = try await client.execute(uri: "/api/v1/\(path)", method: .get)
            #expect(answer.status.code == status)
        }
    }

    @Test(arguments: ["search?q=a", "arrivals", "in-house", "events"])
    func `nobody reads names without a session`(path: String) async throws {
        try await served { _, client in
            let answer = try await client.execute(
                uri: "/api/v1/\(path)", method: .get, headers: [.authorization: "Bearer none"])
            #expect(answer.status == .unauthorized)
        }
    }

    private struct Found {
        let id: String
        let name: String
        let rank: String
        let isExpected: Bool
        let booking: String?
        let party: String?
        let animals: [String]
    }

    private static func find(
        _ client: any TestClientProtocol, _ typed: String, _ more: String = ""
    ) async throws -> [Found] {
        let text = typed.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try await client.execute(uri: "/api/v1/search?q=\(text)\(more)", method: .get)
        #expect(answer.status == .ok)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        let items = (object as? [String: Any])?["items"] as? [[String: Any]] ?? []
        return items.map { item in
            Found(
                id: item["id"] as? String ?? "", name: item["name"] as? String ?? "",
                rank: item["rank"] as? String ?? "",
                isExpected: item["is_expected"] as? Bool ?? false,
                booking: (item["booking"] as? [String: Any])?["id"] as? String,
                party: (item["party"] as? [String: Any])?["name"] as? String,
                animals: (item["animals"] as? [[String: Any]] ?? [])
                    .compactMap { $0["name"] as? String })
        }
    }
}
