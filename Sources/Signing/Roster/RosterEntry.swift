public import CRDT

/// One signed entry of the roster, with the bytes it was written or received as (`Roster.md`,
/// Entries). Stored and forwarded unchanged.
public struct RosterEntry: Hashable, Sendable {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    /// Zero in a genesis, whose hash makes the id.
    public let tenant: TenantID
    /// The device (or kit) that signed.
    public let author: DeviceID
    /// Strictly ascending entry hashes; none in a genesis, 1 to 4 elsewhere.
    public let parents: [ContentHash]
    /// Kind and body.
    public let deed: RosterDeed
    /// By `author` over domain `entry` and everything before the signature.
    public let signature: Signature
    /// All bytes, the signature included.
    public let bytes: [UInt8]
    /// BLAKE2b-256 over domain `entry` and `bytes`: the entry's name.
    public let hash: ContentHash

    /// Writes and signs an entry.
    ///
    /// - Parameter parents: 1 to 4 hashes in any order; see `Roster.parentsForNext`.
    public init(
        tenant: TenantID, parents: [ContentHash], deed: RosterDeed, by identity: DeviceIdentity
    ) {
        let sorted = Set(parents).sorted()
        precondition(
            (1...RosterLimits.parentsMax).contains(sorted.count), "an entry has 1 to 4 parents")
        self.init(unchecked: tenant, sorted, deed, identity)
    }

    /// Writes the first entry of a tenant: signed by the recovery kit, naming the first device.
    public init(genesisBy kit: DeviceIdentity, firstDevice: PublicKeys, site: RowID) {
        let genesis = Genesis(recoveryKit: kit.keys, firstDevice: firstDevice, site: site)
        self.init(unchecked: TenantID(0), [], .genesis(genesis), kit)
    }

    private init(
        unchecked tenant: TenantID, _ parents: [ContentHash], _ deed: RosterDeed,
        _ identity: DeviceIdentity
    ) {
        var writer = ByteWriter(capacity: 256)
        writer.write(byte: Self.formatVersion)
        writer.write(byte: deed.kind)
        writer.write(id: tenant.value)
        writer.write(id: identity.device.value)
        writer.write(byte: UInt8(parents.count))
        for parent in parents { writer.write(hash: parent) }
        writer.write(block: deed.encodedBody)
        signature = identity.sign(Self.preimage(writer.bytes[...]))
        writer.write(bytes: signature.bytes)
        precondition(
            writer.bytes.count <= RosterLimits.entryBytesMax, "an entry has at most 64 KiB")
        self.tenant = tenant
        author = identity.device
        self.parents = parents
        self.deed = deed
        bytes = writer.bytes
        hash = BLAKE2bHasher().hash(Self.preimage(bytes[...]))
    }

    /// Decodes an entry that fills `bytes` exactly; says nothing about signature or authority.
    ///
    /// - Throws: a `DecodingError` for anything that no writer of this version makes.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count <= RosterLimits.entryBytesMax else { throw .beyondLimit("entry bytes") }
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        let kind = try reader.byte()
        tenant = TenantID(try reader.id())
        author = DeviceID(try reader.id())
        let count = Int(try reader.byte())
        guard count <= RosterLimits.parentsMax else { throw .beyondLimit("parents") }
        var parents: [ContentHash] = []
        for _ in 0..<count {
            let parent = try reader.hash()
            if let last = parents.last, last >= parent { throw .notCanonical("parent order") }
            parents.append(parent)
        }
        let isGenesis = kind == RosterKind.genesis.rawValue
        guard isGenesis == parents.isEmpty, isGenesis == (tenant.value == 0) else {
            throw .notCanonical("genesis")
        }
        self.parents = parents
        var body = try reader.nested(upTo: RosterLimits.entryBytesMax, of: "body bytes")
        deed = try RosterDeed.decode(kind: kind, from: &body)
        signature = try reader.signature()
        try reader.finish()
        self.bytes = bytes
        hash = BLAKE2bHasher().hash(Self.preimage(bytes[...]))
    }

    /// The tenant that a genesis founds: the first 16 bytes of BLAKE2b-256 over domain `tenant` and
    /// the bytes before the signature. `nil` for any other entry.
    public var foundedTenant: TenantID? {
        guard case .genesis = deed else { return nil }
        var preimage = ByteWriter(domain: .tenant, capacity: 256)
        preimage.write(bytes: bytes[..<(bytes.count - 64)])
        return TenantID(BLAKE2bHasher().hash(preimage.bytes).id)
    }

    /// Whether `key` is the author's and signed these very bytes.
    public func isSigned(by key: SigningKey, _ scheme: any SignatureScheme) -> Bool {
        DeviceID(key) == author
            && scheme.verifies(
                signature, of: Self.preimage(bytes[..<(bytes.count - 64)]), by: key)
    }

    private static func preimage(_ part: ArraySlice<UInt8>) -> [UInt8] {
        var preimage = ByteWriter(domain: .entry, capacity: part.count + 20)
        preimage.write(bytes: part)
        return preimage.bytes
    }
}
