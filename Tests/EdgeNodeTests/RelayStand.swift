import CRDT
import EdgeNode
import Foundation
import RelayNode
import RelayStorage
import Signing
import SyncProtocol
import Synchronization

/// A real relay over a real file beside a scene of boxes, joined by links in memory.
final class RelayStand: Sendable {
    static let mailbox = MailboxID(0x77)
    static let admin: UInt8 = 100

    let folder: URL
    private let quota: MailboxQuota
    private let open: Mutex<SQLiteMailboxStore>

    init(quota: MailboxQuota = MailboxQuota()) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "warren-stand-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.quota = quota
        open = Mutex(try Self.store(folder, quota))
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: folder) }

    var store: SQLiteMailboxStore { open.withLock { $0 } }

    private static func store(_ folder: URL, _ quota: MailboxQuota) throws -> SQLiteMailboxStore {
        var options = SQLiteMailboxStore.Options()
        options.quota = quota
        return try SQLiteMailboxStore(
            path: folder.appending(path: "relay.db").path, hasher: BLAKE2bHasher(),
            options: options)
    }

    /// Stops the relay, lets `body` do something to its folder, and starts it again.
    func restart(quota: MailboxQuota? = nil, _ body: (URL) throws -> Void = { _ in }) async throws {
        await store.close()
        try body(folder)
        let again = try Self.store(folder, quota ?? self.quota)
        open.withLock { $0 = again }
    }

    /// Everything the relay has on its disk.
    func image() async throws -> [String: Data] {
        await store.close()
        var image: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            image[name] = try Data(contentsOf: folder.appending(path: name))
        }
        try await restart()
        return image
    }

    /// Sets the relay back to an image.
    func restore(_ image: [String: Data]) async throws {
        try await restart { folder in
            for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
                try FileManager.default.removeItem(at: folder.appending(path: name))
            }
            for (name, data) in image { try data.write(to: folder.appending(path: name)) }
        }
    }

    /// The key of a box or of the admin, which follows from a number.
    func access(_ number: UInt8) -> RelayAccess {
        RelayAccess(
            relay: store.relay, mailbox: Self.mailbox,
            seed: SecretBytes(copying: [UInt8](repeating: number, count: 32)),
            scheme: Ed25519Signatures())
    }

    /// Makes the mailbox by an invite and lets boxes 0 to `boxes` - 1 in.
    func settle(boxes: Int, invite: UInt8 = 3) async throws {
        guard let token = InviteToken(bytes: [UInt8](repeating: invite, count: 32)) else { return }
        try await store.admit(invite: token.hash(BLAKE2bHasher()), expires: .max)
        let keys = Mutex((0..<boxes).map { access(UInt8($0)).key })
        try await errand(.create(token)) { _ in
            keys.withLock { $0.isEmpty ? nil : .addKey($0.removeFirst()) }
        }
    }

    /// What an admin does in one talk.
    func errand(
        _ purpose: RelayClaim.Purpose = .login(.admin),
        _ next: @escaping @Sendable (MailboxDeedAnswer?) async -> MailboxDeed?
    ) async throws {
        try await withRelay { [self] link in
            let admin = access(Self.admin)
            try await RelayErrand(
                link: link, binding: .loopback, environment: LinkScene.environment
            ).run(purpose, access: { _ in admin }, next: next)
        }
    }

    /// Lends a link on which the relay serves.
    func withRelay<Answer: Sendable>(
        store other: (any MailboxStore)? = nil,
        _ body: @Sendable (any FrameLink) async throws -> Answer
    ) async throws -> Answer {
        let (near, far) = await MemoryFrameLink.pair()
        let relay = Relay(
            store: other ?? store, signatures: Ed25519Signatures(), hasher: BLAKE2bHasher(),
            environment: RelayEnvironment(
                unixSeconds: { 1_000 }, sleep: LinkScene.environment.sleep,
                randomBytes: LinkScene.environment.randomBytes))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await relay.serve(far, binding: .loopback) }
            let answer = try await body(near)
            await near.close()
            group.cancelAll()
            return answer
        }
    }

    /// Keeps boxes in the mailbox while `body` runs: a talk that ended so is begun anew.
    func connect(
        _ boxes: [Int: Replica], store other: (any MailboxStore)? = nil,
        environment: NodeEnvironment = RelayStand.hasty, _ body: (RelayTap) async throws -> Void
    ) async throws {
        let relay = Relay(
            store: other ?? store, signatures: Ed25519Signatures(), hasher: BLAKE2bHasher(),
            environment: RelayEnvironment(
                unixSeconds: { 1_000 }, sleep: LinkScene.environment.sleep,
                randomBytes: environment.randomBytes))
        let tap = RelayTap()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, replica) in boxes.sorted(by: { $0.key < $1.key }) {
                let access = access(UInt8(number))
                group.addTask {
                    for _ in 0..<20 where !Task.isCancelled {
                        let (near, far) = await MemoryFrameLink.pair()
                        let link = RelayLink(
                            replica: replica, link: near, access: access, binding: .loopback,
                            environment: environment, notify: { tap.note($0, number) })
                        async let serving = relay.serve(far, binding: .loopback)
                        let ending = await withTaskCancellationHandler {
                            await link.run()
                        } onCancel: {
                            Task { await near.close() }
                        }
                        _ = await serving
                        tap.end(ending, number)
                        guard ending == .again else { return }
                    }
                }
            }
            do { try await body(tap) } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
        }
    }

    /// Waits of up to 15 s are over at once, longer ones last for ever: other boxes' frames are
    /// uploaded without delay, and nobody loses patience.
    static var hasty: NodeEnvironment {
        var environment = LinkScene.environment
        let never = environment.sleep
        environment.sleep = { wait in
            guard wait > .seconds(15) else { return await Task.yield() }
            try await never(wait)
        }
        return environment
    }
}

/// What relay links said.
final class RelayTap: Sendable {
    private struct State {
        var notices: [(box: Int, notice: RelayLink.Notice)] = []
        var endings: [(box: Int, ending: RelayLink.Ending)] = []
        var followers: [AsyncStream<Void>.Continuation] = []
    }
    private let state = Mutex(State())

    func note(_ notice: RelayLink.Notice, _ box: Int) {
        change { $0.notices.append((box, notice)) }
    }

    func end(_ ending: RelayLink.Ending, _ box: Int) {
        change { $0.endings.append((box, ending)) }
    }

    var endings: [(box: Int, ending: RelayLink.Ending)] { state.withLock { $0.endings } }

    func reports(_ box: Int) -> [MailboxReport] {
        state.withLock { state in
            state.notices.compactMap {
                if $0.box == box, case .report(let report) = $0.notice { report } else { nil }
            }
        }
    }

    /// What a box's talks came to, taken together.
    func talk(_ box: Int) -> RelayTalk {
        state.withLock { state in
            var talk = RelayTalk()
            for notice in state.notices where notice.box == box { talk.note(notice.notice) }
            for ending in state.endings where ending.box == box { talk.end(ending.ending) }
            return talk
        }
    }

    /// Whether a box has kept a page.
    func hasRead(_ box: Int) -> Bool {
        state.withLock { state in
            state.notices.contains {
                if $0.box == box, case .read = $0.notice { true } else { false }
            }
        }
    }

    func follow() -> AsyncStream<Void> {
        let (stream, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        state.withLock { $0.followers.append(sink) }
        sink.yield()
        return stream
    }

    /// Waits until something about the links holds.
    func wait(until holds: (RelayTap) async throws -> Bool) async throws {
        for await _ in follow() where try await holds(self) { return }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let followers = state.withLock { state in
            body(&state)
            return state.followers
        }
        for follower in followers { follower.yield() }
    }
}

extension RelayStand {
    /// The items of the mailbox, read by an honest box.
    func items() async throws -> [[UInt8]] {
        let pass = RelayPass(mailbox: Self.mailbox, key: access(0).key, role: .device)
        var items: [[UInt8]] = []
        guard let standing = try? await store.standing(pass) else { return [] }
        var cursor = standing.floor
        while cursor.number < standing.head.number {
            let answer = await store.page(after: cursor, items: 256, bytes: 1 << 20, pass)
            guard case .success(.page(let page)) = answer else { return items }
            items += page.items.map(\.bytes)
            cursor = page.end
        }
        return items
    }
}
