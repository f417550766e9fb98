import CRDT

/// Bytes that stand at edges of varints, counts and codes.
private let edges: [[UInt8]] = [
    [0x00], [0x01], [0x7F], [0x80], [0xFF], [0x80, 0x00], [0x81, 0x20], [0xFF, 0xFF, 0x3F],
    [0xFF, 0xFF, 0xFF, 0xFF, 0x0F], [0x80, 0x80, 0x80, 0x80, 0x10],
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x3F],
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
]

/// One to four small changes; `other` gives bytes to splice in.
func mutated(
    _ bytes: [UInt8], with other: [UInt8], _ random: inout SplitMix64
) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<random.pick([1, 1, 2, 4]) { mutate(&bytes, with: other, &random) }
    return bytes
}

private func mutate(
    _ bytes: inout [UInt8], with other: [UInt8], _ random: inout SplitMix64
) {
    guard !bytes.isEmpty else {
        bytes = random.pick(edges)
        return
    }
    let place = random.below(bytes.count)
    let length = min(bytes.count - place, 1 + random.below(24))
    switch random.below(9) {
    case 0, 1: bytes[place] ^= 1 << UInt8(random.below(8))
    case 2: bytes[place] = UInt8(random.below(256))
    case 3: bytes[place] = bytes[place] &+ random.pick([1, 255])
    case 4: bytes.insert(contentsOf: random.pick(edges), at: place)
    case 5:
        let edge = random.pick(edges)
        bytes.replaceSubrange(place..<min(bytes.count, place + edge.count), with: edge)
    case 6: bytes.removeSubrange(place..<(place + length))
    case 7:
        let from = random.below(max(1, other.count))
        let piece = other[from..<min(other.count, from + length)]
        bytes.insert(contentsOf: piece, at: place)
    default:
        if random.chance(1, in: 3) {
            bytes.removeLast(bytes.count - place)
        } else {
            bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
        }
    }
}

extension Decoder {
    /// The `index`th input: a function of seed and index alone, so that any can be replayed.
    func input(_ index: Int, seed: UInt64) -> [UInt8] {
        var source = RandomTransactions(seed: seed &* 0x1_0000_0001 &+ UInt64(index))
        let (bytes, isNoise) = content(&source)
        guard let enclose, !isNoise else { return bytes }
        let whole = enclose(bytes, &source)
        // Now and then the outermost bytes are what is wrong.
        guard source.random.chance(1, in: 8) else { return whole }
        return mutated(whole, with: whole, &source.random)
    }

    /// One tenth noise; the rest valid, or valid with small changes.
    private func content(_ source: inout RandomTransactions) -> ([UInt8], isNoise: Bool) {
        switch source.random.below(10) {
        case 0:
            let length = source.random.below(200)
            return ((0..<length).map { _ in UInt8(source.random.below(256)) }, true)
        case 1...4: return (draw(&source), false)
        case 5...7:
            let base = source.random.pick(vectors)
            return (mutated(base, with: source.random.pick(vectors), &source.random), false)
        default:
            let base = draw(&source)
            return (mutated(base, with: source.random.pick(vectors), &source.random), false)
        }
    }
}
