internal import Foundation

/// Finds what the parser takes and others read differently: a member that is named twice in one
/// object (RFC 8259, 4), and a comma before a closing bracket. To be asked of text that the parser
/// took: it does not judge the rest.
struct JSONNames {
    private let bytes: [UInt8]
    private var index = 0
    /// The names of each object that is open; nil for an array.
    private var open: [Set<String>?] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// What is wrong and what to do, as a sentence without its stop; nil where nothing is.
    mutating func fault() -> String? {
        var expectsName = false
        var isAfterComma = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if Self.blanks.contains(byte) { continue }
            if isAfterComma, byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                return "a comma stands before a closing bracket; remove it"
            }
            isAfterComma = byte == UInt8(ascii: ",")
            switch byte {
            case UInt8(ascii: "{"):
                open.append([])
                expectsName = true
            case UInt8(ascii: "["):
                open.append(nil)
                expectsName = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                expectsName = false
            case UInt8(ascii: ","): expectsName = open.last.map { $0 != nil } ?? false
            case UInt8(ascii: ":"): expectsName = false
            case UInt8(ascii: "\""):
                let text = text()
                guard expectsName, let last = open.indices.last else { continue }
                if open[last]?.insert(text).inserted == false {
                    return "“\(text.prefix(64))” is said twice in one object; say it once"
                }
            default: break
            }
        }
        return nil
    }

    private static let blanks: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]

    /// The text whose opening quote was just read.
    private mutating func text() -> String {
        let start = index
        var isEscaped = false
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            if bytes[index] == UInt8(ascii: "\\") {
                isEscaped = true
                index += 1
            }
            index += 1
        }
        let content = bytes[min(start, bytes.count)..<min(index, bytes.count)]
        index += 1
        guard isEscaped else { return String(decoding: content, as: UTF8.self) }
        let quoted = Data("\"".utf8) + Data(content) + Data("\"".utf8)
        let text = try? JSONSerialization.jsonObject(with: quoted, options: .fragmentsAllowed)
        return text as? String ?? String(decoding: content, as: UTF8.self)
    }
}
