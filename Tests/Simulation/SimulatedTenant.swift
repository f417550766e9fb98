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

    init(boxes: Int, isRealCrypto: Bool, _ dice: inout Dice) throws {
        scheme = isRealCrypto ? Ed25519Signatures() : StandInSignatures()
        cipher = isRealCrypto ? XChaChaCipher() : StandInCipher()
        var identities: [DeviceIdentity] = []
        for _ in 0..<boxes {
            identities.append(
                DeviceIdentity(seed: SecretBytes(copying: dice.bytes(32)), scheme: scheme))
        }
        self.identities = identities
        sites = (0..<boxes).map { RowID(prefix: 77, counter: UInt64($0 + 1)) }
        roster = try Self.roster(of: identities, at: sites, scheme, &dice)
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

    /// What a box begins with; whatever the lane brings, the same rights hold in this fleet.
    var trust: TrustBook {
        TrustBook(roster, sealer: control, scheme: scheme, rights: { [rights] _ in rights })
    }

    func codec(_ box: Int, _ environment: NodeEnvironment) -> TenantCodec {
        var keys: [DeviceID: SigningKey] = [:]
        for identity in identities { keys[identity.device] = identity.keys.signing }
        let known = keys
        return TenantCodec(
            tenant: tenant, identity: identities[box], scheme: scheme,
            sealer: FrameSealer(
                tenant: tenant, epoch: Epoch(key: epochKey), cipher: cipher,
                options: FrameSealer.Options(isCompressing: false)),
            environment: environment, signingKey: { known[$0] })
    }

    var control: ControlSealer { ControlSealer(tenant: tenant, key: controlKey, cipher: cipher) }

    /// Each device speaks for its own site.
    var rights: FixedSpeakers {
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
