import CRDT
import EdgeNode
import Foundation
import ReplicaStorage
import Sealing
import Signing
import SyncProtocol
import Testing

/// A box whose files were copied, with real keys, signatures and files: nothing of either copy is
/// lost and everybody is told.
struct CloneTests {
    @Test func `two clones and a third box converge and all raise the alarm`() async throws {
        let fleet = try CloneFleet()
        let row = RowID(prefix: 5, counter: 1)
        let north = try await fleet.open("north", device: 0)
        let south = try await fleet.open("south", device: 1)
        _ = try await north.commit([fleet.visit(row, .insert)])
        try await fleet.exchange([north, south])
        await north.close()
        try fleet.copy("north", to: "twin")
        let boxes = [
            try await fleet.open("north", device: 0), try await fleet.open("twin", device: 0),
            south,
        ]
        let name = await boxes[0].status().writer
        #expect(await boxes[1].status().writer == name)
        for box in boxes { _ = try await box.commit([fleet.visit(row, .update)]) }
        let changes = boxes[2].feed.follow()
        try await fleet.exchange(boxes)
        for await _ in changes { break }
        for _ in 0..<2 {
            let digest = await boxes[0].status().digest
            let vector = await boxes[0].status().vector
            #expect(vector.entries.count { $0.writer == name } == 2)
            for box in boxes {
                #expect(await box.status().digest == digest)
                #expect(await box.status().vector == vector)
                #expect(try await box.verify().isClean)
                let forks = try await box.forks()
                #expect(forks.map(\.writer) == [name])
                #expect(forks.map(\.branches.count) == [2])
            }
            // Both copies go on, under names of their own now.
            for box in boxes { _ = try await box.commit([fleet.visit(row, .update)]) }
            try await fleet.exchange(boxes)
        }
        let visits = try boxes[1].readers.read { reader throws(StorageError) in
            try reader.record(CloneFleet.guest, row)?.values
        }
        #expect(visits == [.integer(10)])
        for box in boxes { await box.close() }
    }

    /// Its new incarnation has said nothing yet; the old one's last words go out under its name.
    @Test func `a frame of the incarnation before puts the new one on record`() async throws {
        let fleet = try CloneFleet()
        let row = RowID(prefix: 5, counter: 1)
        let north = try await fleet.open("north", device: 0)
        _ = try await north.commit([fleet.visit(row, .insert)])
        let south = try await fleet.open("south", device: 1)
        try await fleet.exchange([north, south])
        await north.close()
        for copy in ["twin", "backup"] { try fleet.copy("north", to: copy) }
        let twin = try await fleet.open("twin", device: 0)
        let again = try await fleet.open("north", device: 0)
        let name = await again.status().writer
        for box in [twin, again] { _ = try await box.commit([fleet.visit(row, .update)]) }
        _ = try await again.deliver(try await fleet.frames(of: twin))
        #expect(await again.status().writer != name)
        _ = try await fleet.frames(of: again)
        let raised = await again.status().writer
        #expect(try fleet.anchor("north")?.writer == raised)
        for box in [twin, again] { await box.close() }
        try fleet.restore("north", from: "backup")
        let restored = try await fleet.open("north", device: 0)
        #expect(await restored.status().boot.continuity == .behindAnchor)
        #expect(await restored.status().writer != name)
        for box in [restored, south] { await box.close() }
    }
}

/// Boxes in a folder, each with the key of a device.
final class CloneFleet: Sendable {
    static let guest = RowCollection(
        id: 1, name: "guest",
        fields: [Field(id: 1, name: "visits", type: .integer, merge: .counter)])

    private let folder: URL
    private let tenant = TenantID(7)
    private let identities: [DeviceIdentity]
    private let epochKey = SecretBytes(copying: [UInt8](repeating: 3, count: 32))

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "warren-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        identities = (1...2).map {
            DeviceIdentity(
                seed: SecretBytes(copying: [UInt8](repeating: $0, count: 32)),
                scheme: Ed25519Signatures())
        }
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: folder) }

    func visit(_ row: RowID, _ kind: RowOperation.Kind) -> RowOperation {
        RowOperation(
            collection: 1, row: row, kind: kind,
            cells: [CellOperation(field: 1, action: .increment(1))])
    }

    func open(_ name: String, device: Int) async throws -> Replica {
        let environment = NodeEnvironment(
            wallMilliseconds: { 1_700_000_000_000 }, steadyMilliseconds: { 0 }, sleep: { _ in },
            randomBytes: { count in (0..<count).map { _ in .random(in: 0...255) } })
        var keys: [DeviceID: SigningKey] = [:]
        for identity in identities { keys[identity.device] = identity.keys.signing }
        let known = keys
        let codec = TenantCodec(
            tenant: tenant, identity: identities[device], scheme: Ed25519Signatures(),
            sealer: FrameSealer(
                tenant: tenant, epoch: Epoch(key: epochKey), cipher: XChaChaCipher(),
                options: FrameSealer.Options(isCompressing: true)),
            environment: environment, signingKey: { known[$0] })
        return try Replica(
            ReplicaConfiguration(
                path: folder.appendingPathComponent("\(name).db").path,
                schema: Schema(version: 1, collections: [Self.guest]), tenant: tenant,
                device: identities[device].device, host: ContentHash(0, 0, 0, UInt64(device)),
                hasher: BLAKE2bHasher(), generation: .random(in: 1...UInt64.max)),
            anchor: FileAnchor(path: folder.appendingPathComponent("\(name).anchor").path),
            codec: codec, executor: DiskExecutor(), environment: environment)
    }

    /// What imaging the disk of a machine that is off does.
    func copy(_ name: String, to other: String) throws {
        for ending in ["db", "anchor"] {
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent("\(name).\(ending)"),
                to: folder.appendingPathComponent("\(other).\(ending)"))
        }
    }

    /// Puts another box's database in place of one's own, and leaves the anchor as it is.
    func restore(_ name: String, from other: String) throws {
        for ending in ["-wal", "-shm"] {
            // A clean close leaves none.
            try? FileManager.default.removeItem(
                at: folder.appendingPathComponent("\(name).db\(ending)"))
        }
        let database = folder.appendingPathComponent("\(name).db")
        try FileManager.default.removeItem(at: database)
        try FileManager.default.copyItem(
            at: folder.appendingPathComponent("\(other).db"), to: database)
    }

    func anchor(_ name: String) throws -> AnchorRecord? {
        try FileAnchor(path: folder.appendingPathComponent("\(name).anchor").path).read()
            .flatMap(AnchorRecord.init(decoding:))
    }

    /// Hands everything to everybody, as often as it takes.
    func exchange(_ boxes: [Replica]) async throws {
        for _ in 0..<3 {
            for box in boxes {
                let frames = try await frames(of: box)
                for other in boxes where other !== box { _ = try await other.deliver(frames) }
            }
        }
    }

    /// Everything a box has, as a link would carry it.
    func frames(of box: Replica) async throws -> [[UInt8]] {
        var frames: [[UInt8]] = []
        let entries = await box.status().vector.entries
        for writer in Set(entries.map(\.writer)).sorted() {
            let gap = FrameRequest.Gap(
                writer: writer, held: entries.filter { $0.writer == writer }, peerHolds: [],
                isForked: true)
            let answer = try await box.answer(
                FrameRequest(number: 1, gaps: [gap], bytesMax: 1 << 24, bytesPerWriter: 1 << 24))
            frames += answer.frames.map(\.bytes)
        }
        return frames
    }
}
