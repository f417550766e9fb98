import CRDT
import Foundation
import RelayStorage
import Signing
import SyncProtocol
import Testing

@testable import EdgeNode

/// Who may into the tenant's mailbox: made by an admin box, followed by the roster.
@Suite(.timeLimit(.minutes(5))) struct RelayKeysTests {
    @Test func `a box that is admitted gets the mailbox, and a revoked one loses it`() async throws
    {
        let (folder, stand) = (try TemporaryFolder(), try RelayStand())
        let (north, south) = (folder.node("north"), folder.node("south"))
        _ = try TrustSetup.begin(north, site: "North", .system)
        let made = try await Self.withNode(north) { node in
            try await Self.create(node, stand, try await Self.invite(stand, 1))
        }
        #expect(made.adminSeed != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: north.relayFile.path)
        #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        try await TrustSetup.admit(
            south, site: "South", by: north, schema: LinkScene.schema, .system)
        let given = try #require(try south.relayMembership())
        #expect(given.mailbox == made.mailbox && given.adminSeed == nil)

        try await Self.withNode(north) { node in
            // South is let in by what the lane says, though it never spoke to North.
            #expect(try await Self.keep(node, stand) == "let 1 boxes in")
            #expect(try await Self.keep(node, stand) == nil)
            try await Self.withNode(south) { other in
                #expect(try await Self.enters(other, stand))
                let device = DeviceIdentity(
                    seed: try south.secrets().seed, scheme: Ed25519Signatures()
                ).device
                let admin = DeviceIdentity(
                    seed: try north.secrets().seed, scheme: Ed25519Signatures())
                _ = try await node.replica.enter(.revoke(device, cuts: []), by: admin)
                #expect(try await Self.keep(node, stand) == "put 1 revoked boxes out")
                #expect(try await !Self.enters(other, stand))
                #expect(other.relayBoard.standing?.trouble?.contains("key") == true)
            }
        }
    }

    @Test func `an interrupted creation goes on with what was drawn, and a wrong invite says so`()
        async throws
    {
        let (folder, stand) = (try TemporaryFolder(), try RelayStand())
        let north = folder.node("north")
        _ = try TrustSetup.begin(north, site: "North", .system)
        try await Self.withNode(north) { node in
            let wrong = try #require(InviteToken(bytes: [UInt8](repeating: 9, count: 32)))
            let fault = await #expect(throws: NodeFault.self) {
                try await Self.create(node, stand, wrong)
            }
            #expect(fault?.message.contains("invite") == true)
            #expect(try north.relayMembership() == nil)
            let draft = try #require(try north.relayDraft())
            let token = try await Self.invite(stand, 1)
            let made = try await Self.create(node, stand, token)
            #expect(made.mailbox == draft.mailbox)
            #expect(try north.relayDraft() == nil)
            // The answer was lost: the same again answers as before.
            let again = try await Self.create(node, stand, token)
            #expect(again.mailbox == made.mailbox)
        }
    }

    @Test func `a membership is read as it was written, and a damaged one names its file`() throws {
        let folder = try TemporaryFolder()
        let north = folder.node("north")
        _ = try TrustSetup.begin(north, site: "North", .system)
        for trust in [RelayMembership.Trust.loopback, .system, .pinned([1, 2, 3])] {
            let membership = RelayMembership(
                host: "relay.example", port: 443, trust: trust, relay: RelayID(7),
                mailbox: MailboxID(8), adminSeed: nil)
            try north.save(membership)
            let read = try #require(try north.relayMembership())
            #expect(read.trust == trust && read.host == "relay.example" && read.port == 443)
            #expect(read.relay == RelayID(7) && read.mailbox == MailboxID(8))
            #expect(read.encoded == membership.encoded)
        }
        try DurableFile.replace(north.relayFile, with: [1, 2, 3])
        let fault = #expect(throws: NodeFault.self) { try north.relayMembership() }
        #expect(fault?.message.contains("relay") == true)
    }

    @Test func `a key that no box claims is told in the status until it is gone`() async throws {
        let (folder, stand) = (try TemporaryFolder(), try RelayStand())
        let north = folder.node("north")
        _ = try TrustSetup.begin(north, site: "North", .system)
        let made = try await Self.withNode(north) { node in
            try await Self.create(node, stand, try await Self.invite(stand, 1))
        }
        let stray = try #require(RelayKey(bytes: [UInt8](repeating: 7, count: 32)))
        try await Self.withNode(north) { node in
            func perform(_ deed: MailboxDeed) async throws {
                try await stand.withRelay { link in
                    try await RelayErrand(
                        link: link, binding: .loopback, environment: node.environment
                    ).run(
                        .login(.admin), access: { _ in try RelayAccess(made) },
                        next: { $0 == nil ? deed : nil })
                }
            }
            try await perform(.addKey(stray))
            let told = try #require(try await Self.keep(node, stand))
            #expect(told.contains("claimed by no box of ours"))
            #expect(node.relayBoard.standing?.trouble == told)
            try await perform(.removeKey(stray))
            #expect(try await Self.keep(node, stand) == nil)
            #expect(node.relayBoard.standing?.trouble == nil)
        }
    }

    @Test func `keys towards two relays have nothing in common`() throws {
        let folder = try TemporaryFolder()
        let north = folder.node("north")
        _ = try TrustSetup.begin(north, site: "North", .system)
        let first = try north.relayKey(at: RelayID(1 << 100))
        #expect(try north.relayKey(at: RelayID(1 << 100)) == first)
        #expect(try north.relayKey(at: RelayID(2 << 100)) != first)
        let identity = DeviceIdentity(
            seed: try north.secrets().seed, scheme: Ed25519Signatures())
        #expect(first.bytes != identity.keys.signing.bytes)
    }

    // MARK: Helpers

    private static func withNode<Answer>(
        _ directory: NodeDirectory, _ body: (Node) async throws -> Answer
    ) async throws -> Answer {
        let node = try await Node(directory, schema: LinkScene.schema)
        do {
            let answer = try await body(node)
            await node.close()
            return answer
        } catch {
            await node.close()
            throw error
        }
    }

    private static func invite(_ stand: RelayStand, _ byte: UInt8) async throws -> InviteToken {
        let token = try #require(InviteToken(bytes: [UInt8](repeating: byte, count: 32)))
        try await stand.store.admit(invite: token.hash(BLAKE2bHasher()), expires: .max)
        return token
    }

    @discardableResult
    private static func create(
        _ node: Node, _ stand: RelayStand, _ token: InviteToken
    ) async throws -> RelayMembership {
        let made = try await stand.withRelay { link in
            try await RelaySetup(
                node, host: "127.0.0.1", port: 7090, trust: .loopback, token: token
            ).make(link, binding: .loopback)
        }
        return made
    }

    private static func keep(_ node: Node, _ stand: RelayStand) async throws -> String? {
        // As after the next start, which reads the file.
        try await stand.withRelay { link in
            try await node.keepMailbox(link, binding: .loopback)
        }
    }

    /// Whether the relay lets a box in; it leaves at once.
    private static func enters(_ node: Node, _ stand: RelayStand) async throws -> Bool {
        try await stand.withRelay { link in
            try await node.serveRelay(link, binding: .loopback) { words in
                if words.contains("read all") { Task { await link.close() } }
            }.hasEntered
        }
    }
}

/// A folder that goes with this value.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory
            .appending(path: "warren-nodes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: url) }

    func node(_ name: String) -> NodeDirectory {
        NodeDirectory(url.appendingPathComponent(name))
    }
}
