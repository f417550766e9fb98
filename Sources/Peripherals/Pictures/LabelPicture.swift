/// A label as dots, one bit each: what a printer would burn.
public struct LabelPicture: Sendable, Hashable {
    public let width: Int
    public let height: Int
    /// Rows from the top, each from its left edge, most significant bit first, in whole bytes; a 1
    /// is black.
    public private(set) var bytes: [UInt8]

    /// More than any label of a printer that we know has.
    public static let dotsMax = 8_192 * 32_000

    /// A white label. Sizes below 1 count as 1; what would have too many dots is cut off below.
    public init(width: Int, height: Int) {
        self.width = max(1, min(width, 8_192))
        self.height = max(1, min(height, Self.dotsMax / self.width))
        bytes = [UInt8](repeating: 0, count: (self.width + 7) / 8 * self.height)
    }

    /// A picture of these rows, packed as `bytes` is.
    ///
    /// - Returns: nil where the rows are not those of a picture of this size.
    public init?(width: Int, height: Int, rows: [UInt8]) {
        self.init(width: width, height: height)
        guard self.width == width, self.height == height, rows.count == bytes.count else {
            return nil
        }
        bytes = rows
    }

    /// Bytes of one row.
    public var stride: Int { (width + 7) / 8 }

    /// Whether this dot is black; outside of the label nothing is.
    public subscript(x: Int, y: Int) -> Bool {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return false }
        return bytes[y * stride + (x >> 3)] & (UInt8(0x80) >> UInt8(x & 7)) != 0
    }

    /// Burns a rectangle, as far as it lies on the label; reversed, it turns white what is black.
    mutating func burn(x: Int, y: Int, width: Int, height: Int, isReversed: Bool = false) {
        let columns = max(0, x)..<max(0, max(x, min(self.width, x + width)))
        let rows = max(0, y)..<max(0, max(y, min(self.height, y + height)))
        for row in rows {
            for column in columns where column < self.width {
                let bit = UInt8(0x80) >> UInt8(column & 7)
                if isReversed {
                    bytes[row * stride + (column >> 3)] ^= bit
                } else {
                    bytes[row * stride + (column >> 3)] |= bit
                }
            }
        }
    }

    /// The same label, turned by a quarter against the clock: a strip that leaves the printer with
    /// its left edge first, as a person reads it.
    public var turned: LabelPicture {
        var turned = LabelPicture(width: height, height: width)
        for y in 0..<height {
            for x in 0..<width where self[x, y] {
                turned.burn(x: y, y: width - 1 - x, width: 1, height: 1)
            }
        }
        return turned
    }

    /// The same picture, turned by a quarter with the clock.
    var turnedClockwise: LabelPicture {
        var turned = LabelPicture(width: height, height: width)
        for y in 0..<height {
            for x in 0..<width where self[x, y] {
                turned.burn(x: height - 1 - y, y: x, width: 1, height: 1)
            }
        }
        return turned
    }

    /// Its left part, where it is wider than this.
    func clipped(toWidth most: Int) -> LabelPicture {
        guard width > most else { return self }
        var clipped = LabelPicture(width: most, height: height)
        clipped.burn(self, x: 0, y: 0)
        return clipped
    }

    /// Burns the dots of another picture, its upper left corner at this place.
    mutating func burn(_ other: LabelPicture, x: Int, y: Int, isReversed: Bool = false) {
        for row in 0..<other.height {
            for column in 0..<other.width where other[column, row] {
                burn(x: x + column, y: y + row, width: 1, height: 1, isReversed: isReversed)
            }
        }
    }

    /// The same label with a strip of words below it.
    public func captioned(_ words: String) -> LabelPicture {
        let size = 24
        var whole = LabelPicture(width: width, height: height + size + 8)
        whole.bytes.replaceSubrange(0..<bytes.count, with: bytes)
        whole.burn(x: 0, y: height, width: width, height: 2)
        whole.set(
            Array(words), x: 4, y: height + 6, height: size, rotation: .none, isReversed: false)
        return whole
    }
}
