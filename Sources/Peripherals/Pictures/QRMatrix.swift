/// The modules of a QR symbol (ISO/IEC 18004:2015), versions 1 to 10. A printer draws its codes
/// itself; this one draws them for pictures of labels.
struct QRMatrix: Hashable {
    let side: Int
    private(set) var dark: [Bool]
    /// Modules that no data may use.
    private var isFixed: [Bool]

    subscript(x: Int, y: Int) -> Bool { dark[y * side + x] }

    /// - Parameter payload: as `QRSymbol` takes it.
    init?(_ payload: String, correction: QRSymbol.Correction) {
        guard let symbol = QRSymbol(payload, correction: correction) else { return nil }
        side = symbol.modules
        dark = [Bool](repeating: false, count: side * side)
        isFixed = dark
        drawFixed(symbol.version)
        draw(QRCodewords(payload, symbol, correction).interleaved)
        let plain = dark
        var best: (penalty: Int, dark: [Bool])?
        for mask in 0..<8 {
            dark = plain
            apply(mask)
            drawFormat(correction, mask)
            let found = penalty
            if best.map({ found < $0.penalty }) ?? true { best = (found, dark) }
        }
        dark = best?.dark ?? plain
    }

    private mutating func fix(_ x: Int, _ y: Int, _ isDark: Bool) {
        guard (0..<side).contains(x), (0..<side).contains(y) else { return }
        dark[y * side + x] = isDark
        isFixed[y * side + x] = true
    }

    /// Finders, timing, alignment and version (6.3, 7.10); the place of the format is kept free.
    private mutating func drawFixed(_ version: Int) {
        for place in 0..<side {
            fix(6, place, place % 2 == 0)
            fix(place, 6, place % 2 == 0)
        }
        for (x, y) in [(3, 3), (side - 4, 3), (3, side - 4)] {
            for dy in -4...4 {
                for dx in -4...4 {
                    let ring = max(abs(dx), abs(dy))
                    fix(x + dx, y + dy, ring != 2 && ring != 4)
                }
            }
        }
        let centres = Self.alignment[version - 1]
        for x in centres {
            for y in centres {
                let (first, last) = (centres[0], centres[centres.count - 1])
                if (x, y) == (first, first) || (x, y) == (first, last) || (x, y) == (last, first) {
                    continue
                }
                for dy in -2...2 {
                    for dx in -2...2 { fix(x + dx, y + dy, max(abs(dx), abs(dy)) != 1) }
                }
            }
        }
        drawFormat(.low, 0)
        guard version >= 7 else { return }
        let bits = version << 12 | Self.remainder(version << 12, 0x1F25, 12)
        for place in 0..<18 {
            let (near, far) = (place / 3, side - 11 + place % 3)
            fix(far, near, bits >> place & 1 == 1)
            fix(near, far, bits >> place & 1 == 1)
        }
    }

    /// 7.9: twice, around the finders.
    private mutating func drawFormat(_ correction: QRSymbol.Correction, _ mask: Int) {
        let level =
            switch correction {
            case .low: 1
            case .medium: 0
            case .quartile: 3
            case .high: 2
            }
        let word = (level << 3 | mask) << 10
        let bits = (word | Self.remainder(word, 0x537, 10)) ^ 0x5412
        func bit(_ place: Int) -> Bool { bits >> place & 1 == 1 }
        for place in 0...5 { fix(8, place, bit(place)) }
        fix(8, 7, bit(6))
        fix(8, 8, bit(7))
        fix(7, 8, bit(8))
        for place in 9..<15 { fix(14 - place, 8, bit(place)) }
        for place in 0..<8 { fix(side - 1 - place, 8, bit(place)) }
        for place in 8..<15 { fix(8, side - 15 + place, bit(place)) }
        fix(8, side - 8, true)
    }

    /// What is left of a word after division by a generator, in GF(2).
    private static func remainder(_ word: Int, _ generator: Int, _ bits: Int) -> Int {
        var rest = word
        while rest >> bits != 0 {
            let top = Int.bitWidth - 1 - rest.leadingZeroBitCount
            rest ^= generator << (top - bits)
        }
        return rest
    }

    /// 7.7.3: columns of two from the right, up and down in turn, around the vertical timing.
    private mutating func draw(_ codewords: [UInt8]) {
        var next = 0
        for pair in stride(from: side - 1, through: 1, by: -2) {
            let right = pair <= 6 ? pair - 1 : pair
            let isUpward = (right + 1) & 2 == 0
            for step in 0..<side {
                let y = isUpward ? side - 1 - step : step
                for x in [right, right - 1] where !isFixed[y * side + x] {
                    if next < codewords.count * 8 {
                        dark[y * side + x] = codewords[next >> 3] >> UInt8(7 - (next & 7)) & 1 == 1
                    }
                    next += 1
                }
            }
        }
    }

    /// 7.8.2.
    private mutating func apply(_ mask: Int) {
        for y in 0..<side {
            for x in 0..<side where !isFixed[y * side + x] {
                let isFlipped =
                    switch mask {
                    case 0: (x + y) % 2 == 0
                    case 1: y % 2 == 0
                    case 2: x % 3 == 0
                    case 3: (x + y) % 3 == 0
                    case 4: (x / 3 + y / 2) % 2 == 0
                    case 5: x * y % 2 + x * y % 3 == 0
                    case 6: (x * y % 2 + x * y % 3) % 2 == 0
                    default: ((x + y) % 2 + x * y % 3) % 2 == 0
                    }
                if isFlipped { dark[y * side + x].toggle() }
            }
        }
    }

    /// 7.8.3: runs, blocks, what looks like a finder, and a lack of balance.
    private var penalty: Int {
        var sum = 0
        let lines =
            (0..<side).map { y in (0..<side).map { self[$0, y] } }
            + (0..<side).map { x in (0..<side).map { self[x, $0] } }
        let finder = [true, false, true, true, true, false, true]
        let quiet = [Bool](repeating: false, count: 4)
        for line in lines {
            var run = 1
            for place in 1...side {
                if place < side, line[place] == line[place - 1] {
                    run += 1
                    continue
                }
                if run >= 5 { sum += run - 2 }
                run = 1
            }
            for start in 0...(side - 11) {
                let piece = line[start..<(start + 11)]
                if piece.elementsEqual(finder + quiet) || piece.elementsEqual(quiet + finder) {
                    sum += 40
                }
            }
        }
        for y in 0..<(side - 1) {
            for x in 0..<(side - 1)
            where self[x, y] == self[x + 1, y] && self[x, y] == self[x, y + 1]
                && self[x, y] == self[x + 1, y + 1]
            {
                sum += 3
            }
        }
        let share = dark.count { $0 } * 20 - dark.count * 10
        return sum + abs(share) / dark.count * 10
    }

    /// Annex E, by version.
    private static let alignment: [[Int]] = [
        [6], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46],
        [6, 28, 50],
    ].enumerated().map { $0.offset == 0 ? [] : $0.element }
}
