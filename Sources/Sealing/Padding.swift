import CRDT

/// Padmé (PURBs, Nikitin et al. 2019, section 4): a length keeps its leading bits and gets zeros
/// below, so that at most log log of it leaks and at most 12 % is added.
public enum Padme {
    /// The least Padmé size that holds `count` bytes; sizes below 2 are their own.
    public static func size(for count: Int) -> Int {
        guard count >= 2 else { return count }
        let exponent = Int.bitWidth - 1 - count.leadingZeroBitCount
        let kept = Int.bitWidth - exponent.leadingZeroBitCount
        let mask = (1 << (exponent - kept)) - 1
        return (count + mask) & ~mask
    }
}

/// Padded bytes: varint length, content, zeros up to a Padmé size. One content, one form.
enum Padding {
    /// Appends `content` and its padding to `target`.
    ///
    /// - Parameter least: itself a Padmé size; smaller things are padded to it.
    static func pad(_ content: [UInt8], least: Int = 0, into target: inout [UInt8]) {
        var writer = ByteWriter(capacity: 4)
        writer.write(count: content.count)
        let used = writer.bytes.count + content.count
        let size = Padme.size(for: max(used, least))
        target.reserveCapacity(target.count + size)
        target.append(contentsOf: writer.bytes)
        target.append(contentsOf: content)
        target.append(contentsOf: repeatElement(0, count: size - used))
    }

    /// The content; `malformedPadding` for any bytes that `pad` does not write.
    static func unpad(
        _ padded: ArraySlice<UInt8>, least: Int = 0
    ) throws(SealingError) -> [UInt8] {
        var reader = ByteReader(padded)
        do {
            let content = try reader.block(upTo: padded.count, of: "padded content")
            let size = Padme.size(for: max(reader.offset, least))
            let zeros = try reader.take(reader.remaining)
            guard padded.count == size, zeros.allSatisfy({ $0 == 0 }) else {
                throw SealingError.malformedPadding
            }
            return Array(content)
        } catch {
            throw .malformedPadding
        }
    }
}
