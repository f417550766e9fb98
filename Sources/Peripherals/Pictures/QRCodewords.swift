/// A QR symbol's data with its error correction (ISO/IEC 18004:2015, 7.4 to 7.6).
struct QRCodewords {
    /// Data and correction, the blocks' codewords in turn.
    let interleaved: [UInt8]

    /// - Parameter symbol: of the same payload and correction.
    init(_ payload: String, _ symbol: QRSymbol, _ correction: QRSymbol.Correction) {
        let plan = Self.plan(correction)[symbol.version - 1]
        let total = Self.totals[symbol.version - 1]
        let data = Self.padded(
            Self.bits(payload, symbol), to: total - plan.blocks * plan.corrections)
        let short = data.count / plan.blocks
        let shortBlocks = plan.blocks - data.count % plan.blocks
        var blocks: [[UInt8]] = []
        var start = 0
        for number in 0..<plan.blocks {
            let count = short + (number < shortBlocks ? 0 : 1)
            blocks.append(Array(data[start..<(start + count)]))
            start += count
        }
        let generator = ReedSolomon.generator(plan.corrections)
        let corrections = blocks.map { ReedSolomon.remainder($0, generator) }
        var words: [UInt8] = []
        for place in 0...short {
            for block in blocks where place < block.count { words.append(block[place]) }
        }
        for place in 0..<plan.corrections { words += corrections.map { $0[place] } }
        interleaved = words
    }

    private static func bits(_ payload: String, _ symbol: QRSymbol) -> [Bool] {
        var bits: [Bool] = []
        func append(_ number: Int, _ count: Int) {
            for place in (0..<count).reversed() { bits.append(number >> place & 1 == 1) }
        }
        let bytes = Array(payload.utf8)
        switch symbol.mode {
        case .alphanumeric:
            append(0b0010, 4)
            append(bytes.count, symbol.version < 10 ? 9 : 11)
            let digits = bytes.map { byte in alphanumeric.firstIndex(of: byte) ?? 0 }
            for start in Swift.stride(from: 0, to: digits.count, by: 2) {
                if start + 1 < digits.count {
                    append(digits[start] * 45 + digits[start + 1], 11)
                } else {
                    append(digits[start], 6)
                }
            }
        case .bytes:
            append(0b0100, 4)
            append(bytes.count, symbol.version < 10 ? 8 : 16)
            for byte in bytes { append(Int(byte), 8) }
        }
        return bits
    }

    /// A terminator, zeros to a whole byte, then the two pad codewords in turn.
    private static func padded(_ bits: [Bool], to count: Int) -> [UInt8] {
        var bits = bits
        bits += [Bool](repeating: false, count: min(4, max(0, count * 8 - bits.count)))
        while bits.count % 8 != 0 { bits.append(false) }
        var words = Swift.stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<(start + 8)].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        var pad: UInt8 = 0xEC
        while words.count < count {
            words.append(pad)
            pad ^= 0xEC ^ 0x11
        }
        return Array(words.prefix(count))
    }

    private static let alphanumeric = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".utf8)

    /// Codewords of a symbol, by version (table 1).
    private static let totals = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346]

    /// Correction codewords of a block, and blocks, by version (table 9).
    private static func plan(
        _ correction: QRSymbol.Correction
    ) -> [(corrections: Int, blocks: Int)] {
        switch correction {
        case .low:
            [
                (7, 1), (10, 1), (15, 1), (20, 1), (26, 1), (18, 2), (20, 2), (24, 2), (30, 2),
                (18, 4),
            ]
        case .medium:
            [
                (10, 1), (16, 1), (26, 1), (18, 2), (24, 2), (16, 4), (18, 4), (22, 4), (22, 5),
                (26, 5),
            ]
        case .quartile:
            [
                (13, 1), (22, 1), (18, 2), (26, 2), (18, 4), (24, 4), (18, 6), (22, 6), (20, 8),
                (24, 8),
            ]
        case .high:
            [
                (17, 1), (28, 1), (22, 2), (16, 4), (22, 4), (28, 4), (26, 5), (26, 6), (24, 8),
                (28, 8),
            ]
        }
    }
}

/// Over GF(256) with the polynomial 0x11D (7.5.2, annex A).
private enum ReedSolomon {
    /// Without its leading 1.
    static func generator(_ degree: Int) -> [UInt8] {
        var coefficients = [UInt8](repeating: 0, count: degree - 1) + [1]
        var root: UInt8 = 1
        for _ in 0..<degree {
            for place in 0..<degree {
                coefficients[place] = product(coefficients[place], root)
                if place + 1 < degree { coefficients[place] ^= coefficients[place + 1] }
            }
            root = product(root, 2)
        }
        return coefficients
    }

    static func remainder(_ data: [UInt8], _ generator: [UInt8]) -> [UInt8] {
        var rest = [UInt8](repeating: 0, count: generator.count)
        for byte in data {
            let factor = byte ^ rest.removeFirst()
            rest.append(0)
            for place in rest.indices { rest[place] ^= product(generator[place], factor) }
        }
        return rest
    }

    private static func product(_ left: UInt8, _ right: UInt8) -> UInt8 {
        var result = 0
        for place in (0..<8).reversed() {
            result = result << 1 ^ (result >> 7) * 0x11D
            if right >> UInt8(place) & 1 == 1 { result ^= Int(left) }
        }
        return UInt8(truncatingIfNeeded: result)
    }
}
