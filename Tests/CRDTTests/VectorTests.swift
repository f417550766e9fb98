import CRDT
import Foundation
import Signing
import Testing

/// The frozen vectors of `Transaction-Format.md`, read in both directions.
@Suite struct VectorTests {
    static let file: VectorFile? = try? VectorFile.read("transactions")
    static let hasher: any ContentHasher = BLAKE2bHasher()

    @Test func `the file is there and large enough`() throws {
        let file = try VectorFile.read("transactions")
        #expect(file.format == "warren transactions 1")
        #expect(file.starts.count == GoodTransactions.starts.count)
        #expect(file.good.count >= 20)
        #expect(file.bad.count >= 40)
    }

    @Test(arguments: file?.good ?? [])
    func `good bytes decode to their content`(vector: GoodVector) throws {
        let decoded = try EncodedTransaction(decoding: #require([UInt8](hex: vector.bytes)))
        #expect(decoded.transaction == (try vector.transaction.transaction()))
        #expect(TransactionContent(decoded.transaction) == vector.transaction)
    }

    @Test(arguments: file?.good ?? [])
    func `content encodes to its good bytes`(vector: GoodVector) throws {
        let encoded = try vector.transaction.transaction().encoded()
        #expect(encoded.bytes.hex == vector.bytes)
        #expect(encoded == (try EncodedTransaction(decoding: encoded.bytes)))
    }

    @Test(arguments: file?.good ?? [])
    func `the chain goes on as written`(vector: GoodVector) throws {
        let bytes = try #require([UInt8](hex: vector.bytes))
        let previous = try #require(
            [UInt8](hex: vector.previous).flatMap { ContentHash(bytes: $0) })
        let decoded = try EncodedTransaction(decoding: bytes)
        let base = decoded.transaction.stamp
        let sections = decoded.transaction.sections.map { $0.hash(base: base, Self.hasher) }
        #expect(sections.map(\.bytes.hex) == vector.sections)
        #expect(decoded.chainHash(after: previous, Self.hasher).bytes.hex == vector.chain)
    }

    @Test(arguments: file?.good.filter { $0.erasureOf != nil } ?? [])
    func `erasing a section leaves the chain hash as it was`(vector: GoodVector) throws {
        let whole = try #require(Self.file?.good.first { $0.description == vector.erasureOf })
        #expect(whole.bytes != vector.bytes)
        #expect(whole.previous == vector.previous)
        #expect(whole.sections == vector.sections)
        #expect(whole.chain == vector.chain)
    }

    @Test(arguments: file?.bad ?? [])
    func `bad bytes are refused for their fault`(vector: BadVector) {
        #expect(refusal(of: vector.bytes) == vector.refusal)
    }

    /// Adding a case to the lists needs `WARREN_WRITE_VECTORS=1` once, from the root of the tree.
    @Test func `the file is what the lists say`() throws {
        let made = try Self.encoded(VectorFile.made(Self.hasher))
        let name = "Vectors/transactions.json"
        if ProcessInfo.processInfo.environment["WARREN_WRITE_VECTORS"] != nil {
            let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            try made.write(to: here.appendingPathComponent(name))
        } else {
            let frozen = try Data(contentsOf: Bundle.module.bundleURL.appendingPathComponent(name))
            #expect(made == frozen)
        }
    }

    private static func encoded(_ file: VectorFile) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(file) + Data("\n".utf8)
    }
}

/// Why bytes are refused, `nil` where they are not.
func refusal(of bytes: [UInt8]) -> String? {
    do {
        _ = try EncodedTransaction(decoding: bytes)
        return nil
    } catch {
        return error.refusal
    }
}

extension VectorFile {
    static func made(_ hasher: any ContentHasher) -> VectorFile {
        let previous = ContentHash(
            0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa, 0xaaaa_aaaa_aaaa_aaaa,
            0xaaaa_aaaa_aaaa_aaaa)
        return VectorFile(
            format: "warren transactions 1",
            starts: GoodTransactions.starts.map { ChainStart(tenant: $0, writer: $1, hasher) },
            good: GoodTransactions.all(hasher).map { description, transaction, erasureOf in
                let encoded = transaction.encoded()
                return GoodVector(
                    description: description, transaction: TransactionContent(transaction),
                    bytes: encoded.bytes.hex, previous: previous.bytes.hex,
                    sections: transaction.sections.map {
                        $0.hash(base: transaction.stamp, hasher).bytes.hex
                    },
                    chain: encoded.chainHash(after: previous, hasher).bytes.hex,
                    erasureOf: erasureOf)
            },
            bad: BadBytes.all.map { description, runs, refusal in
                BadVector(
                    description: description,
                    runs: runs.map {
                        BadVector.Run(hex: ([UInt8](hex: $0.hex) ?? []).hex, times: $0.times)
                    },
                    refusal: refusal)
            })
    }
}

/// The worked example of the specification, read from its page.
@Suite struct SpecificationTests {
    /// The lines of the fenced blocks below `## Example`, each cut before its annotation.
    static func blocks() throws -> [[String]] {
        let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = "Sources/CRDT/CRDT.docc/Transaction-Format.md"
        let text = try String(contentsOf: root.appendingPathComponent(page), encoding: .utf8)
        let chapter = try #require(text.split(separator: "## Example").last)
            .split(separator: "\n## ")[0]
        let fenced = chapter.split(separator: "```\n", omittingEmptySubsequences: false)
        return stride(from: 1, to: fenced.count, by: 2).map { place in
            fenced[place].split(separator: "\n").map { line in
                String(line.split(separator: "  ")[0])
            }
        }
    }

    @Test func `its example is the first vector`() throws {
        let blocks = try Self.blocks()
        let vector = try #require(VectorTests.file?.good.first)
        #expect([UInt8](hex: blocks[0].joined()) == [UInt8](hex: vector.bytes))
        #expect(blocks[1] == [vector.sections[0], vector.chain, vector.chain])
    }
}
