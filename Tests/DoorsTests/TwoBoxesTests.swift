import EdgeNode
import Foundation
import Logging
import PeerTransport
import Testing

@Suite(.timeLimit(.minutes(5))) struct TwoBoxesTests {
    @Test func `a check-in at one box is at the other over a socket, and only the first prints`()
        async throws
    {
        try await Self.pair { north, south in
            let sample = try await north.sample()
            _ = try await north.desk.checkIn(
                CheckInWish(guest: .booking(sample.booking)), key: "k", request: [],
                encode: { _ in [] })
            try await north.print {
                try north.texts("print_job_event", "state").contains("printed")
            }
            try await Self.link(north, south) {
                let (left, right) = (await north.node.status(), await south.node.status())
                return left.vector == right.vector && left.vector.count == 2
            }
            #expect(try south.count("stay") == 1)
            #expect(try south.count("animal") == 12)
            #expect(try south.texts("animal", "name").contains(sample.animalName))
            try await south.print { true }
            #expect(try south.labels().isEmpty)
            let scans = (try await north.node.verify(), try await south.node.verify())
            #expect(scans.0.digest == scans.1.digest)
            #expect(scans.0.findings.isEmpty && scans.1.findings.isEmpty)
        }
    }

    enum Order: CaseIterable { case deletedFirst, checkedInFirst }

    /// Which came first by the clocks says nothing: neither site knew of the other's deed.
    @Test(arguments: Order.allCases)
    func `a guest whose animal was deleted at the other site meanwhile is still in house`(
        order: Order
    ) async throws {
        try await Self.pair { north, south in
            let sample = try await north.sample()
            func sync() async throws {
                try await Self.link(north, south) {
                    await north.node.status().vector == south.node.status().vector
                }
            }
            try await sync()
            if order == .deletedFirst { try await south.delete("animal", sample.animal) }
            _ = try await north.desk.checkIn(
                CheckInWish(guest: .booking(sample.booking)), key: "k", request: [],
                encode: { _ in [] })
            if order == .checkedInFirst { try await south.delete("animal", sample.animal) }
            try await sync()
            let lodgers = try north.desk.lodgers(limit: 10).items
            #expect(lodgers.map { $0.animal?.glance.name } == [sample.animalName])
            let trouble = lodgers.first?.trouble
            #expect(trouble?.contains("The record of the animal was deleted") == true)
            let (left, right) = (await north.node.status(), await south.node.status())
            #expect(left.digest == right.digest)
            #expect(left.alarms.contains { $0.contains("in run A03R") })
            // The guest stands at the other site.
            #expect(right.alarms.isEmpty)
        }
    }

    @Test func `a box of another tenant gets nothing`() async throws {
        try await TemporaryNode.withFolder { root in
            let north = try await TemporaryNode(
                root: root.appendingPathComponent("north"), site: "North")
            let stranger = try await TemporaryNode(
                root: root.appendingPathComponent("stranger"), site: "Stranger")
            _ = try await north.importDogs(3)
            try await Self.link(north, stranger) {
                stranger.node.board.all.contains { $0.trouble != nil }
                    || north.node.board.all.contains { $0.trouble != nil }
            }
            #expect(try stranger.count("animal") == 0)
            await north.node.close()
            await stranger.node.close()
        }
    }

    @Test func `secrets are readable by their owner only, and a damaged file is named`()
        async throws
    {
        try await TemporaryNode.withFolder { root in
            let directory = NodeDirectory(root.appendingPathComponent("north"))
            _ = try TrustSetup.begin(directory, site: "North", .system)
            let file = directory.root.appendingPathComponent("secrets")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            #expect(throws: NodeFault.self) {
                try TrustSetup.begin(directory, site: "North", .system)
            }
            try Data([1, 2, 3]).write(to: file)
            let packs = try InstalledPacks.shipped()
            await #expect(throws: NodeFault.self) {
                try await Node(directory, schema: packs.schema)
            }
        }
    }

    @Test func `a second import of the same file adds nothing`() async throws {
        try await TemporaryNode.with { box in
            let first = try await box.importDogs(9)
            let second = try await box.importDogs(9)
            #expect(first.addedRecords == 9 && first.rowsFolded == 9 && !first.isRepeat)
            #expect(second.isRepeat && second.transactions == 0)
            #expect(try box.count("animal") == 9)
            #expect(try box.count("import_batch") == 1)
        }
    }

    private static func pair(
        _ body: (TemporaryNode, TemporaryNode) async throws -> Void
    ) async throws {
        try await TemporaryNode.withTwoFolders { first, second in
            let north = try await TemporaryNode(root: first, site: "North")
            let south = try await TemporaryNode(root: second, site: "South")
            try await body(north, south)
            await north.node.close()
            await south.node.close()
        }
    }

    /// Joins two boxes over a real socket until `holds`.
    private static func link(
        _ left: TemporaryNode, _ right: TemporaryNode, until holds: () async throws -> Bool
    ) async throws {
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    await left.node.serve(link, peer: link.peer, isDialled: false)
                }
            }
            group.addTask {
                try await PeerDialer(listener.address, options: .patient).withLink { link in
                    await right.node.serve(link, peer: "left", isDialled: true)
                }
            }
            while try await !holds() { try await Task.sleep(for: .milliseconds(20)) }
            group.cancelAll()
        }
    }
}
