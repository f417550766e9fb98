import CRDT
import Signing
import Testing

@Suite struct SignatureTests {
    private static let schemes: [any SignatureScheme] = [
        Ed25519Signatures(), StandInSignatures(),
    ]
    private let head = ChainHead(
        tenant: tenant, writer: WriterID(device: DeviceID(1), incarnation: 2), sequence: 3,
        chain: .filled(4))

    @Test(arguments: [0, 1])
    func `a signature holds for its message and key alone`(scheme: Int) throws {
        let scheme = Self.schemes[scheme]
        let pair = scheme.keyPair(seed: .filled(1))
        let message = head.message
        let signature = scheme.sign(message, with: pair)
        #expect(scheme.verifies(signature, of: message, by: pair.publicKey))
        #expect(
            !scheme.verifies(signature, of: message, by: scheme.keyPair(seed: .filled(2)).publicKey)
        )
        for position in message.indices {
            var altered = message
            altered[position] ^= 1
            #expect(!scheme.verifies(signature, of: altered, by: pair.publicKey))
        }
        for position in 0..<64 {
            var altered = signature.bytes
            altered[position] ^= 1
            let other = try #require(Signature(bytes: altered))
            #expect(!scheme.verifies(other, of: message, by: pair.publicKey))
        }
    }

    @Test func `a key of small order and a signature above the group order verify nothing`() throws
    {
        let scheme = Ed25519Signatures()
        let small = try #require(SigningKey(bytes: [1] + [UInt8](repeating: 0, count: 31)))
        let forged = try #require(
            Signature(bytes: [1] + [UInt8](repeating: 0, count: 63)))
        #expect(!scheme.verifies(forged, of: [], by: small))
        let pair = scheme.keyPair(seed: .filled(1))
        var bytes = scheme.sign([1, 2], with: pair).bytes
        var carry = 0
        for (place, part) in hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
            .enumerated()
        {
            let sum = Int(bytes[32 + place]) + Int(part) + carry
            bytes[32 + place] = UInt8(sum & 0xFF)
            carry = sum >> 8
        }
        let malleable = try #require(Signature(bytes: bytes))
        #expect(!scheme.verifies(malleable, of: [1, 2], by: pair.publicKey))
    }

    @Test func `a head is verified only by its own device's key`() {
        let one = DeviceIdentity(seed: .filled(1), scheme: StandInSignatures())
        let two = DeviceIdentity(seed: .filled(2), scheme: StandInSignatures())
        let head = ChainHead(
            tenant: tenant, writer: WriterID(device: one.device, incarnation: 1), sequence: 1,
            chain: .filled(1))
        #expect(head.isSigned(head.signed(by: one), by: one.keys.signing, StandInSignatures()))
        #expect(!head.isSigned(two.sign(head.message), by: two.keys.signing, StandInSignatures()))
    }

    @Test func `BLAKE2b-256 gives the known answers`() {
        let hasher = BLAKE2bHasher()
        #expect(
            hasher.hash([])
                == ContentHash(
                    hex: "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"))
        #expect(
            hasher.hash(Array("abc".utf8))
                == ContentHash(
                    hex: "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"))
    }

    @Test func `a secret tells nobody but its borrower`() {
        let secret = SecretBytes.filled(0x41)
        #expect("\(secret)" == "SecretBytes(32)")
        #expect(Mirror(reflecting: secret).children.isEmpty)
        var dumped = ""
        dump(DeviceIdentity(seed: secret, scheme: Ed25519Signatures()), to: &dumped)
        #expect(!dumped.contains("65, 65"))
        #expect(secret.withBytes { $0[31] } == 0x41)
        #expect(!secret.matches(SecretBytes(copying: [0x41])))
    }
}

@Suite struct EraseOrderTests {
    private let author = DeviceIdentity(seed: .filled(1), scheme: StandInSignatures())

    private func erasing(_ count: Int) -> EraseOrder? {
        let writer = WriterID(device: author.device, incarnation: 1)
        let sections = (0..<count).map {
            NamedSection(writer: writer, sequence: UInt64(count - $0), hash: .filled(3))
        }
        return EraseOrder(
            tenant: tenant, subject: RowID(5), reason: .request, stamp: Stamp(milliseconds: 9),
            sections: sections + sections, by: author)
    }

    @Test(arguments: [0, 1, 1_024])
    func `an order returns from its bytes`(count: Int) throws {
        let order = try #require(erasing(count))
        #expect(order.sections.count == count)
        #expect(order.bytes.count <= RosterLimits.entryBytesMax)
        #expect(try EraseOrder(decoding: order.bytes) == order)
        #expect(order.isSigned(by: author.keys.signing, StandInSignatures()))
    }

    @Test func `more sections than one order holds need several`() {
        #expect(erasing(1_025) == nil)
    }

    @Test func `every byte flipped and every truncation is refused or unsigned`() throws {
        let order = try #require(erasing(2))
        for position in order.bytes.indices {
            var altered = order.bytes
            altered[position] ^= 1
            let other = try? EraseOrder(decoding: altered)
            #expect(other?.isSigned(by: author.keys.signing, StandInSignatures()) != true)
            #expect(throws: DecodingError.self) {
                try EraseOrder(decoding: Array(order.bytes[..<position]))
            }
        }
    }
}
