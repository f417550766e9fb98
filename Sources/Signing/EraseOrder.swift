public import CRDT

/// Why a person's data is erased. An open set: an unknown reason is carried and obeyed.
public struct EraseReason: RawRepresentable, Hashable, Sendable {
    /// The byte that travels.
    public let rawValue: UInt8
    /// Wraps any byte.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The person asked for it.
    public static let request = EraseReason(rawValue: 1)
    /// The tenant's retention period is over.
    public static let retention = EraseReason(rawValue: 2)
    /// An authority or a court ordered it.
    public static let order = EraseReason(rawValue: 3)
}

/// A personal section that leaves the stored frames.
public struct NamedSection: Hashable, Sendable {
    /// Whose transaction holds it.
    public let writer: WriterID
    /// Which transaction, 1 or more.
    public let sequence: UInt64
    /// The salted hash that stays behind.
    public let hash: ContentHash

    /// Names one section of one transaction.
    public init(writer: WriterID, sequence: UInt64, hash: ContentHash) {
        self.writer = writer
        self.sequence = sequence
        self.hash = hash
    }
}

extension NamedSection: Comparable {
    /// By writer, then sequence, then hash.
    public static func < (left: NamedSection, right: NamedSection) -> Bool {
        (left.writer, left.sequence, left.hash) < (right.writer, right.sequence, right.hash)
    }
}

/// The final order to erase one subject, carried in the control lane (`Roster.md`, Erase orders).
///
/// This type is the bytes and the signature; what an order does to a replica is told elsewhere.
public struct EraseOrder: Hashable, Sendable {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    /// Whose data.
    public let tenant: TenantID
    /// The device that ordered it.
    public let author: DeviceID
    /// The row that stands for the person.
    public let subject: RowID
    /// Told to whoever asks why the fields are empty.
    public let reason: EraseReason
    /// The one clock that every erased cell takes.
    public let stamp: Stamp
    /// Strictly ascending; at most `RosterLimits.eraseSectionsMax`.
    public let sections: [NamedSection]
    /// By `author` over domain `erase` and everything before the signature.
    public let signature: Signature
    /// As written or received; stored and forwarded unchanged.
    public let bytes: [UInt8]

    /// Signs an order. Sections are sorted and freed of doubles.
    ///
    /// - Returns: `nil` above `RosterLimits.eraseSectionsMax` sections: write several orders.
    public init?(
        tenant: TenantID, subject: RowID, reason: EraseReason, stamp: Stamp,
        sections: [NamedSection], by identity: DeviceIdentity
    ) {
        let sorted = Set(sections).sorted()
        guard sorted.count <= RosterLimits.eraseSectionsMax else { return nil }
        var writer = ByteWriter(capacity: 160 + sorted.count * 60)
        writer.write(byte: Self.formatVersion)
        writer.write(id: tenant.value)
        writer.write(id: identity.device.value)
        writer.write(id: subject.value)
        writer.write(byte: reason.rawValue)
        writer.write(fixed: stamp.value)
        writer.write(count: sorted.count)
        for section in sorted {
            writer.write(id: section.writer.device.value)
            writer.write(fixed: section.writer.incarnation)
            writer.write(fixed: section.sequence)
            writer.write(hash: section.hash)
        }
        signature = identity.sign(Self.message(writer.bytes[...]))
        writer.write(bytes: signature.bytes)
        bytes = writer.bytes
        self.tenant = tenant
        author = identity.device
        self.subject = subject
        self.reason = reason
        self.stamp = stamp
        self.sections = sorted
    }

    /// Decodes an order that fills `bytes` exactly; says nothing about the signature.
    ///
    /// - Throws: a `DecodingError` for anything the other initializer would not have written.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count <= RosterLimits.entryBytesMax else { throw .beyondLimit("erase order") }
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        tenant = TenantID(try reader.id())
        author = DeviceID(try reader.id())
        subject = RowID(try reader.id())
        reason = EraseReason(rawValue: try reader.byte())
        guard let stamp = Stamp(try reader.fixed(UInt64.self)) else { throw .stampOutOfRange }
        self.stamp = stamp
        sections = try Self.decodeSections(from: &reader)
        signature = try reader.signature()
        try reader.finish()
        self.bytes = bytes
    }

    /// Names the order for deduplication: BLAKE2b-256 over domain `erase` and all bytes.
    public var hash: ContentHash { BLAKE2bHasher().hash(Self.message(bytes[...])) }

    /// Whether the author's key, which the caller has from the roster, signed these very bytes.
    public func isSigned(by key: SigningKey, _ scheme: any SignatureScheme) -> Bool {
        DeviceID(key) == author
            && scheme.verifies(
                signature, of: Self.message(bytes[..<(bytes.count - 64)]), by: key)
    }

    private static func message(_ unsigned: ArraySlice<UInt8>) -> [UInt8] {
        var message = ByteWriter(domain: .erase, capacity: unsigned.count + 20)
        message.write(bytes: unsigned)
        return message.bytes
    }

    private static func decodeSections(
        from reader: inout ByteReader
    ) throws(DecodingError) -> [NamedSection] {
        let count = try reader.count(
            upTo: RosterLimits.eraseSectionsMax, leastBytes: 60, of: "erased sections")
        var sections: [NamedSection] = []
        sections.reserveCapacity(count)
        for _ in 0..<count {
            let device = DeviceID(try reader.id())
            let writer = WriterID(device: device, incarnation: try reader.fixed(UInt32.self))
            let sequence = try reader.sequence()
            let section = NamedSection(
                writer: writer, sequence: sequence, hash: try reader.hash())
            if let last = sections.last, last >= section { throw .notCanonical("section order") }
            sections.append(section)
        }
        return sections
    }
}

extension ByteReader {
    /// A fixed 8-byte sequence: 1 or more, below 2^62.
    mutating func sequence() throws(DecodingError) -> UInt64 {
        let sequence = try fixed(UInt64.self)
        guard sequence > 0, sequence < 1 << 62 else { throw .beyondLimit("sequence") }
        return sequence
    }
}
