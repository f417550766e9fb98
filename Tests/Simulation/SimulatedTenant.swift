import CRDT
import EdgeNode
import ReplicaStorage
import Sealing
import Signing

/// The trust of a simulated fleet: one tenant, one device a box, keys and signatures real or stood
/// in.
struct SimulatedTenant: Sendable {
    let tenant: TenantID
    let scheme: any SignatureScheme
    let cipher: any FrameCipher
    let identities: [DeviceIdentity]
    let sites: [RowID]
    let epochKey: SecretBytes
    let controlKey: SecretBytes

    init(boxes: Int, isRealCrypto: Bool, _ dice: inout Dice) {
        scheme = isRealCrypto ? Ed25519Signatures() : StandInSignatures()
        cipher = isRealCrypto ? XChaChaCipher() : StandInCipher()
        tenant = TenantID(UInt128(dice.next()) << 64 | UInt128(dice.next()))
        var identities: [DeviceIdentity] = []
        for _ in 0..<boxes {
            identities.append(
                DeviceIdentity(seed: SecretBytes(copying: dice.bytes(32)), scheme: scheme))
        }
        self.identities = identities
        sites = (0..<boxes).map { RowID(prefix: 77, counter: UInt64($0 + 1)) }
        epochKey = SecretBytes(copying: dice.bytes(32))
        controlKey = SecretBytes(copying: dice.bytes(32))
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
        citing rosterHead: ContentHash?
    ) -> RightsVerdict { .allowed(speakingSite: sitesByDevice[writer.device]) }
}
