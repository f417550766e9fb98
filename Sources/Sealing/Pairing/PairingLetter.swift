internal import CRDT
internal import Signing

/// What two boxes say to each other while they pair (`Pairing.md`, Letters).
enum PairingLetter: Hashable, Sendable {
    static let formatVersion: UInt8 = 1

    /// The newcomer binds itself to what it will reveal.
    case opening(promise: ContentHash)
    /// The admitting box says who it is.
    case offer(PairingParty)
    /// The newcomer says who it is; must be what it promised.
    case reveal(PairingParty)
    /// A person has compared.
    case verdict(PairingVerdict)
    /// The tenant's keys, sealed to the newcomer.
    case grant([UInt8])
    /// Roster entries, sealed to the newcomer.
    case entries([UInt8])
    /// The newcomer has it all on disk, and says what only the rooms above understand.
    case stored(reply: [UInt8])
}

/// One side of a pairing, as it presents itself.
struct PairingParty: Hashable, Sendable {
    let nonce: [UInt8]
    let keys: PublicKeys
    /// What people call the site.
    let name: String
}

/// What a person decided, or why a box ends the pairing without one.
enum PairingVerdict: UInt8, Sendable, CaseIterable {
    case agreed = 1
    /// The code that was typed is not this box's.
    case codesDiffer = 2
    case declined = 3
    /// Nobody opened a pairing at this box, or another one is at it.
    case notOpen = 4
    /// Nobody answered in time.
    case expired = 5
    /// The other side broke the protocol.
    case malformed = 6
    /// The admitting box could not write the newcomer into the roster, or the newcomer its folder.
    case storeFailed = 7
    /// The newcomer's site would be called as another one of the business is.
    case nameTaken = 8
}

extension PairingLetter {
    private var kind: UInt8 {
        switch self {
        case .opening: 1
        case .offer: 2
        case .reveal: 3
        case .verdict: 4
        case .grant: 5
        case .entries: 6
        case .stored: 7
        }
    }

    func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 256)
        writer.write(byte: kind)
        switch self {
        case .opening(let promise):
            writer.write(byte: Self.formatVersion)
            writer.write(hash: promise)
        case .offer(let party), .reveal(let party):
            writer.write(bytes: party.nonce)
            writer.write(bytes: party.keys.signing.bytes)
            writer.write(bytes: party.keys.box.bytes)
            writer.write(text: party.name)
        case .verdict(let verdict): writer.write(byte: verdict.rawValue)
        case .grant(let sealed), .entries(let sealed): writer.write(bytes: sealed)
        case .stored(let reply): writer.write(block: reply)
        }
        return writer.bytes
    }

    /// - Throws: `DecodingError` for anything that no box would have sent.
    init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count <= PairingLimits.letterBytesMax else { throw .beyondLimit("letter") }
        var reader = ByteReader(bytes)
        let kind = try reader.byte()
        switch kind {
        case 1:
            let version = try reader.byte()
            guard version == Self.formatVersion else {
                throw .unknownCode("pairing version", UInt64(version))
            }
            self = .opening(promise: try reader.hash())
        case 2: self = .offer(try PairingParty(from: &reader))
        case 3: self = .reveal(try PairingParty(from: &reader))
        case 4:
            let code = try reader.byte()
            guard let verdict = PairingVerdict(rawValue: code) else {
                throw .unknownCode("verdict", UInt64(code))
            }
            self = .verdict(verdict)
        case 5: self = .grant(Array(try reader.take(reader.remaining)))
        case 6: self = .entries(Array(try reader.take(reader.remaining)))
        case 7:
            self = .stored(
                reply: Array(try reader.block(upTo: PairingLimits.replyBytesMax, of: "reply")))
        default: throw .unknownCode("letter", UInt64(kind))
        }
        try reader.finish()
    }

    /// What the opening binds: the whole reveal, nonce included.
    static func promise(of reveal: PairingParty) -> ContentHash {
        var preimage = ByteWriter(domain: .pairPromise, capacity: 512)
        preimage.write(bytes: PairingLetter.reveal(reveal).encoded())
        return BLAKE2bHasher().hash(preimage.bytes)
    }

    /// What was said before anybody compared; code and grant follow from it.
    static func transcript(
        promise: ContentHash, offer: PairingParty, reveal: PairingParty
    ) -> ContentHash {
        var preimage = ByteWriter(domain: .pairTranscript, capacity: 1_024)
        for letter in [Self.opening(promise: promise), .offer(offer), .reveal(reveal)] {
            preimage.write(block: letter.encoded())
        }
        return BLAKE2bHasher().hash(preimage.bytes)
    }
}

extension PairingParty {
    init(from reader: inout ByteReader) throws(DecodingError) {
        nonce = Array(try reader.take(PairingLimits.nonceBytes))
        guard let signing = SigningKey(bytes: try reader.take(32)),
            let box = BoxKey(bytes: try reader.take(32))
        else { throw .truncated }
        keys = PublicKeys(signing: signing, box: box)
        name = try reader.text(upTo: PairingLimits.nameBytesMax, of: "name")
        guard PairingName.fault(in: name) == nil else { throw .notCanonical("name") }
    }
}
