internal import CRDT
internal import Sealing
public import Signing
public import SyncProtocol

/// A key pair towards a relay and the mailbox that it opens.
public struct RelayAccess: Sendable {
    /// The relay that is meant; another one that answers is left.
    public let relay: RelayID
    /// The tenant's place there.
    public let mailbox: MailboxID
    /// The public half of the pair.
    public let key: RelayKey
    private let pair: SigningKeyPair
    private let scheme: any SignatureScheme

    /// - Parameter seed: 32 bytes that are used towards this relay only.
    public init(
        relay: RelayID, mailbox: MailboxID, seed: SecretBytes, scheme: any SignatureScheme
    ) {
        self.relay = relay
        self.mailbox = mailbox
        self.scheme = scheme
        pair = scheme.keyPair(seed: seed)
        guard let key = RelayKey(bytes: pair.publicKey.bytes) else {
            preconditionFailure("a signing key has 32 bytes")
        }
        self.key = key
    }

    /// What the box says at the door.
    func address(_ purpose: RelayClaim.Purpose) -> MailboxAddress {
        MailboxAddress(
            relay: relay, claim: RelayClaim(purpose: purpose, mailbox: mailbox, key: key))
    }

    /// Signs what `MailboxSession` asks for: it begins with its domain.
    func sign(_ message: [UInt8]) -> [UInt8] { scheme.sign(message, with: pair).bytes }

    /// A name for this mailbox in this box's own file.
    public var name: String { "\(RowName.text(relay.value)) \(RowName.text(mailbox.value))" }
}
