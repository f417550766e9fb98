/// Appends fixed-width little-endian numbers, minimal varints and length-prefixed bytes.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8]

    public init(capacity: Int = 64) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Begins a hash preimage: one length byte and the domain's name.
    public init(domain: HashDomain, capacity: Int = 64) {
        self.init(capacity: capacity)
        bytes.append(UInt8(domain.rawValue.utf8.count))
        bytes.append(contentsOf: domain.rawValue.utf8)
    }

    public mutating func write(byte: UInt8) { bytes.append(byte) }
    public mutating func write(bytes more: some Swift.Collection<UInt8>) {
        bytes.append(contentsOf: more)
    }

    public mutating func write<Number: FixedWidthInteger & UnsignedInteger>(fixed number: Number) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// As the generic one, which other rooms' code would run unspecialized.
    public mutating func write(fixed number: UInt64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// The 16 bytes of an id, most significant first.
    public mutating func write(id: UInt128) { write(bigEndian: id, count: 16) }

    /// The low `count` bytes of a number, most significant first.
    public mutating func write(bigEndian number: UInt128, count: Int) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0.suffix(count)) }
    }

    public mutating func write(hash: ContentHash) {
        let (first, second, third, fourth) = hash.words
        let words = (first.bigEndian, second.bigEndian, third.bigEndian, fourth.bigEndian)
        withUnsafeBytes(of: words) { bytes.append(contentsOf: $0) }
    }

    /// LEB128: 7 bits a byte, least significant first, in as few bytes as it takes.
    public mutating func write(varint number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    public mutating func write(count: Int) { write(varint: UInt64(count)) }

    /// Zigzag, then varint: small numbers of either sign are short.
    public mutating func write(signed number: Int64) {
        write(varint: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
    }

    /// A varint length and the bytes.
    public mutating func write(block: some Swift.Collection<UInt8>) {
        write(count: block.count)
        bytes.append(contentsOf: block)
    }
}
