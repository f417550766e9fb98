import CRDT
import EdgeNode
import Foundation
import ReplicaStorage
import Sealing
import Signing
import SyncProtocol
import Synchronization

/// A tenant of a few boxes with real files, keys and rights, joined by links in memory.
struct LinkScene {
    static let schema = Schema(
        version: 1,
        collections: [
            RowCollection(
                id: 1, name: "guest",
                fields: [Field(id: 1, name: "name", type: .text, merge: .lastWriter)])
        ])

    let scheme = StandInSignatures()
    let identities: [DeviceIdentity]
    let kit: DeviceIdentity
    let genesis: RosterEntry
    let control: ControlSealer
    private let folder: URL
    private let epoch: Epoch

    var tenant: TenantID { genesis.foundedTenant ?? TenantID(0) }

    init(boxes: Int, tenantNumber: UInt8 = 0) throws {
        func secret(_ number: UInt8) -> SecretBytes {
            SecretBytes(copying: [tenantNumber] + [UInt8](repeating: number, count: 31))
        }
        kit = DeviceIdentity(seed: secret(200), purpose: .recoveryKit, scheme: scheme)
        let devices = (0..<boxes).map { [scheme] in
            DeviceIdentity(seed: secret(UInt8($0) + 1), scheme: scheme)
        }
        identities = devices
        genesis = RosterEntry(genesisBy: kit, firstDevice: devices[0].keys, site: RowID(77))
        epoch = Epoch(key: secret(201))
        control = ControlSealer(
            tenant: genesis.foundedTenant ?? TenantID(0), key: secret(202),
            cipher: XChaChaCipher())
        folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-links-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() throws { try FileManager.default.removeItem(at: folder) }

    func loseAnchor(of box: Int) throws {
        try FileManager.default.removeItem(at: folder.appendingPathComponent("\(box).anchor"))
    }

    /// Genesis and an entry for each further box.
    func roster(upTo boxes: Int) throws -> Roster {
        var roster = try Roster(genesis: genesis, scheme: scheme)
        for box in 1..<max(1, boxes) {
            let bundle = DeviceBundle(
                keys: identities[box].keys, site: RowID(UInt128(77 + box)), rights: .desk)
            _ = roster.admit(
                RosterEntry(
                    tenant: tenant, parents: roster.parentsForNext, deed: .add(bundle),
                    by: identities[0]))
        }
        return roster
    }

    func path(of box: Int) -> String { folder.appendingPathComponent("\(box).db").path }

    /// Copies a closed box's files to another name.
    func copy(_ box: Int, to name: String) throws {
        for ending in ["db", "anchor"] {
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent("\(box).\(ending)"),
                to: folder.appendingPathComponent("\(name).\(ending)"))
        }
    }

    /// Opens a box's file under a roster.
    ///
    /// - Parameters:
    ///   - name: of a copy of its files.
    ///   - vfs: of a disk that fails.
    func open(
        _ box: Int, _ roster: Roster, as name: String? = nil, vfs: String? = nil
    ) throws -> Replica {
        let name = name ?? "\(box)"
        let environment = Self.environment
        let codec = TenantCodec(
            tenant: tenant, identity: identities[box], scheme: scheme,
            sealer: FrameSealer(tenant: tenant, epoch: epoch, cipher: XChaChaCipher()),
            environment: environment, signingKey: { _ in nil })
        return try Replica(
            ReplicaConfiguration(
                path: folder.appendingPathComponent("\(name).db").path, vfs: vfs,
                schema: Self.schema,
                tenant: tenant, device: identities[box].device,
                host: ContentHash(1, 1, 1, 1), hasher: BLAKE2bHasher(), generation: 1),
            anchor: FileAnchor(path: folder.appendingPathComponent("\(name).anchor").path),
            codec: codec, executor: DiskExecutor(), environment: environment,
            trust: TrustBook(roster, sealer: control, scheme: scheme))
    }

    /// Time stands still, so that no timer fires.
    static var environment: NodeEnvironment {
        NodeEnvironment(
            wallMilliseconds: { 1_790_000_000_000 }, steadyMilliseconds: { 0 },
            sleep: { _ in
                let (never, sink) = AsyncStream<Never>.makeStream()
                for await _ in never {}
                withExtendedLifetime(sink) {}
                throw CancellationError()
            },
            randomBytes: NodeEnvironment.system.randomBytes)
    }

    /// Serves a link between two replicas while `body` runs, or until a session ends it.
    func link(
        _ left: Replica, _ right: Replica, _ tap: Tap = Tap(), capacity: Int = 16,
        rightControl: ControlSealer? = nil, isEndedBySessions: Bool = false,
        _ body: () async throws -> Void
    ) async throws -> [LinkSession.Ending] {
        let ends = await MemoryFrameLink.pair(capacity: capacity)
        let sessions = [
            LinkSession(
                replica: left, link: TappedLink(end: ends.0, tap: tap, side: 0),
                role: .initiator, control: control, environment: Self.environment,
                notify: { tap.note($0, 0) }),
            LinkSession(
                replica: right, link: TappedLink(end: ends.1, tap: tap, side: 1),
                role: .responder, control: rightControl ?? control,
                environment: Self.environment, notify: { tap.note($0, 1) }),
        ]
        return try await withThrowingTaskGroup(of: (Int, LinkSession.Ending).self) { group in
            for (side, session) in sessions.enumerated() {
                group.addTask { (side, await session.run()) }
            }
            do {
                try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            if !isEndedBySessions { await ends.0.close() }
            var endings: [LinkSession.Ending] = [.closed(.linkLost), .closed(.linkLost)]
            for try await (side, ending) in group { endings[side] = ending }
            return endings
        }
    }
}

/// What passed over a link, and what the sessions said of it.
final class Tap: Sendable {
    private struct State {
        var messages: [(side: Int, bytes: [UInt8])] = []
        var notices: [(side: Int, notice: LinkSession.Notice)] = []
        var followers: [AsyncStream<Void>.Continuation] = []
    }
    private let state = Mutex(State())
    /// Changes a message on its way.
    let spoil: @Sendable (Int, [UInt8]) -> [[UInt8]]

    init(spoil: @escaping @Sendable (Int, [UInt8]) -> [[UInt8]] = { _, bytes in [bytes] }) {
        self.spoil = spoil
    }

    var messages: [(side: Int, bytes: [UInt8])] { state.withLock { $0.messages } }
    var notices: [(side: Int, notice: LinkSession.Notice)] { state.withLock { $0.notices } }

    func forget() { state.withLock { $0.messages = [] } }

    func note(_ bytes: [UInt8], from side: Int) {
        change { $0.messages.append((side, bytes)) }
    }

    func note(_ notice: LinkSession.Notice, _ side: Int) {
        change { $0.notices.append((side, notice)) }
    }

    /// The standing that a side reported last.
    func standing(_ side: Int) -> SessionReport? {
        notices.last { entry in
            guard entry.side == side, case .report(let report) = entry.notice else { return false }
            switch report {
            case .behind, .caughtUp, .inSync, .digestMismatch, .notComparable: return true
            case .greeted, .forkSuspected, .historyUnavailable: return false
            }
        }.flatMap { if case .report(let report) = $0.notice { report } else { nil } }
    }

    /// How often both sides have come to this standing.
    func times(_ standing: SessionReport) -> Int {
        let sides = notices.filter { $0.notice == .report(standing) }.map(\.side)
        return min(sides.count { $0 == 0 }, sides.count { $0 == 1 })
    }

    /// Waits until something about the link holds.
    func wait(until holds: (Tap) async throws -> Bool) async throws {
        let (stream, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.followers.append(sink) }
        sink.yield()
        for await _ in stream where try await holds(self) { return }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let followers = state.withLock { state in
            body(&state)
            return state.followers
        }
        for follower in followers { follower.yield() }
    }
}

/// A link whose messages are written down as they leave.
struct TappedLink: FrameLink {
    let end: MemoryFrameLink
    let tap: Tap
    let side: Int

    func send(_ message: [UInt8]) async throws {
        for message in tap.spoil(side, message) {
            tap.note(message, from: side)
            try await end.send(message)
        }
    }
    func receive() async -> [UInt8]? { await end.receive() }
    func close() async { await end.close() }
}

extension Replica {
    /// Commits one guest.
    @discardableResult
    func commitGuest(_ name: String) async throws -> Commit {
        let row = drawRowIDs(1)[0]
        return try await commit([
            RowOperation(
                collection: 1, row: row, kind: .insert,
                cells: [CellOperation(field: 1, action: .assign(.text(name)))])
        ])
    }

    /// All frames of the writer that its vector names first.
    func frames() throws -> [[UInt8]] {
        let entries = status().vector.entries
        let gap = FrameRequest.Gap(
            writer: entries[0].writer, held: entries, peerHolds: [], isForked: true)
        return try answer(
            FrameRequest(number: 1, gaps: [gap], bytesMax: 1 << 20, bytesPerWriter: 1 << 20)
        ).frames.map(\.bytes)
    }

    /// The names of all guests, sorted.
    nonisolated func guests() throws -> [String] {
        guard let guests = LinkScene.schema.collection(1) else { return [] }
        return try readers.read { reader throws(StorageError) in
            try reader.records(guests, limit: 10_000).map { record in
                if case .text(let name) = record.values[0] { name } else { "" }
            }.sorted()
        }
    }

    /// Waits until something about the replica holds.
    nonisolated func wait(until holds: () async throws -> Bool) async throws {
        for await _ in feed.follow() where try await holds() { return }
    }
}
