import CFaultVFS
import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import Testing

@testable import SyncProtocol

/// What a failing disk does to the control lane.
@Suite(.timeLimit(.minutes(5))) struct DiskFaultTests {
    private let disk = fvfs_create(9, 512)

    /// A box on a disk that may fail, which knows nothing yet of the box that wrote last; and what
    /// it is to be told.
    private func scene() async throws -> (
        scene: LinkScene, south: Replica, lane: [[UInt8]], frames: [[UInt8]]
    ) {
        let scene = try LinkScene(boxes: 3)
        let north = try scene.open(0, try scene.roster(upTo: 2))
        let south = try scene.open(
            1, try scene.roster(upTo: 2), vfs: String(cString: fvfs_name(disk)))
        let bundle = DeviceBundle(keys: scene.identities[2].keys, site: RowID(79), rights: .desk)
        _ = try await north.enter(.add(bundle), by: scene.identities[0])
        let roster = try #require(await north.roster)
        // North's transaction cites the new entry; the new box's own frames come from a stranger.
        try await north.commitGuest("Waffle")
        let third = try scene.open(2, roster)
        try await third.commitGuest("Biscuit")
        let lane = try await north.answer(
            ControlRequest(number: 1, after: 0, peerHolds: [], itemsMax: 64, bytesMax: 1 << 20))
        let frames = try await [frames(of: north), frames(of: third)]
        return (scene, south, lane.items.map(\.bytes), frames.flatMap(\.self))
    }

    private func frames(of box: Replica) async throws -> [[UInt8]] {
        let entries = await box.status().vector.entries
        let gap = FrameRequest.Gap(
            writer: entries[0].writer, held: entries, peerHolds: [], isForked: false)
        return try await box.answer(
            FrameRequest(number: 1, gaps: [gap], bytesMax: 1 << 20, bytesPerWriter: 1 << 20)
        ).frames.map(\.bytes)
    }

    private func fail(_ fault: fvfs_fault, atWrite more: UInt64) {
        #expect(
            fvfs_fail_at(
                disk, FVFS_WRITE, fvfs_calls(disk, FVFS_WRITE) + more, fault, false, nil))
    }

    @Test func `a disk that is full in the release leaves the item in effect`() async throws {
        let (scene, south, lane, frames) = try await scene()
        _ = try await south.deliver([frames[0]])
        #expect(try await south.answered(frames[1]) == false)
        // One write later each time, until the item itself is stored and the release is not.
        var stored: [ContentHash?] = []
        for more in 1...64 as ClosedRange<UInt64> where stored.isEmpty {
            fail(FVFS_FULL, atWrite: more)
            do throws(StorageError) {
                stored = try await south.deliver(control: lane)
            } catch {
                #expect(error.code == .diskFull)
            }
        }
        #expect(!stored.isEmpty && !stored.contains(nil))
        let pool = ReadPool(
            path: scene.path(of: 1), vfs: String(cString: fvfs_name(disk)),
            schema: LinkScene.schema)
        defer { pool.close() }
        let guests = try #require(LinkScene.schema.collection(1))
        func count() throws -> Int {
            try pool.read { reader throws(StorageError) in
                try reader.records(guests, limit: 10).count
            }
        }
        #expect(fvfs_statistics(disk).full_writes > 0)
        #expect(try count() == 0)
        fvfs_clear_faults(disk)
        try await south.checkDisk()
        #expect(try count() == 1)
        #expect(try await south.answered(frames[1]) == true)
        #expect(try count() == 2)
        await south.close()
        try scene.remove()
    }

    @Test func `a disk that fails under the control lane is noticed`() async throws {
        let (scene, south, lane, _) = try await scene()
        try await south.checkDisk()
        fail(FVFS_IOERR, atWrite: 1)
        await #expect(throws: StorageError(.inputOutput, "")) {
            try await south.deliver(control: lane)
        }
        await #expect(throws: StorageError(.inputOutput, "")) { try await south.checkDisk() }
        await south.close()
        try scene.remove()
    }
}

extension Replica {
    /// Whether a delivered frame was taken.
    fileprivate func answered(_ frame: [UInt8]) async throws -> Bool {
        if case .merged(.applied, _) = try await deliver([frame])[0] { true } else { false }
    }
}
