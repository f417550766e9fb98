import CRDT
import Foundation
import RelayNode
import RelayStorage
import Signing
import SyncProtocol
import Synchronization

/// A relay over a real file, in a folder that goes with this value.
final class RelayScene: Sendable {
    static let mailbox = MailboxID(0x77)
    static let admin: UInt8 = 100

    let folder: URL
    let store: SQLiteMailboxStore
    let relay: Relay
    let notices: Notices

    init(quota: MailboxQuota = MailboxQuota(), crowd: RelayCrowd = RelayCrowd()) throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "warren-relay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var options = SQLiteMailboxStore.Options()
        options.quota = quota
        store = try SQLiteMailboxStore(
            path: folder.appending(path: "relay.db").path, hasher: BLAKE2bHasher(),
            options: options)
        let notices = Notices()
        self.notices = notices
        relay = Relay(
            store: store, signatures: Ed25519Signatures(), hasher: BLAKE2bHasher(),
            environment: Self.environment, crowd: crowd, notify: { notices.note($0) })
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: folder) }

    /// Time stands still: however slow the machine, nobody is put out for it.
    static let environment = RelayEnvironment(
        unixSeconds: { 1_000 },
        sleep: { _ in
            let (never, sink) = AsyncStream<Never>.makeStream()
            for await _ in never {}
            withExtendedLifetime(sink) {}
            throw CancellationError()
        },
        randomBytes: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })

    /// Lends a link on which the relay serves, and waits for the relay's end of it.
    func withLink<Answer: Sendable>(
        _ body: @Sendable (any FrameLink) async throws -> Answer
    ) async throws -> Answer {
        let (near, far) = await MemoryFrameLink.pair()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [relay] in await relay.serve(far, binding: .loopback) }
            let answer = try await body(near)
            await near.close()
            try await group.waitForAll()
            return answer
        }
    }

    /// Lends a box that has entered, or could not.
    func withBox<Answer: Sendable>(
        _ keys: UInt8 = 1, _ purpose: RelayClaim.Purpose = .login(.device),
        in mailbox: MailboxID = mailbox,
        _ body: @Sendable (ToyBox, Result<MailboxStanding, RelayCloseReason>) async throws -> Answer
    ) async throws -> Answer {
        try await withLink { [store] link in
            let box = ToyBox(link, keys: keys)
            let entered = await box.enter(mailbox, purpose, at: store.relay)
            return try await body(box, entered)
        }
    }

    /// Makes the mailbox and lets boxes 1 to `count` in.
    func settle(boxes count: UInt8 = 2) async throws {
        let token = try Self.token(1)
        try await store.admit(invite: token.hash(BLAKE2bHasher()), expires: 2_000)
        try await withBox(Self.admin, .create(token)) { box, _ in
            for number in 1...count { _ = await box.perform(.addKey(ToyBox.key(number))) }
        }
    }

    struct NoToken: Error {}

    static func token(_ byte: UInt8) throws -> InviteToken {
        guard let token = InviteToken(bytes: [UInt8](repeating: byte, count: 32)) else {
            throw NoToken()
        }
        return token
    }

    final class Notices: Sendable {
        private let list = Mutex<[RelayNotice]>([])

        var all: [RelayNotice] { list.withLock { $0 } }

        func note(_ notice: RelayNotice) { list.withLock { $0.append(notice) } }
    }
}
