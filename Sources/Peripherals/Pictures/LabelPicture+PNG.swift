extension LabelPicture {
    /// A PNG file of one bit a dot (W3C PNG, third edition). Nothing is compressed: the blocks of
    /// its stream are stored ones (RFC 1951, 3.2.4).
    ///
    /// - Parameter comment: kept in the file as its `Comment`; ASCII.
    public func png(comment: String) -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let depthAndColour: [UInt8] = [1, 0, 0, 0, 0]
        file += Self.chunk("IHDR", Self.big(width) + Self.big(height) + depthAndColour)
        file += Self.chunk("tEXt", Array("Comment".utf8) + [0] + comment.utf8.filter { $0 < 0x80 })
        file += Self.chunk("IDAT", Self.stored(scanlines))
        file += Self.chunk("IEND", [])
        return file
    }

    /// Each row behind its filter, which is none; PNG's 1 is white.
    private var scanlines: [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity((stride + 1) * height)
        for row in 0..<height {
            lines.append(0)
            for byte in bytes[(row * stride)..<((row + 1) * stride)] { lines.append(~byte) }
        }
        return lines
    }

    private static func big(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return big(content.count) + body + big(Int(checksum(body)))
    }

    /// RFC 1950 around stored blocks.
    private static func stored(_ content: [UInt8]) -> [UInt8] {
        let blockBytesMax = 65_535
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(content.count, start + blockBytesMax)
            let count = UInt16(end - start)
            stream.append(end == content.count ? 1 : 0)
            for word in [count, ~count] {
                stream += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
            }
            stream += content[start..<end]
            start = end
        } while start < content.count
        var (low, high) = (UInt32(1), UInt32(0))
        for byte in content {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return stream + big(Int(high << 16 | low))
    }

    /// CRC-32 as PNG has it (annex D).
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { sum, byte in
            table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
    }

    private static let table: [UInt32] = (0..<256).map { number in
        (0..<8).reduce(UInt32(number)) { sum, _ in
            sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1
        }
    }
}
