import Foundation
import NodeClient
import Testing

@testable import warren

extension ServeDevicesTests {
    /// One wish that comes a thousand times, through the real door.
    @Suite struct RetryTests {
        /// As many connections as a door has.
        static let door = 512

        @Test func `a thousand tries of one check-in at once make one stay and print once`()
            async throws
        {
            let paper = FileManager.default.temporaryDirectory
                .appendingPathComponent("warren-paper-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: paper) }
            let options = VirtualTests.all + ["--virtual-paper", paper.path]
            try await ServedNode.with(options) { node, _ in
                let crowd = try node.crowd(
                    "stays:checkin", "{\"code\":\"\(node.codes[0])\"}", key: "one-wish",
                    together: Self.door)
                let answers = try crowd.send(1_000)
                #expect(answers.count == 1_000)
                #expect(answers.allSatisfy { $0.status == 201 })
                #expect(Set(answers.map(\.body)).count == 1)
                #expect(answers.count { !$0.isReplayed } == 1)
                #expect(try await node.total("stays") == 1)
                #expect(try await node.total("stay-events") == 1)
                #expect(try await node.total("print-jobs") == 2)
                _ = try await node.until("print-jobs?state=open") {
                    ($0["items"] as? [Any])?.isEmpty == true
                }
                let labels = try FileManager.default.contentsOfDirectory(atPath: paper.path)
                #expect(labels.count == 2)
                // The same wish later is the same wish.
                let late = try crowd.send(1)
                #expect(late.first?.body == answers.first?.body)
                #expect(try await node.total("print-jobs") == 2)
            }
        }
    }
}

extension ServedNode {
    /// How many records a collection shows.
    fileprivate func total(_ collection: String) async throws -> Int? {
        try await get(collection + "?count=true").object["total"] as? Int
    }
}
