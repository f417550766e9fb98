import CRDT
import Foundation
import Testing

/// `Vectors/transactions.json` as it stands on disk. Numbers that may pass 2^53 are decimal
/// strings, bytes and ids are hex.
struct VectorFile: Codable {
    var format: String
    var starts: [ChainStart]
    var good: [GoodVector]
    var bad: [BadVector]

    static func read(_ name: String) throws -> VectorFile {
        let url = Bundle.module.bundleURL.appendingPathComponent("Vectors/\(name).json")
        return try JSONDecoder().decode(VectorFile.self, from: Data(contentsOf: url))
    }
}

/// Where one writer's chain begins.
struct ChainStart: Codable {
    var tenant: String
    var device: String
    var incarnation: UInt32
    var chain: String

    init(tenant: UInt128, writer: WriterID, _ hasher: any ContentHasher) {
        self.tenant = hex(id: tenant)
        device = hex(id: writer.device.value)
        incarnation = writer.incarnation
        chain = chainStart(tenant: TenantID(tenant), writer: writer, hasher).bytes.hex
    }
}

/// Bytes that every reader accepts, and what they mean.
struct GoodVector: Codable, CustomTestStringConvertible {
    var description: String
    var transaction: TransactionContent
    var bytes: String
    /// The chain hash before and after, and the section hashes in between.
    var previous: String
    var sections: [String]
    var chain: String
    /// The good vector whose transaction this one is, with sections erased since.
    var erasureOf: String?

    var testDescription: String { description }
}

/// Bytes that every reader refuses, and why.
struct BadVector: Codable, CustomTestStringConvertible {
    struct Run: Codable {
        var hex: String
        var times: Int
    }

    var description: String
    /// Concatenated, each as often as it says.
    var runs: [Run]
    var refusal: String

    var bytes: [UInt8] {
        runs.flatMap { run in
            Array(repeatElement([UInt8](hex: run.hex) ?? [], count: run.times).joined())
        }
    }

    var testDescription: String { description }
}

extension [UInt8] {
    /// Two hex digits a byte; spaces and line ends are skipped.
    init?(hex text: String) {
        let digits = text.utf8.filter { $0 != 0x20 && $0 != 0x0A }
        guard digits.count % 2 == 0 else { return nil }
        self = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            let pair = String(decoding: digits[place..<(place + 2)], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16) else { return nil }
            append(byte)
        }
    }

    var hex: String {
        map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
