/// The commands of ZPL II that a tag may use, and no others: nothing here changes a printer's
/// settings beyond the label, stores anything in it or asks it to move (`ZPL.md`).
enum ZPLCommand: Hashable {
    case startFormat
    case utf8
    /// Undoes what an earlier program left behind: origin, direction, mirror, reverse.
    case plainPage
    case printWidth(Int)
    case labelLength(Int)
    case origin(x: Int, y: Int)
    case font(ZPLRotation, height: Int)
    case reverse
    case box(width: Int, height: Int, weight: Int)
    case qrCode(dotsPerModule: Int)
    case text([UInt8])
    /// Dots as they are; its lower edge and right side lie away from the origin.
    case graphic(LabelPicture)
    case qrData(QRSymbol.Correction, QRSymbol.Mode, [UInt8])
    case separator
    case quantity(Int)
    case endFormat

    func write(to bytes: inout [UInt8]) {
        switch self {
        case .startFormat: bytes += "^XA".utf8
        case .utf8: bytes += "^CI28".utf8
        case .plainPage: bytes += "^LH0,0^PON^PMN^LRN".utf8
        case .printWidth(let dots): bytes += "^PW\(dots)".utf8
        case .labelLength(let dots): bytes += "^LL\(dots)".utf8
        case .origin(let x, let y): bytes += "^FO\(x),\(y)".utf8
        case .font(let rotation, let height):
            bytes += "^A0\(rotation.rawValue),\(height),\(height)".utf8
        case .reverse: bytes += "^FR".utf8
        case .box(let width, let height, let weight):
            bytes += "^GB\(width),\(height),\(weight)".utf8
        case .qrCode(let dots): bytes += "^BQN,2,\(dots)".utf8
        case .text(let text):
            bytes += "^FH_^FD".utf8
            ZPLText.escape(text, to: &bytes)
        case .graphic(let picture): ZPLGraphic.write(picture, to: &bytes)
        case .qrData(let correction, let mode, let payload):
            bytes += "^FH_^FD\(Self.letter(correction))M,\(Self.prefix(mode, payload.count))".utf8
            ZPLText.escape(payload, to: &bytes)
        case .separator: bytes += "^FS\n".utf8
        case .quantity(let copies): bytes += "^PQ\(copies)".utf8
        case .endFormat: bytes += "^XZ\n".utf8
        }
    }

    private static func letter(_ correction: QRSymbol.Correction) -> String {
        switch correction {
        case .low: "L"
        case .medium: "M"
        case .quartile: "Q"
        case .high: "H"
        }
    }

    /// Manual mode: the printer must not choose an encoding that makes a larger symbol.
    private static func prefix(_ mode: QRSymbol.Mode, _ count: Int) -> String {
        switch mode {
        case .alphanumeric: "A"
        case .bytes:
            "B" + String(repeating: "0", count: count < 10 ? 3 : count < 100 ? 2 : 1)
                + String(count)
        }
    }
}

/// Which way a field is turned, clockwise.
enum ZPLRotation: String, Hashable {
    case none = "N"
    case quarter = "R"
}
