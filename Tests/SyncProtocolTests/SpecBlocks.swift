import CRDT
import Foundation
import Testing

/// A hex block of a format document: ```` ```hex name ```` or ```` ```hex name refused:error ````.
struct SpecBlock: CustomTestStringConvertible {
    let name: String
    let refusal: String?
    let bytes: [UInt8]

    var testDescription: String { name }

    static let wireFormat = blocks(of: "Sources/SyncProtocol/SyncProtocol.docc/Wire-Format.md")
    static let accepted = wireFormat.filter { $0.refusal == nil }
    static let refused = wireFormat.filter { $0.refusal != nil }

    static func blocks(of path: String) -> [SpecBlock] {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = (try? String(contentsOf: root.appending(path: path), encoding: .utf8)) ?? ""
        return text.components(separatedBy: "```hex ").dropFirst().map { part in
            let body = part.components(separatedBy: "```")[0].components(separatedBy: "\n")
            let head = body[0].components(separatedBy: " refused:")
            return SpecBlock(
                name: head[0], refusal: head.count > 1 ? head[1] : nil,
                bytes: hexadecimal(body.dropFirst().joined()))
        }
    }

    private static func hexadecimal(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue)
        return stride(from: 0, to: digits.count - 1, by: 2).map {
            UInt8(digits[$0] << 4 | digits[$0 + 1])
        }
    }
}

extension DecodingError {
    /// As the documents name it: the case.
    var title: String {
        switch self {
        case .truncated: "truncated"
        case .trailing: "trailing"
        case .varintNotMinimal: "varintNotMinimal"
        case .beyondLimit: "beyondLimit"
        case .unknownVersion: "unknownVersion"
        case .unknownCode: "unknownCode"
        case .notUTF8: "notUTF8"
        case .notCanonical: "notCanonical"
        case .stampOutOfRange: "stampOutOfRange"
        }
    }
}
