import CRDT
import Foundation
import Sealing
import Signing

/// The files of `Vectors/` as Swift values.
enum Vectors {
    static func read<Content: Decodable>(_ type: Content.Type, _ name: String) throws -> Content {
        let folder = Bundle.module.resourceURL!.appendingPathComponent("Vectors")
        let data = try Data(contentsOf: folder.appendingPathComponent(name + ".json"))
        return try JSONDecoder().decode(type, from: data)
    }
}

struct FrameVectors: Decodable {
    struct Case: Decodable { let name, sealed, verdict: String, transactions: [String] }
    let tenant, epochKey, commitment, nonce, deviceSeed, chain: String
    let cases: [Case]
}

struct ControlVectors: Decodable {
    struct Case: Decodable { let name, message, verdict, sealed: String }
    struct Wrap: Decodable { let seed, entropy, key, wrapped: String, number: UInt64 }
    let tenant, controlKey, nonce: String
    let initiator, responder: Int
    let cases: [Case]
    let wrap: Wrap
}

struct RosterVectors: Decodable {
    struct Case: Decodable { let name, bytes, hash, verdict: String }
    struct Erase: Decodable { let bytes, hash: String }
    struct Head: Decodable {
        let incarnation: UInt32, sequence: UInt64, chain, message, signature: String
    }
    let tenant, kitSeed, deviceSeed, secondSeed, device, second, severalHead, head: String
    let entries: [Case]
    let severalTips: [String]
    let erase: Erase
    let chainHead: Head
}

func hex(_ text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue).map(UInt8.init)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

func number(_ text: String) -> UInt128 { hex(text).reduce(0) { $0 << 8 | UInt128($1) } }

func secret(_ text: String) -> SecretBytes { SecretBytes(copying: hex(text)) }

extension ContentHash {
    init(hex text: String) { self = ContentHash(bytes: hex(text))! }
}

extension SealingError {
    /// As the vectors name it: the case without its values.
    var title: String {
        switch self {
        case .truncated: "truncated"
        case .tooLarge: "tooLarge"
        case .unknownVersion: "unknownVersion"
        case .unknownSuite: "unknownSuite"
        case .unknownEpoch: "unknownEpoch"
        case .notAuthentic: "notAuthentic"
        case .malformedPadding: "malformedPadding"
        case .malformedPacking: "malformedPacking"
        case .malformedContent: "malformedContent"
        }
    }
}
