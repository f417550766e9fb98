public import CRDT

/// What a writer signs when it sends: the head of its chain. The chain hash covers every
/// transaction below, so one signature a frame is enough (`Signatures.md`, Heads).
public struct ChainHead: Hashable, Sendable {
    /// Whose data.
    public let tenant: TenantID
    /// Who wrote.
    public let writer: WriterID
    /// The last covered sequence, 1 or more.
    public let sequence: UInt64
    /// The chain hash at `sequence`.
    public let chain: ContentHash

    /// Names one head of one writer of one tenant.
    public init(tenant: TenantID, writer: WriterID, sequence: UInt64, chain: ContentHash) {
        self.tenant = tenant
        self.writer = writer
        self.sequence = sequence
        self.chain = chain
    }

    /// The 91 bytes under the signature: domain, tenant, device, incarnation, sequence, chain.
    public var message: [UInt8] {
        var message = ByteWriter(domain: .head, capacity: 91)
        message.write(id: tenant.value)
        message.write(id: writer.device.value)
        message.write(fixed: writer.incarnation)
        message.write(fixed: sequence)
        message.write(hash: chain)
        return message.bytes
    }

    /// Signs this head. The identity must be the writer's own device.
    public func signed(by identity: DeviceIdentity) -> Signature {
        precondition(identity.device == writer.device, "a device signs only its own heads")
        return identity.sign(message)
    }

    /// Whether `key` signed this head; the caller has `key` from the roster.
    public func isSigned(
        _ signature: Signature, by key: SigningKey, _ scheme: any SignatureScheme
    ) -> Bool {
        DeviceID(key) == writer.device && scheme.verifies(signature, of: message, by: key)
    }
}
