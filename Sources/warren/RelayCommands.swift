internal import ArgumentParser
internal import CRDT
internal import EdgeNode
internal import Foundation
internal import NodeClient
internal import PeerTransport
internal import SyncProtocol
internal import Synchronization

/// `warren relay`
struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "The tenant's mailbox on a relay, through which its boxes meet.",
        discussion: """
            A relay keeps sealed bytes for boxes that are away and can read none of them. Its \
            operator hands out an invite; one box makes the mailbox with it, and every box that \
            it admits from then on gets the mailbox. `warren serve` keeps the link by itself.
            """,
        subcommands: [Create.self, Show.self, Share.self])

    /// `warren relay create`
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the tenant's mailbox with an invite; the node must not be running.",
            discussion: """
                Interrupted, it goes on when called again with the same invite. At a box that has \
                a mailbox it makes the same one anew, after the relay had lost it; then the boxes \
                fill it again by themselves.
                """)

        @OptionGroup var folder: NodeFolder

        @Option(help: ArgumentHelp("Where the relay is.", valueName: "host:port"))
        var relay: String

        @Option(
            help: ArgumentHelp(
                "64 hexadecimal digits of `warren-relay invite`.", valueName: "token"))
        var invite: String

        @Option(
            help: ArgumentHelp(
                "A PEM file with the only roots to trust there, instead of the system's.",
                valueName: "file"))
        var trust: String?

        @Flag(help: "No TLS: only for a relay on this very machine.")
        var plain = false

        func validate() throws {
            if plain, trust != nil {
                throw ValidationError("without TLS there is nothing to trust: drop one of the two")
            }
        }

        func run() async throws {
            guard let token = InviteToken(hexadecimal: invite) else {
                throw NodeFault(
                    .refused,
                    "the invite is 64 hexadecimal digits, as `warren-relay invite` printed it")
            }
            let trust = try kindOfTrust()
            let address = try PeerAddress(relay, isSecured: trust != .loopback)
            guard address.port > 0 else {
                throw NodeFault(.refused, "\(relay) names no port")
            }
            let (node, _) = try await folder.open()
            let outcome = await Result {
                try await make(node, address, trust, token)
            }
            await node.close()
            let membership = try outcome.get()
            print("mailbox \(RowName.text(membership.mailbox.value)) is made at \(address)")
            print(
                "Boxes that this one admits from now on use it; for those that are there already:")
            print("  warren relay share --directory \(folder.directory) --to FOLDER")
        }

        private func kindOfTrust() throws -> RelayMembership.Trust {
            if plain { return .loopback }
            guard let trust else { return .system }
            guard let pem = try DurableFile.read(URL(fileURLWithPath: trust)) else {
                throw NodeFault(.refused, "there is no file \(trust)")
            }
            return .pinned(pem)
        }

        private func make(
            _ node: Node, _ address: PeerAddress, _ trust: RelayMembership.Trust,
            _ token: InviteToken
        ) async throws -> RelayMembership {
            let setup = RelaySetup(
                node, host: address.host, port: address.port, trust: trust, token: token)
            let dialer = try PeerDialer(address, trust)
            let made = Mutex<Result<RelayMembership, any Error>?>(nil)
            try await dialer.withLink { link in
                let result = await Result { try await setup.make(link, binding: link.binding) }
                made.withLock { $0 = result }
            }
            guard let result = made.withLock({ $0 }) else {
                throw NodeFault(.refused, "the relay closed the connection")
            }
            return try result.get()
        }
    }

    /// `warren relay show`
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say where the mailbox is and how this box stands with it.")

        @OptionGroup var folder: NodeFolder

        func run() async throws {
            guard let membership = try folder.node.relayMembership() else {
                print("this box uses no relay; `warren relay create` makes a mailbox")
                return
            }
            print("relay    \(membership.address)")
            print("         id \(RowName.text(membership.relay.value))")
            print("mailbox  \(RowName.text(membership.mailbox.value))")
            print("trust    \(words(membership.trust))")
            print("keeper   \(membership.adminSeed == nil ? "another box" : "this box")")
            guard let running = try await RunningNode.find(folder) else {
                print("link     the node is not running")
                return
            }
            guard let relay = try await running.status().object["relay"] as? [String: Any] else {
                print("link     the running node was started before it had a relay: restart it")
                return
            }
            print("link     \(relay["report"] as? String ?? "unknown")")
            print("missing  \(relay["transactions_missing"] ?? 0) transactions are not there yet")
            for name in ["held_back", "trouble"] {
                if let words = relay[name] as? String { print("\(name)  \(words)") }
            }
        }

        private func words(_ trust: RelayMembership.Trust) -> String {
            switch trust {
            case .loopback: "no TLS, on this machine"
            case .system: "TLS 1.3 by the system's roots"
            case .pinned: "TLS 1.3 by pinned roots"
            }
        }
    }

    /// `warren relay share`
    struct Share: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give the mailbox to a box that was admitted before it was made.",
            discussion: """
                Both folders lie on this machine and neither node is running. It stands in for \
                pairing, as `warren admit` does.
                """)

        @OptionGroup var folder: NodeFolder

        @Option(help: ArgumentHelp("The folder of the other box.", valueName: "folder"))
        var to: String

        func run() async throws {
            let (node, _) = try await folder.open()
            let other = NodeDirectory(URL(fileURLWithPath: to))
            let outcome = await Result {
                guard node.relay != nil else {
                    throw NodeFault(.refused, "this box uses no relay: `warren relay create`")
                }
                try await TrustSetup.shareRelay(of: node, with: other)
            }
            await node.close()
            try outcome.get()
            print("\(to) uses the mailbox now; this box lets it in when both are started")
        }
    }
}

extension InviteToken {
    /// Reads 64 hexadecimal digits.
    init?(hexadecimal text: String) {
        let digits = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard digits.utf8.count == 64, let bytes = Hexadecimal.bytes(digits) else { return nil }
        self.init(bytes: bytes)
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
