public import CRDT
internal import Foundation
internal import ReplicaStorage
internal import Sealing
internal import Signing
public import SyncProtocol
internal import Synchronization

/// One box at work: its replica, its keys and what serves them. Reading the initialiser is reading
/// the house.
public final class Node: Sendable {
    public let directory: NodeDirectory
    public let facts: NodeFacts
    public let replica: Replica
    public let board = PeerBoard()
    /// What the desks are told at once.
    public let events: EventHub
    public let relayBoard = RelayBoard()
    /// Rung by people who know that the others can be reached again.
    public let dialBell = DialBell()
    public let devices: DeviceBoard
    public let environment: NodeEnvironment
    /// The row of this box's site.
    public let site: RowID
    let tenant: TenantID
    /// This device's id as rows name it: 16 bytes.
    public let box: [UInt8]
    let identity: DeviceIdentity
    let membership: RelayMembership?
    let before: BeforeStart
    let guestAlarm: GuestAlarm
    private let notices = Mutex<[String: String]>([:])
    private let control: ControlSealer
    private let executor: DiskExecutor

    /// Opens a folder's node; from here on this process owns the file.
    ///
    /// - Throws: `NodeFault` with what to do.
    public init(
        _ directory: NodeDirectory, schema: Schema, environment: NodeEnvironment = .system
    ) async throws {
        facts = try directory.facts()
        let (secrets, roster) = (try directory.secrets(), try directory.roster())
        guard let site = RowName.row(facts.site), let newest = secrets.epochKeys.last,
            facts.tenant == RowName.text(RowID(roster.tenant.value))
        else { throw NodeFault(.stopped, "node.json and roster do not belong together") }
        let scheme = Ed25519Signatures()
        let identity = DeviceIdentity(seed: secrets.seed, scheme: scheme)
        guard roster.current.site(of: identity.device) == site else {
            throw NodeFault(
                .stopped,
                """
                \(directory.root.path): the roster does not know this device at this site, so \
                nobody would take what it writes. One of secrets, roster and node.json is not this \
                box's own; restore them together.
                """)
        }
        let cipher: any FrameCipher = facts.hasStandInSeal ? StandInCipher() : XChaChaCipher()
        let sealer = FrameSealer(
            tenant: roster.tenant, epoch: Epoch(key: newest),
            older: secrets.epochKeys.dropLast().map { Epoch(key: $0) }, cipher: cipher,
            options: FrameSealer.Options(isCompressing: !facts.hasStandInSeal))
        let codec = TenantCodec(
            tenant: roster.tenant, identity: identity, scheme: scheme, sealer: sealer,
            environment: environment, signingKey: { [roster] in roster.signingKey(of: $0) })
        control = ControlSealer(tenant: roster.tenant, key: secrets.controlKey, cipher: cipher)
        executor = DiskExecutor()
        replica = try Self.replica(
            ReplicaConfiguration(
                path: directory.database.path, schema: schema, tenant: roster.tenant,
                device: identity.device, host: Self.host, hasher: BLAKE2bHasher(),
                generation: environment.randomNumber64(), rights: RosterRights(roster)),
            FileAnchor(path: directory.anchor.path), codec, executor, environment,
            TrustBook(roster, sealer: control, scheme: scheme))
        events = EventHub(life: environment.randomNumber64())
        devices = DeviceBoard(telling: events)
        (self.directory, self.environment) = (directory, environment)
        self.identity = identity
        membership = try directory.relayMembership()
        guestAlarm = GuestAlarm(schema)
        let isAlone = membership == nil && !roster.current.hasMembers(besides: identity.device)
        before = try await BeforeStart(replica, hasOthers: !isAlone)
        if let membership {
            relayBoard.begin(membership.address, at: environment.wallMilliseconds())
        }
        self.site = site
        tenant = roster.tenant
        var name = ByteWriter(capacity: 16)
        name.write(id: identity.device.value)
        box = name.bytes
        tellDesks()
        do throws(StorageError) {
            try await replica.keepVoice(of: site, by: identity)
        } catch {
            throw NodeFault(error)
        }
        try await saveRoster()
    }

    private static func replica(
        _ configuration: ReplicaConfiguration, _ anchor: FileAnchor, _ codec: sending TenantCodec,
        _ executor: DiskExecutor, _ environment: NodeEnvironment, _ trust: TrustBook
    ) throws(NodeFault) -> Replica {
        do throws(StorageError) {
            return try Replica(
                configuration, anchor: anchor, codec: codec, executor: executor,
                environment: environment, trust: trust)
        } catch {
            executor.stop()
            guard error.code == .corrupt else { throw NodeFault(error) }
            throw NodeFault(
                .stopped,
                "\(DiskNotice.damage) (\(configuration.path): \(error.message))")
        }
    }

    /// Alarms of whoever runs the node, by what they are about.
    var outsideAlarms: [String] {
        notices.withLock { notices in notices.sorted { $0.key < $1.key }.map(\.value) }
    }

    /// Raises an alarm about something, or with nil takes it back.
    public func raise(_ alarm: String?, about topic: String) {
        let isNews = notices.withLock { notices in
            defer { notices[topic] = alarm }
            return notices[topic] != alarm
        }
        if isNews { events.post(.sync, at: environment.wallMilliseconds()) }
    }

    /// Every change of rows and of links becomes an event.
    private func tellDesks() {
        let (events, environment) = (events, environment)
        replica.feed.listen {
            events.post(.records(RecordNews($0)), at: environment.wallMilliseconds())
        }
        board.listen { events.post(.sync, at: environment.wallMilliseconds()) }
        relayBoard.listen { events.post(.sync, at: environment.wallMilliseconds()) }
    }

    /// Serves one link to its end, and says on the board how it went.
    ///
    /// - Returns: whether the peer said hello, which it can only as a member of the tenant.
    @discardableResult
    public func serve(_ link: any FrameLink, peer: String, isDialled: Bool) async -> Bool {
        let (board, environment) = (board, environment)
        if isDialled { board.opened(peer, isDialled: true, at: environment.wallMilliseconds()) }
        let session = LinkSession(
            replica: replica, link: link, role: isDialled ? .initiator : .responder,
            control: control, environment: environment
        ) { notice in
            let now = environment.wallMilliseconds()
            switch notice {
            case .report(let report):
                // Who comes and is no member stands on no page and wakes no desk.
                if case .greeted = report, !isDialled {
                    board.opened(peer, isDialled: false, at: now)
                }
                board.reported(peer, report, at: now)
            case .frameRefused(let refusal):
                board.troubled(peer, "a frame was refused: \(refusal.reason)", at: now)
            case .frameSetAside(let outcome):
                board.troubled(peer, "a frame was set aside: \(outcome)", at: now)
            }
        }
        let ending = await session.run()
        let hasGreeted = board.hasGreeted(peer)
        board.closed(peer, Self.trouble(ending), at: environment.wallMilliseconds())
        return hasGreeted
    }

    /// Closes the file. Nothing works afterwards.
    public func close() async {
        // The database has it all; the file is for the verbs that find no running node.
        try? await saveRoster()
        await replica.close()
        executor.stop()
    }

    /// Writes down for `admit` what the control lane has brought since the folder was set up.
    func saveRoster() async throws {
        guard let known = await replica.roster?.entries,
            try directory.roster().entries.count < known.count
        else { return }
        try directory.save(known)
    }

    private static func trouble(_ ending: LinkSession.Ending) -> String? {
        switch ending {
        case .closed(.goingAway): nil
        case .closed(.linkLost): "the link was lost"
        case .closed(let reason): "the session was closed: \(reason)"
        case .notAuthentic(let why): "it is not of this tenant, or was altered: \(why)"
        case .storageFailed(let why): "the storage failed: \(why)"
        }
    }

    /// What makes this machine itself: a copied folder on another machine begins a new incarnation.
    static var host: ContentHash {
        let identity = try? DurableFile.read(URL(fileURLWithPath: "/etc/machine-id"))
        var preimage = ByteWriter()
        preimage.write(block: "warren.host.v1".utf8)
        preimage.write(bytes: identity ?? Array(ProcessInfo.processInfo.hostName.utf8))
        return BLAKE2bHasher().hash(preimage.bytes)
    }
}
