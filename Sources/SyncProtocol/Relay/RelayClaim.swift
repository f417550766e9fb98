import CRDT

/// What a box says of itself to a relay, and the bytes that its key signs for it.
public struct RelayClaim: Hashable, Sendable {
    /// What it wants.
    public enum Purpose: Hashable, Sendable {
        /// To enter a mailbox.
        case login(RelayRole)
        /// To make a mailbox whose admin key is `key`, and enter it as admin.
        case create(InviteToken)
    }

    /// What it wants.
    public let purpose: Purpose
    /// Where.
    public let mailbox: MailboxID
    /// Who it says it is.
    public let key: RelayKey

    /// Joins the parts.
    public init(purpose: Purpose, mailbox: MailboxID, key: RelayKey) {
        self.purpose = purpose
        self.mailbox = mailbox
        self.key = key
    }

    /// The role that is entered when the claim holds.
    public var role: RelayRole {
        switch purpose {
        case .login(let role): role
        case .create: .admin
        }
    }

    /// What is signed: domain `relay`, version, purpose (1 device, 2 admin, 3 create), relay id,
    /// binding of the channel, nonce, mailbox, key and, for `create`, the token.
    public func message(
        version: UInt8, relay: RelayID, nonce: RelayNonce, binding: ChannelBinding
    ) -> [UInt8] {
        var writer = ByteWriter(domain: .relay, capacity: 224)
        writer.write(byte: version)
        switch purpose {
        case .login(let role): writer.write(byte: role.rawValue)
        case .create: writer.write(byte: 3)
        }
        writer.write(id: relay.value)
        binding.write(to: &writer)
        writer.write(bytes: nonce.bytes)
        writer.write(id: mailbox.value)
        writer.write(bytes: key.bytes)
        if case .create(let token) = purpose { writer.write(bytes: token.bytes) }
        return writer.bytes
    }
}

/// A claim with the signature that came with it and the bytes it must cover.
public struct SignedRelayClaim: Hashable, Sendable {
    /// What is claimed.
    public let claim: RelayClaim
    /// `RelayClaim.message` of this connection: made here, never taken from the peer.
    public let message: [UInt8]
    /// 64 bytes.
    public let signature: [UInt8]
}
