public import CRDT

/// One item of the control lane, opened (`Control-Lane.md`, Items). The first byte says what it is.
public enum ControlItem: Hashable, Sendable {
    /// A signed decision about devices.
    case entry(RosterEntry)
    /// The tips behind a head of several, which transactions may cite.
    case head(RosterHead)
    /// The order to erase a subject.
    case erase(EraseOrder)
    /// Which key a device uses towards a relay.
    case relayKey(RelayKeyNote)
    /// A later kind: kept and carried, changes nothing.
    case carried(kind: UInt8, body: [UInt8])

    private enum Kind: UInt8 {
        case entry = 1
        case head = 2
        case erase = 3
        case relayKey = 4
    }

    /// Reads an opened item; says nothing about signatures.
    ///
    /// - Throws: a `DecodingError` for a known kind with another body than its writer makes.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard let code = bytes.first, bytes.count > 1 else { throw .truncated }
        let body = Array(bytes.dropFirst())
        switch Kind(rawValue: code) {
        case .entry: self = .entry(try RosterEntry(decoding: body))
        case .head:
            let head = try RosterHead(decoding: body)
            guard head.tips.count > 1 else { throw .notCanonical("a head of one tip") }
            self = .head(head)
        case .erase: self = .erase(try EraseOrder(decoding: body))
        case .relayKey: self = .relayKey(try RelayKeyNote(decoding: body))
        case nil: self = .carried(kind: code, body: body)
        }
    }

    /// What is sealed for the lane.
    public var encoded: [UInt8] {
        switch self {
        case .entry(let entry): [Kind.entry.rawValue] + entry.bytes
        case .head(let head): [Kind.head.rawValue] + head.bytes
        case .erase(let order): [Kind.erase.rawValue] + order.bytes
        case .relayKey(let note): [Kind.relayKey.rawValue] + note.bytes
        case .carried(let kind, let body): [kind] + body
        }
    }

    /// The item's name on every replica: its own name where it has one, else BLAKE2b-256 over
    /// domain `control` and the item.
    public var id: ContentHash {
        switch self {
        case .entry(let entry): return entry.hash
        case .head(let head): return head.hash
        case .erase(let order): return order.hash
        case .relayKey(let note): return note.hash
        case .carried:
            var preimage = ByteWriter(domain: .control)
            preimage.write(bytes: encoded)
            return BLAKE2bHasher().hash(preimage.bytes)
        }
    }
}
