import CRDT
import Signing
import Testing

@testable import Sealing

@Suite struct PairingTests {
    @Test func `two boxes whose people agree pair, and hold one roster`() throws {
        var scene = PairingScene(1)
        try scene.meet()
        #expect(scene.codes == [scene.codes[0], scene.codes[0]])
        scene.approveBoth()
        let grant = try #require(try scene.granted?.get())
        #expect(grant.tenant == scene.roster.tenant)
        #expect(scene.stored?.head == scene.roster.head)
        #expect(grant.controlKey.matches(.filled(0xC0)))
        #expect(grant.epochKeys.count == 2 && grant.epochKeys[1].matches(.filled(0xE1)))
        #expect(grant.handover == Array("relay".utf8))
        #expect(try scene.admitted?.get().site == "South")
        #expect(try scene.admitted?.get().reply == Array("relay key".utf8))
    }

    @Test(arguments: [true, false])
    func `nothing is handed over before both have agreed`(admitterFirst: Bool) throws {
        var scene = PairingScene(2)
        try scene.meet()
        scene.approve(atAdmitter: admitterFirst)
        #expect(scene.granted == nil && scene.admitted == nil)
        #expect(!scene.hasAdmitted)
        scene.approve(atAdmitter: !admitterFirst)
        #expect(scene.granted != nil)
    }

    @Test(arguments: [true, false])
    func `a wrong code ends it at both boxes, and no key has left`(atAdmitter: Bool) throws {
        var scene = PairingScene(3)
        try scene.meet()
        let wrong = PairingCode(scene.codes[0].number == 0 ? "000 001" : "000000")!
        scene.approve(atAdmitter: !atAdmitter)
        scene.approve(wrong, atAdmitter: atAdmitter)
        let (here, there): (PairingFailure, PairingFailure) = (.codesDiffer, .codesDifferThere)
        #expect(scene.failure(atAdmitter: atAdmitter) == here)
        #expect(scene.failure(atAdmitter: !atAdmitter) == there)
        #expect(!scene.hasAdmitted && !scene.wire.contains { $0.first == 5 || $0.first == 6 })
    }

    @Test func `the wire never shows a key of the tenant nor the roster`() throws {
        var scene = PairingScene(4)
        try scene.meet()
        scene.approveBoth()
        let wire = scene.wire.flatMap { $0 }
        let secrets: [[UInt8]] = [
            [UInt8](repeating: 0xC0, count: 8), [UInt8](repeating: 0xE1, count: 8),
            Array(scene.roster.entries[0].bytes.prefix(40).suffix(24)),
        ]
        for secret in secrets { #expect(!wire.contains(secret)) }
    }

    @Test func `whoever opens after the newcomer's reveal shows the two people different codes`()
        throws
    {
        var equal = 0
        for seed in 1...500 {
            var between = Between(UInt64(seed))
            let meeting = try between.meet()
            if meeting.atAdmitter == meeting.atNewcomer { equal += 1 }
        }
        #expect(equal <= 1)
    }

    @Test func `who looks for a reveal that fits after the offer finds one, and is refused`()
        throws
    {
        var between = Between(17)
        let fitting = try between.lookForFitting()
        #expect(fitting.code.number / 10_000 == fitting.wanted.number / 10_000)
        #expect(fitting.shown == nil)
        #expect(fitting.failure == .malformed("it reveals what it did not promise"))
    }

    @Test(arguments: [true, false])
    func `an admitter offers itself once, and knows it when all is over`(isCut: Bool) throws {
        var admitter = Between(18).admitter
        #expect(!admitter.hasOffered)
        let opening = PairingLetter.opening(promise: ContentHash(1, 2, 3, 4)).encoded()
        #expect(admitter.handle(.received(opening)).count == 1)
        #expect(admitter.hasOffered)
        let second = admitter.handle(isCut ? .linkEnded : .received(opening))
        for case .send(let letter) in second { #expect(letter.first != 2) }
        #expect(admitter.hasOffered)
        #expect(admitter.handle(.received(opening)).isEmpty)
    }

    @Test func `an admitter that a stranger leaves without a word has offered nothing`() {
        var admitter = Between(19).admitter
        _ = admitter.handle(.linkEnded)
        #expect(!admitter.hasOffered)
    }

    @Test func `a newcomer that reveals other keys than it promised is refused`() throws {
        var (honest, other) = (PairingScene(5), PairingScene(6))
        let opening = honest.newcomerLetter(.opened)
        _ = honest.tellAdmitter(opening)
        let revealed = other.revealAfterOffer()
        let reveal = try #require(revealed)
        _ = honest.tellAdmitter(reveal)
        #expect(
            honest.failure(atAdmitter: true)
                == .malformed("it reveals what it did not promise"))
    }

    @Test func `a grant before the person here has agreed is refused`() throws {
        var (scene, other) = (PairingScene(7), PairingScene(7))
        try scene.meet()
        try other.meet()
        other.approveBoth()
        let grant = try #require(other.wire.first { $0.first == 5 })
        scene.tellNewcomer(grant)
        #expect(scene.failure(atAdmitter: false) == .malformed("a letter out of turn"))
        #expect(scene.stored == nil)
    }

    @Test func `a grant of another conversation is refused, whoever sealed it`() throws {
        var (scene, other) = (PairingScene(8), PairingScene(8, nonces: 99))
        try scene.meet()
        try other.meet()
        other.approveBoth()
        let grant = try #require(other.wire.first { $0.first == 5 })
        scene.approve(atAdmitter: false)
        scene.tellNewcomer(grant)
        #expect(
            scene.failure(atAdmitter: false)
                == .malformed("\(DecodingError.notCanonical("signature"))"))
    }

    @Test func `a roster that does not know the newcomer is refused`() throws {
        var scene = PairingScene(9)
        scene.forgetsToAdmit = true
        try scene.meet()
        scene.approveBoth()
        #expect(
            scene.failure(atAdmitter: false) == .malformed("its roster does not know this box"))
        #expect(scene.stored == nil)
    }

    @Test func `a long roster comes in parts and whole`() throws {
        var scene = PairingScene(10)
        scene.admitOthers(1_600)
        try scene.meet()
        scene.approveBoth()
        #expect(scene.wire.filter { $0.first == 6 }.count > 1)
        #expect(scene.wire.allSatisfy { $0.count <= PairingLimits.letterBytesMax })
        #expect(scene.stored?.head == scene.roster.head)
    }

    @Test func `a link that ends says whether the newcomer may be known already`() throws {
        var early = PairingScene(11)
        try early.meet()
        early.endLink()
        #expect(early.failure(atAdmitter: true) == .linkLost(wasAdmitted: false))
        #expect(early.failure(atAdmitter: false) == .linkLost(wasAdmitted: false))
        var late = PairingScene(12)
        try late.meet()
        late.dropsGrant = true
        late.approveBoth()
        late.endLink()
        #expect(late.failure(atAdmitter: true) == .linkLost(wasAdmitted: true))
        #expect(late.failure(atAdmitter: false) == .linkLost(wasAdmitted: true))
    }

    @Test(arguments: ["Sou\u{1B}[2Jth", "Sou\nth", "\u{202E}htuoS", "a\u{0}b"])
    func `a name that would move the screen of whoever decides is refused`(name: String) throws {
        var scene = PairingScene(13, site: name)
        #expect(throws: (any Error).self) { try scene.meet() }
        guard case .malformed = scene.failure(atAdmitter: true) else {
            Issue.record("the admitter took the name")
            return
        }
    }

    @Test func `no flipped bit and no cut makes a newcomer store or an admitter admit`() throws {
        var random = Seeded(14)
        for round in 0..<400 {
            var scene = PairingScene(UInt64(round))
            scene.harm = { bytes in
                var bytes = bytes
                if round % 4 == 0 {
                    bytes.removeLast(min(bytes.count, 1 + Int(random.next() % 8)))
                } else {
                    bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << (random.next() % 8)
                }
                return bytes
            }
            scene.harmsLetter = Int(random.next() % 6)
            try? scene.meet()
            guard scene.codes.count == 2 else { continue }
            scene.approveBoth()
            // What was harmed before the comparison shows as different codes or as a refusal; what
            // was harmed after does not open.
            #expect(scene.stored == nil || !scene.hasHarmed)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        guard let first = part.first, count >= part.count else { return false }
        return indices.dropLast(part.count - 1).contains { start in
            self[start] == first && self[start..<(start + part.count)].elementsEqual(part)
        }
    }
}
