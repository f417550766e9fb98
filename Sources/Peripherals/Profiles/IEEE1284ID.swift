/// What a printer calls itself: `MFG:Zebra;CMD:ZPL;MDL:…;` (IEEE 1284-2000, 7.6). Keys are kept in
/// their short form.
public struct IEEE1284ID: Sendable, Hashable {
    public let values: [String: String]

    private static let shortKeys = [
        "MANUFACTURER": "MFG", "MODEL": "MDL", "COMMAND SET": "CMD", "DESCRIPTION": "DES",
        "CLASS": "CLS", "SERIALNUMBER": "SN", "SERN": "SN",
    ]
    /// Longer ids are cut; real ones have less than 300 bytes.
    static let bytesMax = 4_096

    public init(_ text: String) {
        var values: [String: String] = [:]
        for pair in text.split(separator: ";") {
            guard let colon = pair.firstIndex(of: ":") else { continue }
            let key = Self.trimmed(pair[..<colon]).uppercased()
            let value = Self.trimmed(pair[pair.index(after: colon)...])
            guard !key.isEmpty, !value.isEmpty else { continue }
            let short = Self.shortKeys[key] ?? key
            // The first one counts.
            if values[short] == nil { values[short] = value }
        }
        self.values = values
    }

    /// The answer to GET_DEVICE_ID: two bytes of length, which count themselves, and the text. The
    /// length is big-endian; some devices get that wrong, so the reading that fits is taken, and a
    /// length beyond the bytes ends where they end.
    public init(_ bytes: [UInt8]) {
        guard bytes.count > 2 else {
            self.init("")
            return
        }
        let lengths = [
            Int(bytes[0]) << 8 | Int(bytes[1]), Int(bytes[1]) << 8 | Int(bytes[0]),
        ]
        let fitting = lengths.first { (3...bytes.count).contains($0) } ?? bytes.count
        let text = bytes[2..<min(fitting, Self.bytesMax)].prefix { $0 != 0 }
        self.init(String(decoding: text, as: UTF8.self))
    }

    /// The languages it says it speaks, in capitals.
    public var languages: [String] {
        (values["CMD"] ?? "").split(separator: ",").map { Self.trimmed($0).uppercased() }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
