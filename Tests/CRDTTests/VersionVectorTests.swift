import CRDT
import Signing
import Testing

@Suite struct ContentDigestTests {
    static let seeds = Array(UInt64(1)...50)

    static func hashes(_ seed: UInt64) -> [ContentHash] {
        var random = RandomTransactions(seed: seed)
        let top = ContentHash(.max, .max, .max, .max)
        return (0..<8).map { _ in random.hash() } + [top, ContentHash(0, 0, 0, 1), top]
    }

    static func digest(_ hashes: some Sequence<ContentHash>) -> ContentDigest {
        var digest = ContentDigest()
        for hash in hashes { digest.insert(hash) }
        return digest
    }

    @Test(arguments: seeds)
    func `the order of rows does not matter`(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let hashes = Self.hashes(seed)
        #expect(Self.digest(hashes.shuffled(using: &random)) == Self.digest(hashes))
    }

    @Test(arguments: seeds)
    func `a removed row was never there`(seed: UInt64) {
        let hashes = Self.hashes(seed)
        for place in hashes.indices {
            var digest = Self.digest(hashes)
            digest.remove(hashes[place])
            var others = hashes
            others.remove(at: place)
            #expect(digest == Self.digest(others))
        }
    }

    @Test(arguments: seeds)
    func `removal may come before insertion`(seed: UInt64) {
        var digest = ContentDigest()
        for hash in Self.hashes(seed) { digest.remove(hash) }
        for hash in Self.hashes(seed) { digest.insert(hash) }
        #expect(digest == ContentDigest())
    }

    @Test(arguments: seeds)
    func `digests of parts merge to that of the whole`(seed: UInt64) {
        let hashes = Self.hashes(seed)
        var merged = Self.digest(hashes[..<4])
        merged.merge(Self.digest(hashes[4...]))
        #expect(merged == Self.digest(hashes))
    }

    @Test func `a row counts twice where it stands twice`() {
        let hash = ContentHash(1, 2, 3, 4)
        #expect(Self.digest([hash]) != Self.digest([hash, hash]))
    }

    @Test func `zero rows and a row of zero hash differ`() {
        #expect(Self.digest([]) != Self.digest([ContentHash(0, 0, 0, 0)]))
    }

    @Test func `carries go from the last word to the first`() {
        let digest = Self.digest([ContentHash(0, .max, .max, .max), ContentHash(0, 0, 0, 1)])
        #expect(digest.words == [1, 0, 0, 0])
        #expect(
            digest.bytes.hex == "0000000000000001" + String(repeating: "0", count: 48)
                + "0200000000000000")
    }

    @Test func `counts from outside cannot overflow`() {
        var digest = ContentDigest(words: [0, 0, 0, 0], rows: .max)
        digest.insert(ContentHash(0, 0, 0, 1))
        digest.merge(digest)
        #expect(digest.words == [0, 0, 0, 2])
    }
}

@Suite struct VersionVectorTests {
    static let entries = GoodTransactions.contexts.context + GoodTransactions.branches.context

    @Test func `the order in which entries came does not matter`() {
        let vector = VersionVector(Self.entries)
        #expect(VersionVector(Self.entries.reversed()) == vector)
        #expect(
            VersionVector(Self.entries.reversed()).hash(BLAKE2bHasher())
                == vector.hash(BLAKE2bHasher()))
    }

    @Test func `the highest of all branches counts`() {
        let vector = VersionVector(Self.entries)
        #expect(vector.sequence(of: GoodTransactions.writer(9, 1)) == 9)
        #expect(vector.sequence(of: GoodTransactions.writer(9, 2)) == 0)
    }

    @Test func `a raised entry changes the hash`() {
        var entries = Self.entries
        let last = entries.removeLast()
        entries.append(
            ContextEntry(
                writer: last.writer, sequence: last.sequence + 1, chain: last.chain))
        #expect(
            VersionVector(entries).hash(BLAKE2bHasher())
                != VersionVector(Self.entries).hash(BLAKE2bHasher()))
    }
}

@Suite struct ContextTests {
    @Test func `a context covers what it includes and nothing later`() {
        var context = Context()
        context.include(2, through: 5)
        #expect(context.covers(Dot(writer: 2, sequence: 5, chain: 0)))
        #expect(!context.covers(Dot(writer: 2, sequence: 6, chain: 0)))
        #expect(!context.covers(Dot(writer: 1, sequence: 1, chain: 0)))
        #expect(!context.covers(Dot(writer: 3, sequence: 1, chain: 0)))
        #expect([context[1], context[2], context[3]] == [0, 5, 0])
    }

    @Test func `including never lowers`() {
        var context = Context(heads: [4])
        context.include(0, through: 3)
        #expect(context[0] == 4)
    }

    @Test func `contexts that cover the same are equal`() {
        var context = Context(heads: [4])
        context.include(7, through: 0)
        #expect(context == Context(heads: [4]))
        #expect(Context(heads: [4, 0, 0]) == Context(heads: [4]))
    }
}
