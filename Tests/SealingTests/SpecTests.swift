import CRDT
import Foundation
import Sealing
import Signing
import Testing

/// Every hex block of the format documents is what the code writes and reads.
@Suite struct SpecTests {
    private let scheme = Ed25519Signatures()
    private let nonce = Nonce(bytes: (0xA0..<0xB8).map(UInt8.init))!

    @Test func `the documents hold these examples and no others`() throws {
        let documents = [
            "Signing/Signing.docc/Signatures", "Signing/Signing.docc/Roster",
            "Sealing/Sealing.docc/Frame-Format", "Sealing/Sealing.docc/Control-Lane",
        ]
        let names = try documents.flatMap { try Self.blocks(of: $0).keys }.sorted()
        #expect(
            names == [
                "chain-head", "erase-order", "frame-run", "frame-sealed", "genesis", "key-wrap",
                "lane-hello",
            ])
    }

    @Test func `the head of Signatures is the message we sign`() throws {
        let example = try Self.block("chain-head", of: "Signing/Signing.docc/Signatures")
        let file = try Vectors.read(RosterVectors.self, "roster")
        let head = ChainHead(
            tenant: TenantID(number(file.tenant)),
            writer: WriterID(device: DeviceID(number(file.device)), incarnation: 2), sequence: 12,
            chain: .filled(8))
        #expect(head.message == example && example.count == 91)
    }

    @Test func `the genesis and the erase order of Roster decode and verify`() throws {
        let document = "Signing/Signing.docc/Roster"
        let genesis = try RosterEntry(decoding: Self.block("genesis", of: document))
        let roster = try Roster(genesis: genesis, scheme: scheme)
        let erase = try EraseOrder(decoding: Self.block("erase-order", of: document))
        let key = try #require(roster.signingKey(of: erase.author))
        #expect(erase.tenant == roster.tenant && erase.isSigned(by: key, scheme))
    }

    @Test func `the frame of Frame-Format opens, and its run is what it says`() throws {
        let document = "Sealing/Sealing.docc/Frame-Format"
        let sealer = FrameSealer(
            tenant: tenant, epoch: Epoch(key: .filled(0x11)), cipher: XChaChaCipher())
        let sealed = try Self.block("frame-sealed", of: document)
        let content = try sealer.open(sealed)
        #expect(content.transactions == [Array("an edit of a row".utf8)])
        #expect(try sealer.seal(content, nonce: nonce) == sealed)
        let visible = FrameSealer(
            tenant: tenant, epoch: Epoch(key: .filled(0x11)), cipher: StandInCipher())
        let run = try Self.block("frame-run", of: document)
        #expect(try visible.seal(content, nonce: nonce).contains(run))
    }

    @Test func `the message and the wrap of Control-Lane open`() throws {
        let document = "Sealing/Sealing.docc/Control-Lane"
        let control = ControlSealer(
            tenant: tenant, key: .filled(0x22), cipher: XChaChaCipher())
        let hello = try Self.block("lane-hello", of: document)
        #expect(try control.open(hello) == Array("hello".utf8) && hello.count == 250)
        let reader = DeviceIdentity(seed: .filled(0x41), scheme: scheme)
        let wrap = try Self.block("key-wrap", of: document)
        let key = KeyWrap.open(wrap, number: 4, tenant: tenant, by: reader)
        #expect(key?.matches(.filled(0x11)) == true)
    }

    private static func block(_ name: String, of document: String) throws -> [UInt8] {
        try #require(try blocks(of: document)[name])
    }

    /// Fenced blocks that open with "hex" and a name.
    private static func blocks(of document: String) throws -> [String: [UInt8]] {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources")
        let text = try String(
            contentsOf: sources.appendingPathComponent(document + ".md"), encoding: .utf8)
        var found: [String: [UInt8]] = [:]
        for part in text.split(separator: "```hex ").dropFirst() {
            let name = part.prefix { $0 != "\n" }
            let body = part.dropFirst(name.count).split(separator: "```")[0]
            found[String(name)] = hex(String(body))
        }
        return found
    }
}
