internal import CRDT
internal import Signing

/// The roster on its way to a newcomer: in parts, each bound to the conversation.
struct PairingRoster {
    private let transcript: ContentHash
    private var bytes = 0
    private(set) var entries: [RosterEntry] = []

    /// Parts of at most `PairingLimits.partBytesMax`, entries in their order.
    static func parts(of entries: [RosterEntry], in transcript: ContentHash) -> [SecretBytes] {
        var parts: [SecretBytes] = []
        var writer = ByteWriter()
        func begin() { writer.write(hash: transcript) }
        begin()
        for entry in entries {
            if writer.bytes.count + entry.bytes.count + 4 > PairingLimits.partBytesMax {
                parts.append(SecretBytes(copying: writer.bytes))
                writer.clear()
                begin()
            }
            writer.write(block: entry.bytes)
        }
        parts.append(SecretBytes(copying: writer.bytes))
        return parts
    }

    init(in transcript: ContentHash) { self.transcript = transcript }

    /// Reads one part.
    ///
    /// - Throws: `DecodingError` also for another conversation's part and beyond the bounds.
    mutating func read(_ part: [UInt8]) throws(DecodingError) {
        bytes += part.count
        guard bytes <= PairingLimits.rosterBytesMax else { throw .beyondLimit("roster") }
        var reader = ByteReader(part)
        guard try reader.hash() == transcript else { throw .notCanonical("conversation") }
        while !reader.isAtEnd {
            let block = try reader.block(upTo: RosterLimits.entryBytesMax, of: "roster entry")
            entries.append(try RosterEntry(decoding: Array(block)))
        }
        guard entries.count <= RosterLimits.entriesMax else { throw .beyondLimit("entries") }
    }
}
