/// Dots as `^GFA` carries them: rows of hexadecimal digits, with the repeat counts that every ZPL
/// printer takes (ZPL II Programming Guide, "Alternative Data Compression Scheme").
///
/// `G` to `Y` repeat the next digit 1 to 19 times, `g` to `z` 20, 40, … 400 times, and both may
/// stand together. A comma fills the row with white, a colon is the row above once more.
enum ZPLGraphic {
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// `^GFA,bytes,bytes,bytes a row,data`.
    static func write(_ picture: LabelPicture, to bytes: inout [UInt8]) {
        let stride = picture.stride
        let size = stride * picture.height
        bytes += "^GFA,\(size),\(size),\(stride),".utf8
        var above: ArraySlice<UInt8> = []
        for row in 0..<picture.height {
            let dots = picture.bytes[(row * stride)..<((row + 1) * stride)]
            if row > 0, dots.elementsEqual(above) {
                bytes.append(UInt8(ascii: ":"))
            } else {
                write(row: dots, to: &bytes)
            }
            above = dots
        }
    }

    private static func write(row: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
        var nibbles = row.flatMap { [$0 >> 4, $0 & 15] }
        let isWhiteAtEnd = nibbles.last == 0
        while nibbles.last == 0 { nibbles.removeLast() }
        var place = 0
        while place < nibbles.count {
            let end = nibbles[place...].firstIndex { $0 != nibbles[place] } ?? nibbles.count
            write(count: end - place, to: &bytes)
            bytes.append(digits[Int(nibbles[place])])
            place = end
        }
        if isWhiteAtEnd { bytes.append(UInt8(ascii: ",")) }
    }

    private static func write(count: Int, to bytes: inout [UInt8]) {
        var left = count
        // A digit that stands alone needs no count.
        guard left > 1 else { return }
        while left >= 20 {
            let twenties = min(20, left / 20)
            bytes.append(UInt8(ascii: "g") + UInt8(twenties - 1))
            left -= twenties * 20
        }
        if left > 0 { bytes.append(UInt8(ascii: "G") + UInt8(left - 1)) }
    }

    /// Reads what `write` wrote, from behind `^GF`.
    ///
    /// - Returns: nil for other forms, sizes that disagree, and data that do not fill the rows.
    static func read(_ parameters: [UInt8]) -> LabelPicture? {
        let parts = parameters.split(
            separator: UInt8(ascii: ","), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].elementsEqual("A".utf8),
            let size = number(parts[1]), number(parts[2]) == size,
            let stride = number(parts[3]), (1...1_024).contains(stride), size % stride == 0,
            (1...32_000).contains(size / stride)
        else { return nil }
        var rows: [UInt8] = []
        var row: [UInt8] = []
        var count = 0
        func full() -> Bool { row.count == stride * 2 }
        for byte in parts[4] {
            guard rows.count < size * 2 else { return nil }
            switch byte {
            case UInt8(ascii: "G")...UInt8(ascii: "Y"): count += Int(byte - UInt8(ascii: "F"))
            case UInt8(ascii: "g")...UInt8(ascii: "z"):
                count += Int(byte - UInt8(ascii: "f")) * 20
            case UInt8(ascii: ","):
                guard count == 0, !full() else { return nil }
                row += [UInt8](repeating: 0, count: stride * 2 - row.count)
            case UInt8(ascii: ":"):
                guard count == 0, row.isEmpty, rows.count >= stride * 2 else { return nil }
                row = Array(rows.suffix(stride * 2))
            default:
                guard let digit = digits.firstIndex(of: byte),
                    row.count + max(1, count) <= stride * 2
                else { return nil }
                row += [UInt8](repeating: UInt8(digit), count: max(1, count))
                count = 0
            }
            if full() {
                rows += row
                row = []
            }
        }
        guard row.isEmpty, count == 0, rows.count == size * 2 else { return nil }
        let bytes = Swift.stride(from: 0, to: rows.count, by: 2).map {
            rows[$0] << 4 | rows[$0 + 1]
        }
        return LabelPicture(width: stride * 8, height: size / stride, rows: bytes)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        ZPLField.number(String(decoding: digits, as: UTF8.self)[...])
    }
}
