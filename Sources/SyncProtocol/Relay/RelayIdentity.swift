public import CRDT

/// Which relay this is: 16 random bytes, drawn when its store was made. What a box signs names it,
/// so that no relay can pass a login on to another.
public struct RelayID: Hashable, Sendable {
    /// Most significant byte first on the wire.
    public let value: UInt128

    /// Wraps a number that was drawn or read.
    public init(_ value: UInt128) { self.value = value }
}

/// A tenant's place on a relay: 16 random bytes that say nothing of the tenant.
public struct MailboxID: Hashable, Sendable {
    /// Most significant byte first on the wire.
    public let value: UInt128

    /// Wraps a number that was drawn or read.
    public init(_ value: UInt128) { self.value = value }
}

/// A public signing key that is used towards relays only: 32 bytes. One a device, unlinkable to
/// its identity, or the admin key of a mailbox.
public struct RelayKey: Hashable, Sendable, Comparable {
    /// The 32 bytes as the signature scheme made them.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == RelayLimits.keyBytes else { return nil }
        self.bytes = Array(bytes)
    }

    /// By bytes, the order in which keys are listed.
    public static func < (left: RelayKey, right: RelayKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// 32 random bytes with which a relay challenges one connection.
public struct RelayNonce: Hashable, Sendable {
    /// Exactly 32.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == RelayLimits.nonceBytes else { return nil }
        self.bytes = Array(bytes)
    }
}

/// What an operator hands out so that one mailbox may be made: 32 random bytes, a secret until it
/// is used. A relay keeps only its hash.
public struct InviteToken: Hashable, Sendable {
    /// Exactly 32.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == RelayLimits.inviteBytes else { return nil }
        self.bytes = Array(bytes)
    }

    /// The hash under which a relay knows the token: domain `invite` and the 32 bytes.
    public func hash(_ hasher: some ContentHasher) -> ContentHash {
        var preimage = ByteWriter(domain: .invite)
        preimage.write(bytes: bytes)
        return hasher.hash(preimage.bytes)
    }
}

/// Says how long it is and nothing else: tokens turn up in no log.
extension InviteToken: CustomStringConvertible, CustomReflectable {
    public var description: String { "InviteToken(32)" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What ties a login to the connection on which it is said, known to both ends without being sent.
public enum ChannelBinding: Hashable, Sendable {
    /// No TLS: loopback only. Stands in for a binding with 32 zero bytes.
    case loopback
    /// TLS 1.3 exporter keying material (RFC 9266), 32 bytes. For libraries that offer it.
    case exporter(ContentHash)
    /// The hash of the relay's certificate as the box saw it: `ChannelBinding.endPoint`. As
    /// `tls-server-end-point` (RFC 5929), for the TLS library in use exports no keys.
    case serverCertificate(ContentHash)

    /// Binds to a certificate: domain `relayPoint` and its DER bytes.
    public static func endPoint(
        certificate: [UInt8], _ hasher: some ContentHasher
    ) -> ChannelBinding {
        var preimage = ByteWriter(domain: .relayPoint, capacity: certificate.count + 32)
        preimage.write(bytes: certificate)
        return .serverCertificate(hasher.hash(preimage.bytes))
    }

    /// The kind byte and 32 bytes.
    func write(to writer: inout ByteWriter) {
        switch self {
        case .loopback:
            writer.write(byte: 0)
            writer.write(hash: ContentHash(0, 0, 0, 0))
        case .exporter(let key):
            writer.write(byte: 1)
            writer.write(hash: key)
        case .serverCertificate(let hash):
            writer.write(byte: 2)
            writer.write(hash: hash)
        }
    }
}
