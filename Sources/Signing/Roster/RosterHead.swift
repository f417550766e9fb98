public import CRDT

/// A state of the roster, named by its tips: the entries without children.
///
/// The name of a single tip is that tip's own hash, so that it resolves by itself. The name of
/// several is BLAKE2b-256 over domain `roster`, their count (varint) and their hashes ascending;
/// whoever cites such a name sends the tips along, in the control lane.
public struct RosterHead: Hashable, Sendable {
    /// Strictly ascending; at least one, at most `RosterLimits.tipsMax`.
    public let tips: [ContentHash]

    /// - Parameter tips: in any order; `nil` for none or too many.
    public init?(tips: some Collection<ContentHash>) {
        let sorted = Set(tips).sorted()
        guard (1...RosterLimits.tipsMax).contains(sorted.count) else { return nil }
        self.tips = sorted
    }

    /// The tips of a roster itself, which may be more than anyone announces.
    init(sorted tips: [ContentHash]) { self.tips = tips }

    /// What a transaction cites.
    public var hash: ContentHash {
        if tips.count == 1 { return tips[0] }
        var preimage = ByteWriter(domain: .roster, capacity: 32 + tips.count * 32)
        preimage.write(bytes: bytes)
        return BLAKE2bHasher().hash(preimage.bytes)
    }

    /// Count (varint) and hashes.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 2 + tips.count * 32)
        writer.write(count: tips.count)
        for tip in tips { writer.write(hash: tip) }
        return writer.bytes
    }

    /// Decodes a head that fills `bytes` exactly.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let count = try reader.count(upTo: RosterLimits.tipsMax, leastBytes: 32, of: "tips")
        guard count > 0 else { throw .notCanonical("head without tip") }
        var tips: [ContentHash] = []
        for _ in 0..<count {
            let tip = try reader.hash()
            if let last = tips.last, last >= tip { throw .notCanonical("tip order") }
            tips.append(tip)
        }
        try reader.finish()
        self.tips = tips
    }
}
