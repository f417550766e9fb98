/// How much of every writer's history a replica holds, each head pinned by its chain hash.
///
/// Sorted by writer, then chain; a forked writer has one entry a branch.
public struct VersionVector: Hashable, Sendable {
    public private(set) var entries: [ContextEntry]

    public init(_ entries: [ContextEntry] = []) {
        self.entries = entries.sorted {
            ($0.writer, $0.chain, $0.sequence) < ($1.writer, $1.chain, $1.sequence)
        }
    }

    /// The greatest sequence held of a writer over all its branches, 0 for a stranger.
    public func sequence(of writer: WriterID) -> UInt64 {
        entries.lazy.filter { $0.writer == writer }.map(\.sequence).max() ?? 0
    }

    /// What two replicas compare first: equal hashes, equal vectors.
    public func hash(_ hasher: any ContentHasher) -> ContentHash {
        var preimage = ByteWriter(domain: .vector, capacity: 32 + entries.count * 32)
        preimage.write(count: entries.count)
        for entry in entries { preimage.write(entry) }
        return hasher.hash(preimage.bytes)
    }
}

/// A content digest: for each row a hash, all added up, and how many. The order of rows does not
/// matter and a row can be swapped for its next version in constant time.
public struct ContentDigest: Hashable, Sendable {
    public private(set) var words: [UInt64] = [0, 0, 0, 0]
    /// Wraps around rather than trap: a digest may come from outside.
    public private(set) var rows: Int64 = 0

    public init() {}

    public init(words: [UInt64], rows: Int64) {
        precondition(words.count == 4, "a digest has four words")
        self.words = words
        self.rows = rows
    }

    public mutating func insert(_ hash: ContentHash) {
        add([hash.words.0, hash.words.1, hash.words.2, hash.words.3])
        rows &+= 1
    }

    public mutating func remove(_ hash: ContentHash) {
        add([~hash.words.0, ~hash.words.1, ~hash.words.2, ~hash.words.3], carry: 1)
        rows &-= 1
    }

    /// Combines the digests of disjoint parts.
    public mutating func merge(_ other: ContentDigest) {
        add(other.words)
        rows &+= other.rows
    }

    /// Addition modulo 2^256, the last word being the least significant.
    private mutating func add(_ other: [UInt64], carry start: UInt64 = 0) {
        var carry = start
        for place in (0..<4).reversed() {
            let (partial, first) = words[place].addingReportingOverflow(other[place])
            let (sum, second) = partial.addingReportingOverflow(carry)
            words[place] = sum
            carry = (first ? 1 : 0) + (second ? 1 : 0)
        }
    }

    /// 32 bytes of sum and 8 of count.
    public var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 40)
        for word in words { writer.write(bigEndian: UInt128(word), count: 8) }
        writer.write(fixed: UInt64(bitPattern: rows))
        return writer.bytes
    }
}
