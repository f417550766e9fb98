import CRDT
import SyncProtocol
import Testing

@Suite struct SpecTests {
    @Test func `every kind of message has a vector in the document`() {
        let kinds = Set(SpecBlock.accepted.map { $0.bytes[0] })
        #expect(kinds == Set(MessageKind.allCases.map(\.rawValue)))
    }

    @Test(arguments: SpecBlock.accepted)
    func `a vector of the document decodes and encodes to the same bytes`(block: SpecBlock) throws {
        #expect(try MessageDecoder().decode(block.bytes).encoded() == block.bytes)
    }

    @Test(arguments: SpecBlock.refused)
    func `what the document refuses is refused for that reason`(block: SpecBlock) {
        let error = #expect(throws: DecodingError.self) {
            try MessageDecoder().decode(block.bytes)
        }
        #expect(error?.title == block.refusal)
    }

    @Test func `the document has vectors of both verdicts`() {
        #expect(SpecBlock.accepted.count == 11)
        #expect(SpecBlock.refused.count == 17)
    }

    @Test func `the hello of the document says what its text says`() throws {
        let block = try #require(SpecBlock.accepted.first { $0.name == "hello" })
        let fill = { (byte: UInt8) in ContentHash(bytes: [UInt8](repeating: byte, count: 32)) }
        let summary = Summary(
            generation: 7, schema: 3, rosterHead: try #require(fill(0xA1)),
            vectorHash: try #require(fill(0xB2)),
            digest: ContentDigest(
                words: [UInt64](repeating: 0xC3C3_C3C3_C3C3_C3C3, count: 4), rows: 1_000_000),
            floor: try #require(fill(0xD4)))
        let hello = Hello(
            versions: 1...1, nonce: 0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F, summary: summary)
        #expect(try MessageDecoder().decode(block.bytes) == .hello(hello))
    }

    @Test func `a hello stays within 256 bytes on the link when sealed to 250`() {
        let hello = Hello(nonce: 1, summary: ToyReplica(toyWriter(1)).state.summary)
        #expect(Message.hello(hello).encoded().count == 167)
        // 208 is the smallest padded message of `SealingLimits`, 2 bytes of it its length.
        #expect(Message.hello(hello).encoded().count + 2 <= 208)
    }
}
