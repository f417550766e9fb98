/// A set of entries by their local position: one bit each.
struct EntrySet: Hashable, Sendable {
    private var words: [UInt64] = []

    /// The positions `0..<count`.
    init(all count: Int = 0) {
        words = Array(repeating: .max, count: count / 64)
        if count % 64 > 0 { words.append((1 << UInt64(count % 64)) - 1) }
    }

    func contains(_ position: Int) -> Bool {
        position >> 6 < words.count && words[position >> 6] >> UInt64(position & 63) & 1 == 1
    }

    mutating func insert(_ position: Int) {
        while words.count <= position >> 6 { words.append(0) }
        words[position >> 6] |= 1 << UInt64(position & 63)
    }

    mutating func formUnion(_ other: EntrySet) {
        while words.count < other.words.count { words.append(0) }
        for place in other.words.indices { words[place] |= other.words[place] }
    }

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Ascending positions: parents before children.
    var positions: [Int] {
        var found: [Int] = []
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                found.append(place << 6 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return found
    }
}
