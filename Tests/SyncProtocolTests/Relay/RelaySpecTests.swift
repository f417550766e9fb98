import CRDT
import SyncProtocol
import Testing

@Suite struct RelaySpecTests {
    private static let blocks = SpecBlock.blocks(
        of: "Sources/SyncProtocol/SyncProtocol.docc/Relay-Wire.md")
    private static let signed = blocks.filter {
        $0.name.hasPrefix("signed-") || $0.name == "invite-hash"
    }
    private static let accepted = blocks.filter { block in
        block.refusal == nil && !signed.contains { $0.name == block.name }
    }
    private static let refused = blocks.filter { $0.refusal != nil }

    @Test func `the document has vectors of every kind and of both verdicts`() {
        #expect(Set(Self.accepted.map { $0.bytes[0] }) == Set(0x41...0x53))
        #expect(Self.accepted.count == 19)
        #expect(Self.refused.count == 19)
        #expect(Self.signed.count == 3)
    }

    @Test(arguments: accepted)
    func `a vector of the document decodes and encodes to the same bytes`(block: SpecBlock) throws {
        #expect(try RelayDecoder().decode(block.bytes).encoded() == block.bytes)
    }

    @Test(arguments: refused)
    func `what the document refuses is refused for that reason`(block: SpecBlock) {
        let error = #expect(throws: DecodingError.self) {
            try RelayDecoder().decode(block.bytes)
        }
        #expect(error?.title == block.refusal)
    }

    @Test func `what is signed is what the document says`() throws {
        let claim = RelayScene.claim(.login(.device))
        let nonce = try #require(RelayNonce(bytes: [UInt8](repeating: 0xA0, count: 32)))
        let relay = RelayID(0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F)
        let login = try #require(Self.signed.first { $0.name == "signed-login" })
        #expect(
            claim.message(version: 1, relay: relay, nonce: nonce, binding: .loopback)
                == login.bytes)
        // The hash of the end point is this room's caller's to compute: its bytes are taken over.
        let token = try #require(InviteToken(bytes: [UInt8](repeating: 0xD3, count: 32)))
        let create = try #require(Self.signed.first { $0.name == "signed-create" })
        let point = try #require(ContentHash(bytes: create.bytes[35..<67]))
        let made = RelayScene.claim(.create(token)).message(
            version: 1, relay: relay, nonce: nonce, binding: .serverCertificate(point))
        #expect(made == create.bytes)
    }

    @Test func `the claims of the document are the ones its text describes`() throws {
        let login = try #require(Self.accepted.first { $0.name == "login" })
        let signature = [UInt8](repeating: 0xC2, count: 64)
        #expect(
            try RelayDecoder().decode(login.bytes)
                == .claim(RelayScene.claim(.login(.device)), version: 1, signature: signature))
    }

    @Test func `a token shows nothing of itself`() throws {
        let token = try #require(InviteToken(bytes: [UInt8](repeating: 0xD3, count: 32)))
        var shown = ""
        dump(token, to: &shown)
        #expect(!shown.contains("211") && !"\(token)".contains("211"))
    }
}
