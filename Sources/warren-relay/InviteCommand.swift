internal import ArgumentParser
internal import CRDT
internal import Foundation
internal import RelayStorage
internal import Signing
internal import SyncProtocol

/// `warren-relay invite`
struct InviteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "invite",
        abstract: "Make a token with which one tenant may make its mailbox.",
        discussion: """
            Works beside a running `serve` on the same folder. The token is shown once and only \
            its hash is kept. Whoever has it can use it, so hand it over in person or on a \
            channel you trust; used once, it is worth nothing.
            """)

    @OptionGroup var folder: RelayFolder

    @Option(help: ArgumentHelp("Days until it is worth nothing, 1 to 365.", valueName: "days"))
    var days = 7

    func validate() throws {
        guard (1...365).contains(days) else {
            throw ValidationError("an invite lasts 1 to 365 days, not \(days)")
        }
    }

    func run() async throws {
        var random = SystemRandomNumberGenerator()
        let bytes = (0..<RelayLimits.inviteBytes).map { _ in
            UInt8.random(in: .min ... .max, using: &random)
        }
        guard let token = InviteToken(bytes: bytes) else { return }
        let expires = Date(timeIntervalSinceNow: Double(days) * 86_400)
        let store = try folder.open(isServing: false)
        try await store.admit(
            invite: token.hash(BLAKE2bHasher()), expires: Int64(expires.timeIntervalSince1970))
        await store.close()
        say(
            """
            relay   \(Hexadecimal.text(RelayID.bytes(store.relay)))
            invite  \(Hexadecimal.text(bytes))
            until   \(expires.ISO8601Format())
            """)
    }
}

extension RelayID {
    /// The 16 bytes, most significant first.
    static func bytes(_ relay: RelayID) -> [UInt8] {
        withUnsafeBytes(of: relay.value.bigEndian) { Array($0) }
    }
}
