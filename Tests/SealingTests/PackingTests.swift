import CZstd
import Testing

@testable import Sealing

@Suite struct PackingTests {
    private let packing = Packing(isCompressing: true)

    @Test(arguments: [1, 50, 1_000, 100_000])
    func `packing returns and never grows by more than its code`(count: Int) throws {
        var random = Seeded(UInt64(count))
        for content in [random.bytes(count), [UInt8](repeating: 7, count: count)] {
            let packed = packing.pack(content)
            #expect(packed.count <= content.count + 1)
            #expect(try packing.unpack(packed, limit: count) == content)
        }
    }

    @Test func `a bomb is refused by its declared length before memory is taken`() throws {
        // 64 MiB of zeros in 2 KiB, declared truly, then as what the limit allows.
        let bomb = zstd([UInt8](repeating: 0, count: 64 << 20))
        let limit = SealingLimits.openBytesMax
        for declared in [64 << 20, limit, 1, Int.max] {
            let packed = [1] + varint(declared) + bomb
            #expect(
                refusal { () throws(SealingError) in try packing.unpack(packed, limit: limit) }
                    == .malformedPacking)
        }
    }

    @Test func `one zstd frame and nothing else is accepted`() throws {
        let content = [UInt8](repeating: 5, count: 300)
        let frame = zstd(content)
        let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0]
        let declared = [1] + varint(300)
        #expect(try packing.unpack(declared + frame, limit: 300) == content)
        let refused = [
            [], [2, 1, 1], [1], [1, 0], declared, declared + frame + [0], declared + frame + frame,
            declared + frame + skippable, declared + skippable + frame,
            declared + frame.dropLast(), [1] + varint(299) + frame, [1] + varint(301) + frame,
            [1, 0x80 | 44, 0x82, 0] + frame,
        ]
        for packed in refused {
            #expect(
                refusal { () throws(SealingError) in try packing.unpack(packed, limit: 1_000) }
                    == .malformedPacking)
        }
    }

    private func varint(_ number: Int) -> [UInt8] {
        number < 0x80
            ? [UInt8(number)] : [UInt8(number & 0x7F | 0x80)] + varint(number >> 7)
    }

    private func zstd(_ content: [UInt8]) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: ZSTD_compressBound(content.count))
        let count = ZSTD_compress(&target, target.count, content, content.count, 3)
        return Array(target[..<count])
    }
}

@Suite struct PaddingTests {
    @Test func `Padmé gives the sizes of its paper`() {
        let sizes = [
            (0, 0), (1, 1), (2, 2), (9, 10), (100, 104), (127, 128), (129, 144), (1_000, 1_024),
            (1_025, 1_088), (65_537, 67_584), (1_048_577, 1_081_344),
        ]
        for (count, size) in sizes { #expect(Padme.size(for: count) == size) }
    }

    @Test func `a size pads to itself, holds its content and costs at most 12 percent`() {
        for count in 1..<70_000 {
            let size = Padme.size(for: count)
            #expect(size >= count && Padme.size(for: size) == size)
            #expect(size * 100 <= max(count, 10) * 112)
        }
    }

    @Test func `padding has one form`() throws {
        for count in [0, 1, 5, 93, 130, 5_000] {
            var padded: [UInt8] = []
            Padding.pad([UInt8](repeating: 3, count: count), into: &padded)
            #expect(try Padding.unpad(padded[...]).count == count)
            #expect(refused(padded + [0]))
            if padded.last == 0, padded.count > 1 { #expect(refused(padded.dropLast())) }
        }
        #expect(refused([1, 7, 0, 1]))
        #expect(refused([2, 7]))
        #expect(refused([]))
        #expect(refused([0x81, 0, 7]))
    }

    private func refused(_ padded: [UInt8]) -> Bool {
        refusal { () throws(SealingError) in try Padding.unpad(padded[...]) } == .malformedPadding
    }
}
