public import CRDT

/// Says which key a device uses towards a relay, so that whoever keeps the mailbox's keys can let
/// it in, and put it out once it is revoked (`Control-Lane.md`, Relay keys). It travels in the
/// control lane and nowhere else: the relay never learns whose key it is.
public struct RelayKeyNote: Hashable, Sendable {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    /// Of the device.
    public let tenant: TenantID
    /// Who says so: the device itself, or an admin that admitted it.
    public let author: DeviceID
    /// Whose key it is.
    public let device: DeviceID
    /// The relay's id.
    public let relay: UInt128
    /// The mailbox's id there.
    public let mailbox: UInt128
    /// The public key.
    public let key: SigningKey
    /// By `author` over domain `relayKey` and everything before the signature.
    public let signature: Signature
    /// As written or received; stored and forwarded unchanged.
    public let bytes: [UInt8]

    /// Writes and signs a note.
    public init(
        tenant: TenantID, device: DeviceID, relay: UInt128, mailbox: UInt128, key: SigningKey,
        by identity: DeviceIdentity
    ) {
        var writer = ByteWriter(capacity: 192)
        writer.write(byte: Self.formatVersion)
        writer.write(id: tenant.value)
        writer.write(id: identity.device.value)
        writer.write(id: device.value)
        writer.write(id: relay)
        writer.write(id: mailbox)
        writer.write(bytes: key.bytes)
        signature = identity.sign(Self.message(writer.bytes[...]))
        writer.write(bytes: signature.bytes)
        bytes = writer.bytes
        self.tenant = tenant
        author = identity.device
        self.device = device
        self.relay = relay
        self.mailbox = mailbox
        self.key = key
    }

    /// Decodes a note that fills `bytes` exactly; says nothing about the signature.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        tenant = TenantID(try reader.id())
        author = DeviceID(try reader.id())
        device = DeviceID(try reader.id())
        relay = try reader.id()
        mailbox = try reader.id()
        key = try reader.signingKey()
        signature = try reader.signature()
        try reader.finish()
        self.bytes = bytes
    }

    /// Names the note: BLAKE2b-256 over domain `relayKey` and all bytes.
    public var hash: ContentHash { BLAKE2bHasher().hash(Self.message(bytes[...])) }

    /// Whether the author's key, which the caller has from the roster, signed these very bytes.
    public func isSigned(by key: SigningKey, _ scheme: any SignatureScheme) -> Bool {
        DeviceID(key) == author
            && scheme.verifies(
                signature, of: Self.message(bytes[..<(bytes.count - 64)]), by: key)
    }

    private static func message(_ unsigned: ArraySlice<UInt8>) -> [UInt8] {
        var message = ByteWriter(domain: .relayKey, capacity: unsigned.count + 24)
        message.write(bytes: unsigned)
        return message.bytes
    }
}
