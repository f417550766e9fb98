internal import CRDT
internal import Signing
public import SyncProtocol
internal import Synchronization

/// Makes the tenant's mailbox on a relay, from a box that keeps the roster.
public struct RelaySetup: Sendable {
    private let node: Node
    private let host: String
    private let port: Int
    private let trust: RelayMembership.Trust
    private let token: InviteToken

    /// - Parameters:
    ///   - node: an admin's; it goes on without its relay link until it is started again.
    ///   - host: of the relay, a name or numeric address.
    ///   - port: 1 to 65,535.
    ///   - trust: how the relay is known to be the right one.
    ///   - token: of the relay's operator; worth one mailbox.
    public init(
        _ node: Node, host: String, port: Int, trust: RelayMembership.Trust, token: InviteToken
    ) {
        self.node = node
        self.host = host
        self.port = port
        self.trust = trust
        self.token = token
    }

    /// Makes the mailbox, lets this box in and keeps the membership. What was drawn is on disk
    /// before the relay hears of it, so whoever is interrupted calls it again with the same token.
    ///
    /// A box that has a mailbox already makes it anew under the same id and keys, after the relay
    /// lost it: then the other boxes go on by themselves.
    ///
    /// - Throws: `NodeFault` with what to do.
    public func make(
        _ link: any FrameLink, binding: ChannelBinding
    ) async throws -> RelayMembership {
        let directory = node.directory
        let known = try directory.relayMembership()
        if let known, known.adminSeed == nil { throw Self.notKeeper }
        let draft = try known ?? directory.relayDraft()
        let chosen = Chosen()
        let errand = RelayErrand(link: link, binding: binding, environment: node.environment)
        do {
            try await errand.run(.create(token)) { relay in
                if let known, known.relay != relay { throw Self.otherRelay(known) }
                let fresh = draft.flatMap { $0.relay == relay ? $0 : nil }
                let membership = RelayMembership(
                    host: host, port: port, trust: trust, relay: relay,
                    mailbox: fresh?.mailbox ?? MailboxID(node.environment.randomNumber128()),
                    adminSeed: fresh?.adminSeed
                        ?? SecretBytes(copying: node.environment.randomBytes(32)))
                try directory.save(draft: membership)
                chosen.membership = membership
                return try RelayAccess(membership)
            } next: { answer in
                guard answer == nil, let relay = chosen.membership?.relay,
                    let key = try? directory.relayKey(at: relay)
                else { return nil }
                return .addKey(key)
            }
        } catch let trouble as RelayErrand.Trouble {
            throw Self.fault(trouble)
        }
        guard let made = chosen.membership else { throw Self.fault(.closed(.linkLost)) }
        try directory.save(made)
        return made
    }

    private static let notKeeper = NodeFault(
        .refused,
        """
        this box uses a mailbox that another box keeps. Make it anew at the box that made it.
        """)

    private static func otherRelay(_ known: RelayMembership) -> NodeFault {
        NodeFault(
            .refused,
            """
            this box has its mailbox at the relay \(RowName.text(known.relay.value)) \
            (\(known.address)), and another one answers here. To move, stop every box of the \
            tenant, remove the file `relay` from its folder, and begin anew.
            """)
    }

    static func fault(_ trouble: RelayErrand.Trouble) -> NodeFault {
        switch trouble {
        case .closed(.inviteRefused), .refused(.inviteRefused):
            NodeFault(
                .refused,
                "the invite is unknown, used or too old. Ask the relay's operator for a new one.")
        case .closed(.mailboxTaken), .refused(.mailboxTaken):
            NodeFault(.refused, "the mailbox exists already under another key")
        case .closed(.notAdmitted):
            NodeFault(.refused, "the relay does not take this mailbox's key")
        case .closed(.linkLost):
            NodeFault(.refused, "the relay closed the connection. Is this a relay's port?")
        case .closed(let reason): NodeFault(.refused, "the relay ended the talk: \(reason)")
        case .refused(let refusal): NodeFault(.refused, "the relay refuses: \(refusal)")
        case .silent: NodeFault(.refused, "the relay does not answer; try again later")
        }
    }
}

/// What was drawn once the relay had said who it is.
private final class Chosen: Sendable {
    private let value = Mutex<RelayMembership?>(nil)

    var membership: RelayMembership? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}

extension RelayAccess {
    /// As admin, by the seed that only admins have.
    init(_ membership: RelayMembership) throws {
        guard let seed = membership.adminSeed else {
            throw NodeFault(.refused, "this box does not keep its mailbox")
        }
        self.init(
            relay: membership.relay, mailbox: membership.mailbox, seed: seed,
            scheme: Ed25519Signatures())
    }
}
