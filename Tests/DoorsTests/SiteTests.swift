import CRDT
import Foundation
import FrontDesk
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import EdgeNode

/// The record of a site, without which its box does not know who it is.
@Suite(.timeLimit(.minutes(5))) struct SiteTests {
    @Test func `a site with a box is not deleted, and one without is`() async throws {
        try await served { box, client in
            let other = try await box.add(
                "site", ["code": .text("OLD"), "name": .text("The old shop")])
            let mara = try #require(
                try await SampleStaff.make(at: box.node, roles: [.manager]).last)
            let session = try await box.door.signIn(staff: mara.id, pin: mara.pin)
            for (site, status) in [(box.node.site, 409), (other, 204)] {
                let answer = try await client.execute(
                    uri: "/api/v1/sites/\(RowName.text(site))", method: .delete,
                    headers: [.authorization: "Bearer \(session.token)"])
                #expect(answer.status.code == status)
            }
        }
    }

    @Test func `a box whose site another one deleted starts, and its site is there again`()
        async throws
    {
        try await TemporaryNode.with { box in
            try await box.set("site", box.node.site, "phones", .text("+1 555 0100"))
            try await box.set("site", box.node.site, "name", .text("North Lodge"))
            try await box.delete("site", box.node.site)
            #expect(try box.count("site") == 0)
            try await box.node.introduceSite()
            #expect(try box.texts("site", "name") == ["North Lodge"])
            #expect(try box.texts("site", "phones") == ["+1 555 0100"])
        }
    }
}
