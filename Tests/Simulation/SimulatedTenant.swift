import CRDT
import EdgeNode
import ReplicaStorage
import Sealing
import Signing

/// The trust of a simulated fleet: one tenant, one device a box, keys and signatures real or stood
/// in.
struct SimulatedTenant: Sendable {
    let tenant: TenantID
    /// Everybody is admitted and may write everything from the first minute.
    let roster: Roster
    let scheme: any SignatureScheme
    let cipher: any FrameCipher
    let identities: [DeviceIdentity]
    let sites: [RowID]
    let epochKey: SecretBytes
    let controlKey: SecretBytes
    /// Boxes judge by the roster instead of by a table of who speaks where.
    let hasRealRoster: Bool

    /// - Parameter guest: a device that is in the roster beside the boxes; with one the roster
    ///   judges.
    init(
        boxes: Int, isRealCrypto: Bool, guest: SecretBytes?, _ dice: inout Dice
    ) throws {
        hasRealRoster = guest != nil
        scheme = isRealCrypto ? Ed25519Signatures() : StandInSignatures()
        cipher = isRealCrypto ? XChaChaCipher() : StandInCipher()
        var identities: [DeviceIdentity] = []
        for _ in 0..<boxes {
            identities.append(
                DeviceIdentity(seed: SecretBytes(copying: dice.bytes(32)), scheme: scheme))
        }
        self.identities = identities
        sites = (0..<boxes).map { RowID(prefix: 77, counter: UInt64($0 + 1)) }
        var roster = try Self.roster(of: identities, at: sites, scheme, &dice)
        if let guest {
            Self.seat(DeviceIdentity(seed: guest, scheme: scheme), identities, sites, &roster)
        }
        self.roster = roster
        tenant = roster.tenant
        epochKey = SecretBytes(copying: dice.bytes(32))
        controlKey = SecretBytes(copying: dice.bytes(32))
    }

    private static func roster(
        of identities: [DeviceIdentity], at sites: [RowID], _ scheme: any SignatureScheme,
        _ dice: inout Dice
    ) throws -> Roster {
        let kit = DeviceIdentity(
            seed: SecretBytes(copying: dice.bytes(32)), purpose: .recoveryKit, scheme: scheme)
        let genesis = RosterEntry(
            genesisBy: kit, firstDevice: identities[0].keys, site: sites[0])
        var roster = try Roster(genesis: genesis, scheme: scheme)
        for (identity, site) in zip(identities, sites).dropFirst() {
            let bundle = DeviceBundle(keys: identity.keys, site: site, rights: .full)
            _ = roster.admit(
                RosterEntry(
                    tenant: roster.tenant, parents: roster.parentsForNext, deed: .add(bundle),
                    by: identities[0]))
        }
        return roster
    }

    /// Adds the guest at a site of its own, and gives each box the voice of its site.
    private static func seat(
        _ guest: DeviceIdentity, _ identities: [DeviceIdentity], _ sites: [RowID],
        _ roster: inout Roster
    ) {
        let site = RowID(prefix: 77, counter: 1_000)
        var deeds = [
            RosterDeed.add(DeviceBundle(keys: guest.keys, site: site, rights: .desk))
        ]
        for (identity, site) in zip(identities, sites) {
            let writer = WriterID(device: identity.device, incarnation: 1)
            deeds.append(.speaker(site: site, writer: writer))
        }
        for deed in deeds {
            _ = roster.admit(
                RosterEntry(
                    tenant: roster.tenant, parents: roster.parentsForNext, deed: deed,
                    by: identities[0]))
        }
    }

    /// What a box begins with. Without the real roster the same rights hold whatever the lane
    /// brings.
    var trust: TrustBook {
        guard !hasRealRoster else { return TrustBook(roster, sealer: control, scheme: scheme) }
        return TrustBook(roster, sealer: control, scheme: scheme, rights: { [table] _ in table })
    }

    /// What judges at a box before its trust is read.
    var rights: any RightsJudge { hasRealRoster ? RosterRights(roster) : table }

    func codec(_ box: Int, _ environment: NodeEnvironment) -> TenantCodec {
        var keys: [DeviceID: SigningKey] = [:]
        for identity in identities { keys[identity.device] = identity.keys.signing }
        let known = keys
        return TenantCodec(
            tenant: tenant, identity: identities[box], scheme: scheme,
            sealer: sealer, environment: environment, signingKey: { known[$0] })
    }

    var sealer: FrameSealer {
        FrameSealer(
            tenant: tenant, epoch: Epoch(key: epochKey), cipher: cipher,
            options: FrameSealer.Options(isCompressing: false))
    }

    var control: ControlSealer { ControlSealer(tenant: tenant, key: controlKey, cipher: cipher) }

    /// Each device speaks for its own site.
    private var table: FixedSpeakers {
        var sitesByDevice: [DeviceID: RowID] = [:]
        for (box, identity) in identities.enumerated() {
            sitesByDevice[identity.device] = sites[box]
        }
        return FixedSpeakers(sitesByDevice: sitesByDevice)
    }
}

/// A roster that never changes: every device may write everything and speaks for its site.
struct FixedSpeakers: RightsJudge {
    let sitesByDevice: [DeviceID: RowID]

    func verdict(
        on transaction: Transaction, by writer: WriterID, sequence: UInt64, chain: ContentHash,
        citing rosterHead: ContentHash?,
        lineage: (TransactionName) throws(StorageError) -> Lineage
    ) -> RightsVerdict { .allowed(speakingSite: sitesByDevice[writer.device]) }
}
