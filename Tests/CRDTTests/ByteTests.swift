import CRDT
import Testing

/// The pieces all formats are made of.
@Suite struct ByteTests {
    static let numbers: [UInt64] =
        (0..<64).flatMap { bit -> [UInt64] in
            let power = UInt64(1) << UInt64(bit)
            return [power - 1, power, power + 1]
        } + [.max]

    @Test(arguments: numbers)
    func `a varint is read back, minimal, and drips to a refusal`(number: UInt64) throws {
        var writer = ByteWriter()
        writer.write(varint: number)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.varint() == number)
        #expect(reader.isAtEnd)
        #expect(writer.bytes.count == max(1, (64 - number.leadingZeroBitCount + 6) / 7))
        for length in writer.bytes.indices {
            var short = ByteReader(writer.bytes[..<length])
            #expect(throws: DecodingError.truncated) { try short.varint() }
        }
    }

    @Test(arguments: numbers)
    func `a signed number is read back`(number: UInt64) throws {
        for signed in [Int64(bitPattern: number), ~Int64(bitPattern: number)] {
            var writer = ByteWriter()
            writer.write(signed: signed)
            var reader = ByteReader(writer.bytes)
            #expect(try reader.signed() == signed)
        }
    }

    @Test func `zigzag puts small numbers first`() {
        for (signed, byte) in [(0, 0), (-1, 1), (1, 2), (-64, 127)] as [(Int64, UInt8)] {
            var writer = ByteWriter()
            writer.write(signed: signed)
            #expect(writer.bytes == [byte])
        }
    }

    @Test func `fixed numbers stand little-endian and ids big-endian`() throws {
        var writer = ByteWriter()
        writer.write(byte: 0xFF)
        writer.write(fixed: UInt32(0x0102_0304))
        writer.write(fixed: UInt64(5))
        writer.write(id: 6)
        writer.write(bigEndian: 0x0708, count: 2)
        #expect(
            writer.bytes.hex == "ff" + "04030201" + "0500000000000000"
                + "00000000000000000000000000000006" + "0708")
        var reader = ByteReader(writer.bytes)
        #expect(try reader.byte() == 0xFF)
        #expect(try reader.fixed(UInt32.self) == 0x0102_0304)
        #expect(try reader.fixed(UInt64.self) == 5)
        #expect(try reader.id() == 6)
        #expect(try reader.bigEndian(2) == 0x0708)
        try reader.finish()
    }

    @Test func `nothing is read past the end`() {
        #expect(throws: DecodingError.truncated) {
            var r = ByteReader([])
            _ = try r.byte()
        }
        #expect(throws: DecodingError.truncated) {
            var reader = ByteReader([1, 2, 3])
            _ = try reader.fixed(UInt32.self)
        }
        #expect(throws: DecodingError.truncated) {
            var reader = ByteReader([UInt8](repeating: 0, count: 15))
            _ = try reader.id()
        }
        #expect(throws: DecodingError.truncated) {
            var reader = ByteReader([UInt8](repeating: 0, count: 31))
            _ = try reader.hash()
        }
        #expect(throws: DecodingError.truncated) {
            var reader = ByteReader([])
            _ = try reader.take(-1)
        }
        #expect(throws: DecodingError.trailing(2)) { try ByteReader([1, 2]).finish() }
    }

    @Test func `a count is judged before anything is read for it`() {
        #expect(throws: DecodingError.beyondLimit("things")) {
            var reader = ByteReader([5, 0, 0, 0, 0, 0])
            _ = try reader.count(upTo: 4, of: "things")
        }
        #expect(throws: DecodingError.truncated) {
            var reader = ByteReader([3, 0, 0, 0, 0, 0])
            _ = try reader.count(upTo: 4, leastBytes: 2, of: "things")
        }
        #expect(throws: Never.self) {
            var reader = ByteReader([2, 0, 0, 0, 0])
            _ = try reader.count(upTo: 4, leastBytes: 2, of: "things")
        }
    }

    @Test func `a nested reader ends with its block`() throws {
        var reader = ByteReader([2, 7, 8, 9])
        var nested = try reader.nested(upTo: 2, of: "block")
        #expect(nested.remaining == 2)
        #expect(Array(try nested.take(2)) == [7, 8])
        #expect(throws: DecodingError.truncated) { try nested.byte() }
        #expect(try reader.byte() == 9)
        #expect(Array(reader.bytes(1..<3)) == [7, 8])
    }

    @Test func `a hash is read back and nothing but 32 bytes is one`() throws {
        let bytes = (0..<32).map { UInt8($0) }
        let hash = try #require(ContentHash(bytes: bytes))
        var reader = ByteReader(bytes)
        #expect(try reader.hash() == hash)
        #expect(hash.bytes == bytes)
        #expect(hash.prefix == 0x0001_0203_0405_0607)
        #expect(ContentHash(bytes: bytes.dropLast()) == nil)
        #expect(ContentHash(bytes: bytes + [0]) == nil)
    }

    @Test(arguments: HashDomain.allCases)
    func `a domain fits its length byte and begins no other`(domain: HashDomain) {
        let bytes = ByteWriter(domain: domain).bytes
        #expect(Int(bytes[0]) == bytes.count - 1)
        #expect(domain.rawValue.hasPrefix("warren."))
        let same = HashDomain.allCases.filter { ByteWriter(domain: $0).bytes.starts(with: bytes) }
        #expect(same == [domain])
    }
}
