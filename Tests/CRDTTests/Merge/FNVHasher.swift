import CRDT

/// A 256-bit stand-in for BLAKE2b: four FNV-1a lanes, each stirred at the end. Not secure; equal
/// bytes have equal hashes, and the laws of merging need no more.
struct FNVHasher: ContentHasher {
    func hash(_ bytes: [UInt8]) -> ContentHash {
        var first: UInt64 = 0xCBF2_9CE4_8422_2325
        var second: UInt64 = 0x9AE1_6A3B_2F90_404F
        bytes.withUnsafeBufferPointer { bytes in
            for byte in bytes {
                first = (first ^ UInt64(byte)) &* 0x100_0000_01B3
                second = (second ^ UInt64(byte)) &* 0x9E37_79B9_7F4A_7C15
                second ^= second >> 29
            }
        }
        var stir = SplitMix64(seed: first ^ (second << 1))
        return ContentHash(stir.next(), stir.next() ^ second, stir.next(), stir.next() ^ first)
    }
}
