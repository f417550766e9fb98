/// A 32-byte hash. The algorithm is not this room's concern: `ContentHasher` brings it.
public struct ContentHash: Hashable, Sendable, Comparable {
    /// Four big-endian words of the 32 bytes, first word first.
    let words: (UInt64, UInt64, UInt64, UInt64)

    public init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = (first, second, third, fourth)
    }

    /// - Parameter bytes: exactly 32 bytes; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
        self.init(
            UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
            UInt64(bigEndian: words.3))
    }

    /// The first 8 bytes as a big-endian number: what contexts, dots and clocks carry.
    public var prefix: UInt64 { words.0 }

    /// The last 8 bytes, likewise.
    public var suffix: UInt64 { words.3 }

    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 32)
        writer.write(hash: self)
        return writer.bytes
    }

    public static func == (left: ContentHash, right: ContentHash) -> Bool {
        left.words == right.words
    }

    public static func < (left: ContentHash, right: ContentHash) -> Bool {
        left.words < right.words
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// The hash that chains, sections and digests use: BLAKE2b-256 in production (`Signing`).
public protocol ContentHasher: Sendable {
    func hash(_ bytes: [UInt8]) -> ContentHash
}

/// What is hashed names itself first, so that no hash of one kind can pass for another.
/// Each domain is written as one length byte and its ASCII name.
public enum HashDomain: String, Sendable, CaseIterable {
    case chain = "warren.chain.v1"
    case transaction = "warren.txn.v1"
    case section = "warren.section.v1"
    case row = "warren.row.v1"
    case vector = "warren.vector.v1"
    case device = "warren.device.v1"
    case head = "warren.head.v1"
    case tenant = "warren.tenant.v1"
    case entry = "warren.entry.v1"
    case roster = "warren.roster.v1"
    case erase = "warren.erase.v1"
    case epoch = "warren.epoch.v1"
    case frame = "warren.frame.v1"
    case control = "warren.control.v1"
    case lane = "warren.lane.v1"
    case link = "warren.link.v1"
    case relay = "warren.relay.v1"
    case relayKey = "warren.relaykey.v1"
    case relayPoint = "warren.relaypoint.v1"
    case invite = "warren.invite.v1"
    case item = "warren.item.v1"
    case mailbox = "warren.mailbox.v1"
    case pairPromise = "warren.pairpromise.v1"
    case pairTranscript = "warren.pairtranscript.v1"
    case pairGrant = "warren.pairgrant.v1"
}
