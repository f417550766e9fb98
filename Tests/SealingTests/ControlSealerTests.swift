import CRDT
import Sealing
import Signing
import Testing

@Suite struct ControlSealerTests {
    private let control = ControlSealer(
        tenant: tenant, key: .filled(0x22), cipher: XChaChaCipher())

    private func pair() -> (SealedLink, SealedLink) {
        (
            control.link(initiator: LinkNonce(1), responder: LinkNonce(2), as: .initiator),
            control.link(initiator: LinkNonce(1), responder: LinkNonce(2), as: .responder)
        )
    }

    @Test(arguments: [0, 1, 205, 206, 207, 5_000, SealingLimits.controlBytesMax])
    func `the lane returns what it was given`(count: Int) throws {
        let message = [UInt8](repeating: 4, count: count)
        #expect(try control.open(control.seal(message, nonce: .zero)) == message)
    }

    @Test func `all small messages have one size, and a greeting is below 256 bytes`() throws {
        var (initiator, _) = pair()
        for count in 0...206 {
            let message = [UInt8](repeating: 1, count: count)
            #expect(try initiator.seal(message, nonce: .zero).count == 250)
            #expect(try control.seal(message, nonce: .zero).count == 250)
        }
    }

    @Test func `too much for the lane is refused on both sides`() throws {
        let count = SealingLimits.controlBytesMax + 1
        let reason = SealingError.tooLarge(bytes: count, limit: SealingLimits.controlBytesMax)
        #expect(throws: reason) {
            try control.seal([UInt8](repeating: 0, count: count), nonce: .zero)
        }
        #expect(throws: SealingError.self) {
            try control.open([UInt8](repeating: 1, count: 1 << 20))
        }
    }

    @Test func `every byte of a lane message flipped is refused, and every truncation`() throws {
        let sealed = try control.seal([1, 2, 3], nonce: .zero)
        for position in sealed.indices {
            var altered = sealed
            altered[position] ^= 0x40
            #expect(refusal { () throws(SealingError) in try control.open(altered) } != nil)
            let part = Array(sealed[..<position])
            #expect(refusal { () throws(SealingError) in try control.open(part) } != nil)
        }
    }

    @Test func `a conversation opens in order, both ways`() throws {
        var (initiator, responder) = pair()
        for step in UInt8(0)..<5 {
            #expect(
                try responder.open(initiator.seal([step, 1], nonce: .zero)) == [step, 1])
            #expect(
                try initiator.open(responder.seal([step, 2], nonce: .zero)) == [step, 2])
        }
        #expect(initiator.sent == 5 && initiator.received == 5)
    }

    @Test func `a message replayed, skipped, turned around or moved does not open`() throws {
        var (initiator, responder) = pair()
        var elsewhere = control.link(
            initiator: LinkNonce(1), responder: LinkNonce(3), as: .responder)
        let first = try initiator.seal([1], nonce: .zero)
        let second = try initiator.seal([2], nonce: .zero)
        #expect(throws: SealingError.notAuthentic) { try responder.open(second) }
        #expect(throws: SealingError.notAuthentic) { try initiator.open(first) }
        #expect(throws: SealingError.notAuthentic) { try elsewhere.open(first) }
        #expect(throws: SealingError.notAuthentic) { try control.open(first) }
        #expect(try responder.open(first) == [1])
        #expect(throws: SealingError.notAuthentic) { try responder.open(first) }
        #expect(try responder.open(second) == [2])
    }

    @Test func `lane, links and frames share no key`() throws {
        // One key for everything: only the derivations keep the three apart.
        let key = SecretBytes.filled(0x11)
        let control = ControlSealer(tenant: tenant, key: key, cipher: XChaChaCipher())
        let frame = try sealer(key: 0x11).seal(run(["x"]), nonce: .zero)
        let message = try control.seal([1], nonce: .zero)
        #expect(refusal { () throws(SealingError) in try control.open(frame) } != nil)
        #expect(refusal { () throws(SealingError) in try sealer(key: 0x11).open(message) } != nil)
        let keys = [
            key.subkey(1, context: "WRNcontr"), key.subkey(2, context: "WRNcontr"),
            key.subkey(1, context: "WRNframe"), key.subkey(1, context: "WRNdevic"),
            key.subkey(2, context: "WRNdevic"), key.subkey(1, context: "WRNrecov"), key,
        ]
        for (left, leftKey) in keys.enumerated() {
            for (right, rightKey) in keys.enumerated() {
                #expect(leftKey.matches(rightKey) == (left == right))
            }
        }
    }
}

@Suite struct KeyWrapTests {
    private let identity = DeviceIdentity(seed: .filled(1), scheme: Ed25519Signatures())
    private let other = DeviceIdentity(seed: .filled(2), scheme: Ed25519Signatures())

    private func wrapped() -> [UInt8] {
        KeyWrap.seal(
            .filled(9), number: 4, tenant: tenant, to: identity.keys, entropy: .filled(5)) ?? []
    }

    @Test func `a wrapped key opens for its device, tenant and number alone`() {
        let wrap = wrapped()
        #expect(wrap.count == KeyWrap.count)
        let key = KeyWrap.open(wrap, number: 4, tenant: tenant, by: identity)
        #expect(key?.matches(.filled(9)) == true)
        #expect(KeyWrap.open(wrap, number: 5, tenant: tenant, by: identity) == nil)
        #expect(KeyWrap.open(wrap, number: 4, tenant: TenantID(1), by: identity) == nil)
        #expect(KeyWrap.open(wrap, number: 4, tenant: tenant, by: other) == nil)
    }

    @Test func `every byte of a wrap flipped is refused`() {
        let wrap = wrapped()
        for position in wrap.indices {
            var altered = wrap
            altered[position] ^= 0x80
            // The top bit of an X25519 point is ignored by definition (RFC 7748, 5), but the nonce
            // hashes it.
            #expect(KeyWrap.open(altered, number: 4, tenant: tenant, by: identity) == nil)
        }
    }
}
