/// The words that fill a template's holes, as they are kept with a print job: one flat JSON object
/// with sorted keys, so that equal words are equal text.
public struct LabelData: Sendable, Hashable {
    public let values: [String: String]

    public init(_ values: [String: String]) { self.values = values }

    public var isEmpty: Bool { values.isEmpty }

    /// RFC 8259; read it back with any JSON reader as a dictionary of strings.
    public var text: String {
        let pairs = values.keys.sorted().map { key in
            Self.quoted(key) + ":" + Self.quoted(values[key] ?? "")
        }
        return "{" + pairs.joined(separator: ",") + "}"
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                out += scalar.value < 0x10 ? "\\u000" : "\\u00"
                out += String(scalar.value, radix: 16)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
