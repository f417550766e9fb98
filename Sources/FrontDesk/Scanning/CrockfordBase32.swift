/// Base 32 without I, L, O and U, so that people and scanners mistake nothing.
enum CrockfordBase32 {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    /// The least significant `digits` digits, most significant first.
    static func encode(_ value: UInt128, digits: Int) -> String {
        var value = value
        var out = [UInt8](repeating: 0, count: digits)
        for index in out.indices.reversed() {
            out[index] = alphabet[Int(value & 31)]
            value >>= 5
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A capital's or digit's value; O reads as 0, I and L as 1.
    static func value(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "O"): 0
        case UInt8(ascii: "I"), UInt8(ascii: "L"): 1
        default: alphabet.firstIndex(of: byte).map(UInt8.init)
        }
    }
}
