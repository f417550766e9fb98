import CRDT
import EdgeNode
import Foundation
import SyncProtocol
import Testing

@Suite struct LostHistoryTests {
    /// Runs a node, lets it write and say so to the anchor, and closes it.
    ///
    /// - Returns: its folder, and how many transactions it wrote.
    private func written(_ root: URL) async throws -> (NodeDirectory, count: UInt64) {
        let box = try await TemporaryNode(root: root, site: "North")
        _ = try await box.importDogs(3)
        // Handing frames to a link is what the anchor records.
        for head in await box.node.replica.status().vector.entries {
            let gap = FrameRequest.Gap(
                writer: head.writer, held: [head], peerHolds: [], isForked: false)
            _ = try await box.node.replica.answer(
                FrameRequest(number: 1, gaps: [gap], bytesMax: 1 << 20, bytesPerWriter: 1 << 20))
        }
        #expect(await box.node.status().alarms.isEmpty)
        let count = await box.node.status().sequence
        await box.node.close()
        return (box.node.directory, count)
    }

    @Test func `a box whose database is gone says so and which transactions it misses`()
        async throws
    {
        try await TemporaryNode.withFolder { root in
            let (directory, count) = try await written(root)
            #expect(!directory.hasLostDatabase)
            for suffix in ["", "-wal", "-shm"] {
                let path = directory.database.path + suffix
                if FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.removeItem(atPath: path)
                }
            }
            #expect(directory.hasLostDatabase)
            let packs = try InstalledPacks.shipped()
            let node = try await Node(directory, schema: packs.schema)
            let notice = await node.status().alarms.first
            let missing = "its own transactions 1 to \(count) are missing"
            #expect(count > 1 && notice?.contains(missing) == true)
            await node.close()
        }
    }

    @Test func `a box whose anchor is gone says so`() async throws {
        try await TemporaryNode.withFolder { root in
            let (directory, _) = try await written(root)
            try FileManager.default.removeItem(at: directory.anchor)
            let packs = try InstalledPacks.shipped()
            let node = try await Node(directory, schema: packs.schema)
            #expect(await node.status().alarms.first?.contains("`anchor` was missing") == true)
            await node.close()
        }
    }

    @Test func `nothing in a node's folder is for others to read`() async throws {
        try await TemporaryNode.withFolder { root in
            let (directory, _) = try await written(root)
            for name in ["roster", "secrets", "anchor"] {
                let file = directory.root.appendingPathComponent(name)
                let mode =
                    try FileManager.default
                    .attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
        }
    }
}
