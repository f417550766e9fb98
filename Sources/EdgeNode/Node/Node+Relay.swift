public import CRDT
internal import ReplicaStorage
internal import Signing
public import SyncProtocol
internal import Synchronization

// This node and its relay. Sockets are opened above; links come in from there.
extension Node {
    /// Where this box has its mailbox; `nil` if it uses no relay.
    public var relay: RelayMembership? { membership }

    /// This box's key towards a relay, for whoever lets it in.
    public func relayKey(at relay: RelayID) throws -> RelayKey {
        try directory.relayKey(at: relay)
    }

    /// Serves one link to the relay to its end, and says on the board how it went.
    ///
    /// - Parameters:
    ///   - binding: what ties the login to this very connection.
    ///   - say: told each change of state as a sentence without content.
    /// - Returns: what it came to, its ending known.
    @discardableResult
    public func serveRelay(
        _ link: any FrameLink, binding: ChannelBinding,
        say: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> RelayTalk {
        guard let membership else { throw Self.noRelay }
        let (board, environment) = (relayBoard, environment)
        let outcome = Mutex(RelayTalk())
        let access = RelayAccess(
            relay: membership.relay, mailbox: membership.mailbox,
            seed: try directory.secrets().relaySeed(at: membership.relay),
            scheme: Ed25519Signatures())
        let talk = RelayLink(
            replica: replica, link: link, access: access, binding: binding,
            environment: environment
        ) { notice in
            outcome.withLock { $0.note(notice) }
            if let words = board.note(notice, at: environment.wallMilliseconds()) { say(words) }
        }
        let ending = await talk.run()
        if let words = board.closed(ending, at: environment.wallMilliseconds()) { say(words) }
        return outcome.withLock { outcome in
            outcome.end(ending)
            return outcome
        }
    }

    /// Names the lane as known here: when it changes, the mailbox's keys may have to follow.
    public var laneName: String {
        get async { RowName.text(await replica.status().lane.prefix) }
    }

    /// Whether this box keeps the mailbox's keys.
    public var keepsMailbox: Bool { membership?.adminSeed != nil }

    /// Brings the mailbox's keys into line with the roster, over a link of its own. Does no harm
    /// when nothing is to be done. What is to be done is on disk, in the control lane: so it waits
    /// there for as long as the relay is away.
    ///
    /// - Returns: what was done, as a sentence; `nil` for nothing.
    public func keepMailbox(
        _ link: any FrameLink, binding: ChannelBinding
    ) async throws -> String? {
        guard let membership, keepsMailbox else { throw Self.noRelay }
        guard let trust = await replica.trust else { return nil }
        let access = try RelayAccess(membership)
        let keys = MailboxKeeper(
            MailboxKeys(
                trust.roster, notes: trust.relayKeys, at: access,
                own: try directory.relayKey(at: membership.relay)))
        try await RelayErrand(link: link, binding: binding, environment: environment).run(
            .login(.admin), access: { _ in access }, next: { await keys.next(after: $0) })
        relayBoard.counted(
            strayKeys: await keys.unclaimed, at: environment.wallMilliseconds())
        return await keys.summary
    }

    /// Says durably, to every box, which key a device uses towards the relay; a box that keeps the
    /// mailbox then lets it in, now or when the relay is back.
    ///
    /// - Parameter device: this box's own, or one that this box, an admin, has just admitted.
    public func register(_ key: RelayKey, of device: DeviceID) async throws {
        guard let membership, let signing = SigningKey(bytes: key.bytes) else {
            throw Self.noRelay
        }
        let identity = DeviceIdentity(
            seed: try directory.secrets().seed, scheme: Ed25519Signatures())
        do throws(StorageError) {
            try await replica.register(
                signing, of: device, at: membership.relay, membership.mailbox, by: identity)
        } catch {
            throw NodeFault(error)
        }
    }

    /// Says which key this box itself uses, if the lane does not say so yet.
    public func registerOwnKey() async throws {
        guard let membership else { return }
        let identity = DeviceIdentity(
            seed: try directory.secrets().seed, scheme: Ed25519Signatures())
        try await register(try relayKey(at: membership.relay), of: identity.device)
    }

    private static let noRelay = NodeFault(
        .refused,
        """
        this box uses no relay, or does not keep its mailbox. Make one with `warren relay create` \
        at the box that keeps the roster.
        """)
}

extension Replica {
    /// Enters a note into the lane unless one says the same already.
    func register(
        _ key: SigningKey, of device: DeviceID, at relay: RelayID, _ mailbox: MailboxID,
        by identity: DeviceIdentity
    ) throws(StorageError) {
        guard let trust else { throw StorageError(.refused, "this replica knows no roster") }
        let isKnown = trust.relayKeys.contains {
            $0.key == key && $0.device == device && $0.relay == relay.value
                && $0.mailbox == mailbox.value
        }
        guard !isKnown else { return }
        try enter(
            .relayKey(
                RelayKeyNote(
                    tenant: trust.roster.tenant, device: device, relay: relay.value,
                    mailbox: mailbox.value, key: key, by: identity)))
    }
}

/// Holds `MailboxKeys` for as long as an errand takes.
private actor MailboxKeeper {
    private var keys: MailboxKeys

    init(_ keys: MailboxKeys) { self.keys = keys }

    func next(after answer: MailboxDeedAnswer?) -> MailboxDeed? { keys.next(after: answer) }

    var unclaimed: Int { keys.unclaimed }

    var summary: String? {
        var parts: [String] = []
        if keys.added > 0 { parts.append("let \(keys.added) boxes in") }
        if keys.removed > 0 { parts.append("put \(keys.removed) revoked boxes out") }
        if keys.unclaimed > 0 { parts.append(RelayBoard.words(strayKeys: keys.unclaimed)) }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
