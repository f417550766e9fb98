import EdgeNode
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import LANAPI

/// Where a list goes on.
@Suite(.timeLimit(.minutes(5))) struct CursorAPITests {
    @Test func `a cursor goes on with its own list and filters, and with no other`() async throws {
        try await served { box, client in
            _ = try await box.importDogs(9)
            let own = "animals?name.begins=Rover&sex=male&limit=2"
            let next = try #require(try await Self.next(client, own))
            for path in [
                own, "animals?limit=5&sex=male&name.begins=Rover",
                "animals?sex=male&count=true&name.begins=Rover",
            ] {
                let answer = try await Self.get(client, "\(path)&cursor=\(next)")
                #expect(answer.status == .ok, "\(path)")
            }
            for path in [
                "animals?limit=2", "animals?name.begins=Rove&sex=male",
                "animals?name.begins=male&sex=Rover", "parties?limit=2", "arrivals?limit=2",
                "in-house?limit=2", "print-jobs?limit=2", "print-jobs?state=open",
            ] {
                let answer = try await Self.get(client, "\(path)&cursor=\(next)")
                #expect(answer.status == .badRequest, "\(path)")
                #expect(String(buffer: answer.body).contains("the cursor is of another list"))
            }
        }
    }

    @Test(arguments: [("animal", "animals?"), ("in-house", "in-house?")])
    func `a cursor of another file says to read from the start`(
        list: String, path: String
    ) async throws {
        try await served { _, client in
            let cursor = ListMark(list).cursor("1", "5")
            #expect(try await Self.get(client, "\(path)cursor=\(cursor)").status == .gone)
            for odd in ["x.5", "1.x", "1.-5"] {
                let parts = odd.split(separator: ".")
                let text = ListMark(list).cursor(parts[0], parts[1])
                let answer = try await Self.get(client, "\(path)cursor=\(text)")
                #expect(answer.status == .badRequest, "\(text)")
            }
        }
    }

    private static func get(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> TestResponse {
        try await client.execute(uri: "/api/v1/\(path)", method: .get)
    }

    private static func next(
        _ client: any TestClientProtocol, _ path: String
    ) async throws -> String? {
        let answer = try await get(client, path)
        #expect(answer.status == .ok)
        let page =
            try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
            as? [String: Any]
        return page?["next"] as? String
    }
}
