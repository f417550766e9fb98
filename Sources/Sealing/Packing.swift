import CRDT
import CZstd

/// Packed bytes: a code and the content, as it is or as one zstd frame, whichever is smaller.
///
/// Holds zstd's two contexts, which cost more to make than a small frame takes to pack; so it
/// belongs to one owner and is not `Sendable`.
final class Packing {
    private static let plainCode: UInt8 = 0
    private static let zstdCode: UInt8 = 1
    private static let level: Int32 = 3
    /// Below this zstd is not asked: ids and hashes make up most of a lone edit, it never came out
    /// smaller, and asking costs twice what sealing does.
    private static let worthwhileBytesMin = 160

    private let isCompressing: Bool
    private let compressor: OpaquePointer
    private let decompressor: OpaquePointer

    init(isCompressing: Bool) {
        guard let compressor = ZSTD_createCCtx(), let decompressor = ZSTD_createDCtx() else {
            preconditionFailure("no memory for zstd contexts")
        }
        self.isCompressing = isCompressing
        self.compressor = compressor
        self.decompressor = decompressor
    }

    deinit {
        ZSTD_freeCCtx(compressor)
        ZSTD_freeDCtx(decompressor)
    }

    func pack(_ content: [UInt8]) -> [UInt8] {
        if isCompressing, content.count >= Self.worthwhileBytesMin,
            let compressed = compress(content)
        {
            return compressed
        }
        return [Self.plainCode] + content
    }

    /// The content; `malformedPacking` before anything above `limit` is allocated.
    func unpack(_ packed: [UInt8], limit: Int) throws(SealingError) -> [UInt8] {
        guard let code = packed.first else { throw .malformedPacking }
        switch code {
        case Self.plainCode:
            guard packed.count - 1 <= limit else { throw .malformedPacking }
            return Array(packed.dropFirst())
        case Self.zstdCode: return try decompress(packed, limit: limit)
        default: throw .malformedPacking
        }
    }

    /// `nil` unless it comes out smaller.
    private func compress(_ content: [UInt8]) -> [UInt8]? {
        var head = ByteWriter(capacity: 5)
        head.write(byte: Self.zstdCode)
        head.write(count: content.count)
        // Room for less than the plain form takes: zstd gives up by itself when it does not pay.
        let room = content.count - head.bytes.count
        guard room > 0 else { return nil }
        var isSmaller = false
        let packed = [UInt8](unsafeUninitializedCapacity: content.count) { target, filled in
            guard let start = target.baseAddress else { return }
            start.update(from: head.bytes, count: head.bytes.count)
            let count = ZSTD_compressCCtx(
                compressor, start + head.bytes.count, room, content, content.count, Self.level)
            isSmaller = ZSTD_isError(count) == 0
            filled = isSmaller ? head.bytes.count + count : 0
        }
        return isSmaller ? packed : nil
    }

    private func decompress(_ packed: [UInt8], limit: Int) throws(SealingError) -> [UInt8] {
        var reader = ByteReader(packed)
        do {
            _ = try reader.byte()
            let declared = Int(exactly: try reader.varint()) ?? .max
            guard declared > 0, declared <= limit else { throw SealingError.malformedPacking }
            return try inflate(packed[reader.offset...], to: declared)
        } catch {
            throw .malformedPacking
        }
    }

    /// Exactly one zstd frame that states exactly `declared` bytes: nothing behind it, nothing
    /// more.
    private func inflate(_ frame: ArraySlice<UInt8>, to declared: Int) throws(SealingError)
        -> [UInt8]
    {
        var isWhole = false
        let content = frame.withUnsafeBufferPointer { source -> [UInt8] in
            guard let bytes = source.baseAddress,
                ZSTD_findFrameCompressedSize(bytes, source.count) == source.count,
                ZSTD_getFrameContentSize(bytes, source.count) == UInt64(declared)
            else { return [] }
            return [UInt8](unsafeUninitializedCapacity: declared) { target, filled in
                let count = ZSTD_decompressDCtx(
                    decompressor, target.baseAddress, declared, bytes, source.count)
                isWhole = count == declared
                filled = isWhole ? count : 0
            }
        }
        guard isWhole else { throw .malformedPacking }
        return content
    }
}
