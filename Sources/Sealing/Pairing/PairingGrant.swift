public import CRDT
public import Signing

/// What makes a newcomer a member: the tenant's keys and its place in the tenant.
public struct PairingGrant: Sendable {
    public let tenant: TenantID
    /// The site at which the newcomer stands.
    public let site: RowID
    /// Opens control lane and links.
    public let controlKey: SecretBytes
    /// 1 to `PairingLimits.epochsMax`, newest last.
    public let epochKeys: [SecretBytes]
    /// `true` only in a counter-check: nothing is encrypted.
    public let hasStandInSeal: Bool
    /// Bytes that only the rooms above understand, at most `PairingLimits.handoverBytesMax`.
    public let handover: [UInt8]

    public init(
        tenant: TenantID, site: RowID, controlKey: SecretBytes, epochKeys: [SecretBytes],
        hasStandInSeal: Bool = false, handover: [UInt8] = []
    ) {
        precondition(
            (1...PairingLimits.epochsMax).contains(epochKeys.count)
                && handover.count <= PairingLimits.handoverBytesMax,
            "a grant has 1 to 240 epoch keys and a handover of at most 16 KiB")
        self.tenant = tenant
        self.site = site
        self.controlKey = controlKey
        self.epochKeys = epochKeys
        self.hasStandInSeal = hasStandInSeal
        self.handover = handover
    }
}

/// A grant as it lies in its sealed box: signed by the device whose key the person compared, for
/// this conversation alone, and naming the roster that follows.
struct SignedGrant {
    let grant: PairingGrant
    /// How many entries follow.
    let entries: Int
    /// The head of the roster that they make.
    let head: ContentHash

    private static let standInFlag: UInt8 = 1

    func encoded(in transcript: ContentHash, by author: DeviceIdentity) -> SecretBytes {
        var writer = ByteWriter(capacity: 256)
        writer.write(id: grant.tenant.value)
        writer.write(id: grant.site.value)
        writer.write(byte: grant.hasStandInSeal ? Self.standInFlag : 0)
        Self.write(grant.controlKey, to: &writer)
        writer.write(count: grant.epochKeys.count)
        for key in grant.epochKeys { Self.write(key, to: &writer) }
        writer.write(count: entries)
        writer.write(hash: head)
        writer.write(block: grant.handover)
        let signature = author.sign(Self.preimage(transcript, writer.bytes[...]))
        return SecretBytes(copying: signature.bytes + writer.bytes)
    }

    /// - Throws: `DecodingError`; also where the signature is not of `author` for this transcript.
    init(
        decoding bytes: [UInt8], in transcript: ContentHash, by author: SigningKey,
        _ scheme: any SignatureScheme
    ) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let signature = try reader.signature()
        let preimage = Self.preimage(transcript, bytes[reader.offset...])
        guard scheme.verifies(signature, of: preimage, by: author) else {
            throw .notCanonical("signature")
        }
        let (tenant, site) = (TenantID(try reader.id()), RowID(try reader.id()))
        let flags = try reader.byte()
        guard flags & ~Self.standInFlag == 0 else { throw .unknownCode("seal", UInt64(flags)) }
        let controlKey = SecretBytes(copying: Array(try reader.take(32)))
        let count = try reader.count(
            upTo: PairingLimits.epochsMax, leastBytes: 32, of: "epoch keys")
        guard count > 0 else { throw .truncated }
        var keys: [SecretBytes] = []
        for _ in 0..<count { keys.append(SecretBytes(copying: Array(try reader.take(32)))) }
        entries = Int(try reader.count(upTo: RosterLimits.entriesMax, leastBytes: 0, of: "entries"))
        head = try reader.hash()
        grant = PairingGrant(
            tenant: tenant, site: site, controlKey: controlKey, epochKeys: keys,
            hasStandInSeal: flags != 0,
            handover: Array(try reader.block(upTo: PairingLimits.handoverBytesMax, of: "handover")))
        try reader.finish()
    }

    init(_ grant: PairingGrant, entries: Int, head: ContentHash) {
        self.grant = grant
        self.entries = entries
        self.head = head
    }

    private static func write(_ key: SecretBytes, to writer: inout ByteWriter) {
        precondition(key.count == 32, "keys have 32 bytes")
        key.withBytes { writer.write(bytes: UnsafeBufferPointer(start: $0, count: 32)) }
    }

    private static func preimage(_ transcript: ContentHash, _ body: ArraySlice<UInt8>) -> [UInt8] {
        var preimage = ByteWriter(domain: .pairGrant, capacity: body.count + 64)
        preimage.write(hash: transcript)
        preimage.write(bytes: body)
        return preimage.bytes
    }
}
