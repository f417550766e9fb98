import CRDT
import Sealing
import Signing
import Testing

@Suite struct FrameSealerTests {
    @Test(arguments: [0, 1], [true, false])
    func `what was sealed opens to the same content`(suite: Int, isCompressing: Bool) throws {
        let sealer = sealer(cipher: suites[suite], isCompressing: isCompressing)
        let content = run((0..<300).map { "in_house \($0)" })
        #expect(try sealer.open(sealer.seal(content, nonce: .zero)) == content)
    }

    @Test(arguments: ["in_house", "checked_in"])
    func `one edit sent at once is at most 220 bytes, sealed and signed`(text: String) throws {
        let sealed = try sealer().seal(run([text]), nonce: .zero)
        #expect(sealed.count <= 220)
    }

    @Test func `every byte flipped in any bit is refused`() throws {
        let sealer = sealer()
        let sealed = try sealer.seal(run(["in_house"]), nonce: .zero)
        for position in sealed.indices {
            for bit in 0..<8 {
                var altered = sealed
                altered[position] ^= 1 << bit
                let reason = refusal { () throws(SealingError) in try sealer.open(altered) }
                switch position {
                case 0: #expect(reason == .unknownVersion(altered[0]))
                case 1: #expect(reason == .unknownSuite(altered[1]))
                case 2..<10: #expect(reason.map(isUnknownEpoch) == true)
                default: #expect(reason == .notAuthentic)
                }
            }
        }
    }

    private func isUnknownEpoch(_ error: SealingError) -> Bool {
        if case .unknownEpoch = error { true } else { false }
    }

    @Test func `drip-fed, a frame opens only once its last byte is here`() throws {
        let sealer = sealer()
        let sealed = try sealer.seal(run(["in_house"]), nonce: .zero)
        for count in 0..<sealed.count {
            let part = Array(sealed[..<count])
            #expect(refusal { () throws(SealingError) in try sealer.open(part) } != nil)
        }
        #expect(throws: SealingError.notAuthentic) { try sealer.open(sealed + [0]) }
    }

    @Test func `equal content never gives equal bytes under two nonces`() throws {
        let sealer = sealer()
        var random = Seeded(7)
        var seen: Set<[UInt8]> = []
        for _ in 0..<200 {
            seen.insert(try sealer.seal(run(["in_house"]), nonce: random.nonce()))
        }
        #expect(seen.count == 200)
    }

    @Test func `only Padmé sizes leave the box`() throws {
        let sealer = sealer(isCompressing: false)
        for length in 1..<400 {
            let content = run([String(repeating: "x", count: length)])
            let padded = try sealer.seal(content, nonce: .zero).count - 34 - 16 - 64
            #expect(Padme.size(for: padded) == padded)
        }
    }

    @Test func `another tenant's frame does not open, whatever the key`() throws {
        let sealed = try sealer().seal(run(["in_house"]), nonce: .zero)
        #expect(throws: SealingError.notAuthentic) {
            try sealer(tenant: TenantID(5)).open(sealed)
        }
    }

    @Test func `an older epoch opens and the sealing one seals`() throws {
        let old = Epoch(key: .filled(1))
        let new = Epoch(key: .filled(2))
        let before = FrameSealer(tenant: tenant, epoch: old, cipher: XChaChaCipher())
        let after = FrameSealer(
            tenant: tenant, epoch: new, older: [old], cipher: XChaChaCipher())
        let content = run(["in_house"])
        #expect(try after.open(before.seal(content, nonce: .zero)) == content)
        let sealed = try after.seal(content, nonce: .zero)
        #expect(throws: SealingError.unknownEpoch(new.tag)) { try before.open(sealed) }
        before.adopt(new, isForSealing: false)
        #expect(try before.open(sealed) == content)
        #expect(before.sealingEpoch.tag == old.tag)
        #expect(before.knows(epoch: new.tag))
    }

    @Test func `a name can be found in a stand-in frame and never in a sealed one`() throws {
        let content = run(["Wilhelmina Achterberg"])
        let name = Array("Wilhelmina Achterberg".utf8)
        let open = try sealer(cipher: StandInCipher(), isCompressing: false)
            .seal(content, nonce: .zero)
        let sealed = try sealer(isCompressing: false).seal(content, nonce: .zero)
        #expect(open.contains(name))
        #expect(!sealed.contains(name))
    }

    @Test func `a house of one suite refuses the other's frames`() throws {
        let sealed = try sealer(cipher: StandInCipher()).seal(run(["x"]), nonce: .zero)
        #expect(throws: SealingError.unknownSuite(2)) { try sealer().open(sealed) }
    }

    @Test func `the largest transaction fits a frame even when it does not compress`() throws {
        var random = Seeded(3)
        let content = content(of: [random.bytes(Limits.transactionBytesMax)])
        let sealed = try sealer().seal(content, nonce: .zero)
        #expect(sealed.count <= SealingLimits.sealedBytesMax)
        #expect(try sealer().open(sealed) == content)
    }

    @Test func `too much is refused before it is sealed`() throws {
        var random = Seeded(3)
        let block = random.bytes(700_000)
        #expect(throws: SealingError.tooLarge(bytes: 1_409_138, limit: 5 << 18)) {
            try sealer().seal(content(of: [block, block.reversed()]), nonce: .zero)
        }
        #expect(throws: SealingError.tooLarge(bytes: 2_100_037, limit: 2 << 20)) {
            try sealer().seal(content(of: [block, block, block]), nonce: .zero)
        }
        let refused: [([[UInt8]], DecodingError)] = [
            ([], .notCanonical("empty frame")),
            ([[]], .notCanonical("empty transaction")),
            ([random.bytes(Limits.transactionBytesMax + 1)], .beyondLimit("transaction bytes")),
            (Array(repeating: [1], count: 4_097), .beyondLimit("transactions")),
        ]
        for (transactions, reason) in refused {
            #expect(throws: SealingError.malformedContent(reason)) {
                try sealer().seal(content(of: transactions), nonce: .zero)
            }
        }
        let huge = [UInt8](repeating: 1, count: SealingLimits.sealedBytesMax + 1)
        #expect(throws: SealingError.tooLarge(bytes: huge.count, limit: 5 << 18)) {
            try sealer().open(huge)
        }
    }

    private func content(of transactions: [[UInt8]]) -> FrameContent {
        FrameContent(
            writer: WriterID(device: DeviceID(1), incarnation: 1), low: 1, previous: 0,
            signature: .filled(9), transactions: transactions)
    }
}

extension Array where Element: Equatable {
    func contains(_ part: [Element]) -> Bool {
        indices.contains { self[$0...].starts(with: part) }
    }
}
