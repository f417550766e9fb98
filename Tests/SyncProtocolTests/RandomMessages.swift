import CRDT
import SyncProtocol

extension Seeded {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }

    mutating func hash() -> ContentHash { ContentHash(next(), next(), next(), next()) }

    mutating func entries(upTo count: Int) -> [ContextEntry] {
        (0..<below(count + 1)).map { _ in
            ContextEntry(
                writer: toyWriter(below(6)), sequence: 1 + next() >> UInt64(2 + below(60)),
                chain: next())
        }
    }

    mutating func summary() -> Summary {
        Summary(
            generation: next(), schema: UInt32(truncatingIfNeeded: next()), rosterHead: hash(),
            vectorHash: hash(),
            digest: ContentDigest(
                words: [next(), next(), next(), next()], rows: Int64(bitPattern: next())),
            floor: hash())
    }

    mutating func message(_ kind: MessageKind) -> Message {
        switch kind {
        case .hello:
            let least = UInt8(1 + below(9))
            return .hello(
                Hello(
                    versions: least...(least + UInt8(below(9))),
                    nonce: UInt128(next()) << 64 | UInt128(next()), summary: summary()))
        case .vector: return .vector(VersionVector(entries(upTo: 12)))
        case .frame: return .frame(bytes(1 + below(80)))
        case .acknowledge:
            return .acknowledge(VersionVector(entries(upTo: 5)).entries)
        case .credit: return .credit(UInt32(1 + below(SyncLimits.windowBytes)))
        case .control: return .control(bytes(1 + below(80)))
        case .controlHeads: return .controlHeads((0..<below(5)).map { _ in hash() })
        case .pins: return .pins(VersionVector(entries(upTo: 12)).entries)
        case .status: return .status(summary())
        case .close: return .close(CloseReason.allCases[below(CloseReason.allCases.count)])
        }
    }

    mutating func message() -> Message {
        message(MessageKind.allCases[below(MessageKind.allCases.count)])
    }

    /// Cut, lengthened, a byte changed, a bit turned, or a piece moved.
    mutating func spoiled(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<(1 + below(3)) where !bytes.isEmpty {
            let place = below(bytes.count)
            switch below(6) {
            case 0: bytes.removeSubrange(place...)
            case 1: bytes += self.bytes(1 + below(40))
            case 2: bytes[place] = UInt8(truncatingIfNeeded: next())
            case 3: bytes[place] ^= 1 << UInt8(below(8))
            case 4: bytes.insert(0xFF, at: place)
            default: bytes.swapAt(place, below(bytes.count))
            }
        }
        return bytes
    }
}
