/// Why bytes from outside were refused. Every case is the sender's fault, never a trap of ours.
public enum DecodingError: Error, Hashable, Sendable {
    case truncated
    /// Bytes left over after the last element.
    case trailing(Int)
    case varintNotMinimal
    /// A count or length above its bound, before anything was allocated for it.
    case beyondLimit(String)
    case unknownVersion(UInt8)
    case unknownCode(String, UInt64)
    case notUTF8
    /// Legal pieces in an order or combination that no writer makes.
    case notCanonical(String)
    case stampOutOfRange
}

/// Reads what `ByteWriter` writes, checks every bound before it allocates, and never reads past
/// the end.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    public private(set) var offset: Int
    private let end: Int

    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        offset = 0
        end = bytes.count
    }

    public init(_ slice: ArraySlice<UInt8>) { self.init(Array(slice)) }

    private init(_ bytes: [UInt8], from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    public var remaining: Int { end - offset }
    public var isAtEnd: Bool { offset == end }

    public func finish() throws(DecodingError) {
        if offset != end { throw .trailing(end - offset) }
    }

    public mutating func byte() throws(DecodingError) -> UInt8 {
        guard offset < end else { throw .truncated }
        defer { offset += 1 }
        return bytes[offset]
    }

    public mutating func fixed<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws(DecodingError) -> Number {
        let width = Number.bitWidth / 8
        guard remaining >= width else { throw .truncated }
        var number: Number = 0
        withUnsafeMutableBytes(of: &number) { $0.copyBytes(from: bytes[offset..<(offset + width)]) }
        offset += width
        return Number(littleEndian: number)
    }

    /// As the generic one, which other rooms' code would run unspecialized.
    public mutating func fixed(_ type: UInt64.Type) throws(DecodingError) -> UInt64 {
        guard remaining >= 8 else { throw .truncated }
        let place = offset
        offset += 8
        return bytes.withUnsafeBytes {
            UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        }
    }

    public mutating func id() throws(DecodingError) -> UInt128 {
        guard remaining >= 16 else { throw .truncated }
        let place = offset
        offset += 16
        return bytes.withUnsafeBytes {
            UInt128(bigEndian: $0.loadUnaligned(fromByteOffset: place, as: UInt128.self))
        }
    }

    public mutating func bigEndian(_ count: Int) throws(DecodingError) -> UInt128 {
        guard remaining >= count else { throw .truncated }
        var number: UInt128 = 0
        for place in 0..<count { number = number << 8 | UInt128(bytes[offset + place]) }
        offset += count
        return number
    }

    public mutating func hash() throws(DecodingError) -> ContentHash {
        guard let hash = ContentHash(bytes: try take(32)) else { throw .truncated }
        return hash
    }

    public mutating func varint() throws(DecodingError) -> UInt64 {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            if shift == 63, next > 1 { throw .varintNotMinimal }
            number |= UInt64(next & 0x7F) << shift
            if next & 0x80 == 0 {
                if next == 0, shift > 0 { throw .varintNotMinimal }
                return number
            }
            shift += 7
        }
    }

    public mutating func signed() throws(DecodingError) -> Int64 {
        let raw = try varint()
        return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    /// A count of things that each take at least `leastBytes`: refused above `limit` or when the
    /// rest of the input cannot hold so many.
    public mutating func count(
        upTo limit: Int, leastBytes: Int = 1, of what: StaticString
    ) throws(DecodingError) -> Int {
        let raw = try varint()
        guard raw <= UInt64(limit) else { throw .beyondLimit("\(what)") }
        guard raw * UInt64(leastBytes) <= UInt64(remaining) else { throw .truncated }
        return Int(raw)
    }

    public mutating func take(_ count: Int) throws(DecodingError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw .truncated }
        defer { offset += count }
        return bytes[offset..<(offset + count)]
    }

    /// A length-prefixed block.
    public mutating func block(
        upTo limit: Int, of what: StaticString
    ) throws(DecodingError) -> ArraySlice<UInt8> {
        try take(count(upTo: limit, of: what))
    }

    /// A reader over the next length-prefixed block, without copying it.
    public mutating func nested(
        upTo limit: Int, of what: StaticString
    ) throws(DecodingError) -> ByteReader {
        let length = try count(upTo: limit, of: what)
        defer { offset += length }
        return ByteReader(bytes, from: offset, to: offset + length)
    }

    public mutating func text(upTo limit: Int, of what: StaticString) throws(DecodingError)
        -> String
    {
        let slice = try block(upTo: limit, of: what)
        guard let text = String(validating: slice, as: UTF8.self) else { throw .notUTF8 }
        return text
    }

    /// The bytes between two offsets already read: what a hash covers, as received.
    public func bytes(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }
}
