/// The three characters `]cm` by which a scanner says what kind of code it read (ISO/IEC 15424).
public struct AIMIdentifier: Sendable, Hashable {
    /// The code character, a letter.
    public let letter: UInt8
    /// The modifier, a digit or letter; its meaning depends on the kind of code.
    public let modifier: UInt8

    static let length = 3

    /// - Returns: nil unless these are exactly `]`, a letter, and a digit or letter.
    public init?(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.length, bytes[0] == UInt8(ascii: "]"), Self.isLetter(bytes[1]),
            Self.isLetter(bytes[2]) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[2])
        else { return nil }
        letter = bytes[1]
        modifier = bytes[2]
    }

    public var text: String {
        String(decoding: [UInt8(ascii: "]"), letter, modifier], as: UTF8.self)
    }

    /// Nil for a kind that no tag of ours and no common retail code has.
    public var symbology: Symbology? { Symbology.allCases.first { $0.letter == letter } }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}

/// A kind of code, as far as a desk meets it.
public enum Symbology: String, Sendable, CaseIterable {
    case code39, code93, code128, codabar, interleaved2of5
    case ean, dataBar, pdf417, dataMatrix, qrCode, aztec

    /// The code character of ISO/IEC 15424.
    var letter: UInt8 {
        switch self {
        case .code39: UInt8(ascii: "A")
        case .code93: UInt8(ascii: "G")
        case .code128: UInt8(ascii: "C")
        case .codabar: UInt8(ascii: "F")
        case .interleaved2of5: UInt8(ascii: "I")
        case .ean: UInt8(ascii: "E")
        case .dataBar: UInt8(ascii: "e")
        case .pdf417: UInt8(ascii: "L")
        case .dataMatrix: UInt8(ascii: "d")
        case .qrCode: UInt8(ascii: "Q")
        case .aztec: UInt8(ascii: "z")
        }
    }
}
