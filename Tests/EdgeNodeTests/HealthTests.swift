import CFaultVFS
import CRDT
import Foundation
import FrontDesk
import ReplicaStorage
import Testing

@testable import EdgeNode

/// Health says what the disk does, before and after somebody trips over it.
@Suite(.timeLimit(.minutes(5))) struct HealthTests {
    @Test func `a page of the database that rotted is told with what to do`() async throws {
        try await Self.withFolder { root in
            let packs = try InstalledPacks.shipped()
            let directory = NodeDirectory(root.appendingPathComponent("north"))
            _ = try TrustSetup.begin(directory, site: "North", .system)
            let party = try #require(packs.schema.collection(named: "party"))
            let first = try await Node(directory, schema: packs.schema)
            try await Self.commitParties(first, party)
            await first.close()
            try Self.rot(directory.database, where: "Weber-7")
            let node = try await Node(directory, schema: packs.schema)
            #expect(await node.status().health == .ok)
            #expect(throws: NodeFault.self) { try node.page(of: party, limit: 1_000) }
            let status = await node.status()
            #expect(status.health == .failing)
            #expect(status.alarms.first?.contains("is damaged") == true)
            #expect(status.alarms.first?.contains("--begin-empty") == true)
            await node.close()
        }
    }

    @Test func `a full disk is failing from the refused write to the next that fits`()
        async throws
    {
        let disk = fvfs_create(11, 512)
        let scene = try LinkScene(boxes: 1)
        let box = try scene.open(
            0, try scene.roster(upTo: 1), vfs: String(cString: fvfs_name(disk)))
        try await box.commitGuest("Waffle")
        #expect(!DiskNotice(box.disk.standing, room: nil).isFailing)
        #expect(
            fvfs_fail_at(
                disk, FVFS_WRITE, fvfs_calls(disk, FVFS_WRITE) + 1, FVFS_FULL, false, nil))
        await #expect(throws: StorageError(.diskFull, "")) {
            try await box.commitGuest("Biscuit")
        }
        let notice = DiskNotice(box.disk.standing, room: nil)
        #expect(notice.isFailing)
        #expect(notice.sentences.first?.hasPrefix("The disk is full") == true)
        fvfs_clear_faults(disk)
        try await box.commitGuest("Biscuit")
        #expect(!DiskNotice(box.disk.standing, room: nil).isFailing)
        try scene.remove()
    }

    @Test func `a disk that fills is told before it is full`() {
        let well = DiskWatch().standing
        #expect(DiskNotice(well, room: DiskNotice.roomLeast).sentences.isEmpty)
        let low = DiskNotice(well, room: 40 << 20)
        #expect(!low.isFailing)
        #expect(low.sentences.first?.contains("Only 40 MiB are left") == true)
        var full = well
        full.isFull = true
        #expect(DiskNotice(full, room: 0).isFailing)
        // Somebody made room; nothing was written since.
        #expect(!DiskNotice(full, room: DiskNotice.roomLeast).isFailing)
    }

    @Test func `a damaged anchor is told and never taken for none`() async throws {
        try await Self.withFolder { root in
            let packs = try InstalledPacks.shipped()
            let directory = NodeDirectory(root.appendingPathComponent("north"))
            _ = try TrustSetup.begin(directory, site: "North", .system)
            let party = try #require(packs.schema.collection(named: "party"))
            let first = try await Node(directory, schema: packs.schema)
            try await Self.commitParties(first, party)
            let writer = await first.status().writer
            await first.close()
            try Data("not an anchor".utf8).write(to: directory.anchor)
            let node = try await Node(directory, schema: packs.schema)
            let status = await node.status()
            #expect(status.writer != writer)
            #expect(status.health == .degraded)
            #expect(status.alarms.contains { $0.hasPrefix("The file `anchor`") })
            await node.close()
        }
    }

    @Test func `secrets that others may read are told by file and mode`() async throws {
        try await Self.withFolder { root in
            let directory = NodeDirectory(root.appendingPathComponent("north"))
            _ = try TrustSetup.begin(directory, site: "North", .system)
            #expect(directory.looseFiles == [])
            func open(_ name: String, _ mode: Int) throws {
                try FileManager.default.setAttributes(
                    [.posixPermissions: mode],
                    ofItemAtPath: directory.root.appendingPathComponent(name).path)
            }
            try open("secrets", 0o640)
            #expect(directory.looseFiles.count == 1)
            #expect(directory.looseFiles[0].contains("the file secrets"))
            #expect(directory.looseFiles[0].contains("mode 0640"))
            try open("secrets", 0o600)
            try open("", 0o755)
            #expect(directory.looseFiles.map { $0.contains("chmod 700") } == [true])
        }
    }

    private static func commitParties(_ node: Node, _ party: RowCollection) async throws {
        for number in 0..<8 {
            let ids = await node.replica.drawRowIDs(32)
            _ = try await node.replica.commit(
                ids.map { party.insert($0, ["family": .text("Weber-\(number)")]) })
        }
    }

    /// Overwrites every page of the file that holds a text.
    private static func rot(_ file: URL, where text: String) throws {
        var bytes = try Data(contentsOf: file)
        var searched = bytes.startIndex..<bytes.endIndex
        var count = 0
        while let found = bytes.range(of: Data(text.utf8), in: searched) {
            let start = found.lowerBound / 4_096 * 4_096
            let page = start..<min(start + 4_096, bytes.endIndex)
            bytes.replaceSubrange(page, with: Data(repeating: 0xA5, count: page.count))
            searched = page.upperBound..<bytes.endIndex
            count += 1
        }
        #expect(count > 0)
        try bytes.write(to: file)
    }

    private static func withFolder(_ body: (URL) async throws -> Void) async throws {
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-health-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        try await body(root)
    }
}
