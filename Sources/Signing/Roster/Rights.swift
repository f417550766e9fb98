public import CRDT

/// What a device may do: keep the roster or not, write which collections.
public struct Rights: Hashable, Sendable {
    /// Collections a device may write.
    public enum Collections: Hashable, Sendable {
        /// Every collection, those of later packs included.
        case all
        /// These and no other; empty means read-only.
        case only(Set<UInt32>)
    }

    /// May sign add, revoke, reduce and hand over a site's voice.
    public let isAdmin: Bool
    /// Where its transactions are accepted.
    public let collections: Collections

    /// Names a role and its collections.
    public init(isAdmin: Bool, collections: Collections) {
        self.isAdmin = isAdmin
        self.collections = collections
    }

    /// An admin box that writes everything: the first device.
    public static let full = Rights(isAdmin: true, collections: .all)
    /// An ordinary box: writes everything, keeps no roster.
    public static let desk = Rights(isAdmin: false, collections: .all)
    /// A dashboard.
    public static let readOnly = Rights(isAdmin: false, collections: .only([]))

    /// Whether a transaction may touch a collection.
    public func mayWrite(_ collection: UInt32) -> Bool {
        switch collections {
        case .all: true
        case .only(let listed): listed.contains(collection)
        }
    }

    /// What both allow.
    public func reduced(to other: Rights) -> Rights {
        let common: Collections
        switch (collections, other.collections) {
        case (.all, let rest), (let rest, .all): common = rest
        case (.only(let left), .only(let right)): common = .only(left.intersection(right))
        }
        return Rights(isAdmin: isAdmin && other.isAdmin, collections: common)
    }
}

extension Rights {
    private static let adminFlag: UInt8 = 1
    private static let allFlag: UInt8 = 2

    /// One byte of flags; a list of ascending varints unless all collections are meant.
    func encode(into writer: inout ByteWriter) {
        let admin = isAdmin ? Self.adminFlag : 0
        switch collections {
        case .all: writer.write(byte: admin | Self.allFlag)
        case .only(let listed):
            writer.write(byte: admin)
            writer.write(count: listed.count)
            for collection in listed.sorted() { writer.write(varint: UInt64(collection)) }
        }
    }

    static func decode(from reader: inout ByteReader) throws(DecodingError) -> Rights {
        let flags = try reader.byte()
        guard flags & ~(adminFlag | allFlag) == 0 else {
            throw .unknownCode("rights", UInt64(flags))
        }
        let isAdmin = flags & adminFlag != 0
        if flags & allFlag != 0 { return Rights(isAdmin: isAdmin, collections: .all) }
        let count = try reader.count(upTo: RosterLimits.collectionsMax, of: "collections")
        var listed: Set<UInt32> = []
        var last: UInt32?
        for _ in 0..<count {
            let collection = try reader.number32(of: "collection")
            if let last, last >= collection { throw .notCanonical("collection order") }
            last = collection
            listed.insert(collection)
        }
        return Rights(isAdmin: isAdmin, collections: .only(listed))
    }
}

/// How much of a writer stays accepted when its device loses rights: everything up to `sequence`,
/// pinned by the chain hash there.
public struct Cut: Hashable, Sendable {
    /// The writer's incarnation; the device is named by the entry.
    public let incarnation: UInt32
    /// The last sequence within the cut, 1 or more.
    public let sequence: UInt64
    /// The chain hash at `sequence`: another branch lies beyond the cut.
    public let chain: ContentHash

    /// Pins one incarnation at one transaction.
    public init(incarnation: UInt32, sequence: UInt64, chain: ContentHash) {
        self.incarnation = incarnation
        self.sequence = sequence
        self.chain = chain
    }
}

extension Cut {
    static func encode(_ cuts: [Cut], into writer: inout ByteWriter) {
        writer.write(count: cuts.count)
        for cut in cuts {
            writer.write(fixed: cut.incarnation)
            writer.write(fixed: cut.sequence)
            writer.write(hash: cut.chain)
        }
    }

    static func decodeList(from reader: inout ByteReader) throws(DecodingError) -> [Cut] {
        let count = try reader.count(upTo: RosterLimits.cutsMax, leastBytes: 44, of: "cuts")
        var cuts: [Cut] = []
        cuts.reserveCapacity(count)
        for _ in 0..<count {
            let incarnation = try reader.fixed(UInt32.self)
            let cut = Cut(
                incarnation: incarnation, sequence: try reader.sequence(),
                chain: try reader.hash())
            if let last = cuts.last, last.incarnation >= cut.incarnation {
                throw .notCanonical("cut order")
            }
            cuts.append(cut)
        }
        return cuts
    }
}
