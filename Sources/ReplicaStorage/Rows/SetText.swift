internal import CRDT

/// How a set's elements stand in their column: a JSON array, so that SQL can open it with
/// `json_each`. Blobs and references are hexadecimal text.
enum SetText {
    static func encode(_ elements: [Value]) -> String {
        "[" + elements.map(element).joined(separator: ",") + "]"
    }

    private static func element(_ value: Value) -> String {
        switch value {
        case .null: "null"
        case .integer(let number): String(number)
        case .real(let number): number.isFinite ? String(number) : "null"
        case .text(let text): quoted(text)
        case .blob(let bytes): quoted(hexadecimal(bytes))
        case .reference(let row): quoted(hexadecimal(row.bytes))
        }
    }

    /// RFC 8259 section 7: quote, backslash and control characters are escaped.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case _ where scalar.value < 0x20:
                out += "\\u00" + hexadecimal([UInt8(scalar.value)])
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return String(decoding: out, as: UTF8.self)
    }
}
