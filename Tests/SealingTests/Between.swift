import CRDT
import Signing

@testable import Sealing

/// Somebody between a newcomer and an admitter, who talks to each as the other would.
struct Between {
    struct NoCode: Error {}

    private(set) var admitter: PairingAdmitter
    private var newcomer: PairingNewcomer
    private let own: DeviceIdentity
    private var random: Seeded

    init(_ seed: UInt64) {
        var random = Seeded(seed)
        let scheme = Ed25519Signatures()
        func identity() -> DeviceIdentity {
            DeviceIdentity(seed: SecretBytes(copying: random.bytes(32)), scheme: scheme)
        }
        let (north, south) = (identity(), identity())
        own = identity()
        admitter = PairingAdmitter(
            identity: north, site: "North", nonce: random.bytes(32),
            entropy: SecretBytes(copying: random.bytes(32)))
        newcomer = PairingNewcomer(
            identity: south, scheme: scheme, site: "South", nonce: random.bytes(32))
        self.random = random
    }

    /// Ends with the newcomer first, as its admitter, and only then opens at the admitter, with the
    /// newcomer's own name and nonce.
    mutating func meet() throws -> (atAdmitter: PairingCode, atNewcomer: PairingCode) {
        let (code, reveal) = try meetNewcomer()
        let party = PairingParty(nonce: reveal.nonce, keys: own.keys, name: reveal.name)
        _ = try offer(after: party)
        guard let shown = shown(party).code else { throw NoCode() }
        return (shown, code)
    }

    /// Knows the newcomer's code and the admitter's offer, and looks for a reveal under which the
    /// admitter would show the same first two digits: a hundred tries on average.
    mutating func lookForFitting() throws -> (
        code: PairingCode, wanted: PairingCode, shown: PairingCode?, failure: PairingFailure?
    ) {
        let (wanted, reveal) = try meetNewcomer()
        let promised = PairingParty(nonce: reveal.nonce, keys: own.keys, name: reveal.name)
        let offer = try offer(after: promised)
        let promise = PairingLetter.promise(of: promised)
        for _ in 0..<10_000 {
            let party = PairingParty(nonce: random.bytes(32), keys: own.keys, name: "South")
            let code = PairingCode(
                PairingLetter.transcript(promise: promise, offer: offer, reveal: party))
            guard code.number / 10_000 == wanted.number / 10_000 else { continue }
            let answer = shown(party)
            return (code, wanted, answer.code, answer.failure)
        }
        throw NoCode()
    }

    private mutating func meetNewcomer() throws -> (PairingCode, PairingParty) {
        _ = newcomer.handle(.opened)
        let mine = PairingParty(nonce: random.bytes(32), keys: own.keys, name: "North")
        var (code, reveal): (PairingCode?, PairingParty?)
        for effect in newcomer.handle(.received(PairingLetter.offer(mine).encoded())) {
            switch effect {
            case .compare(let shown, _): code = shown
            case .send(let letter):
                if case .reveal(let party) = try PairingLetter(decoding: letter) { reveal = party }
            case .store, .finish: break
            }
        }
        guard let code, let reveal else { throw NoCode() }
        return (code, reveal)
    }

    private mutating func offer(after party: PairingParty) throws -> PairingParty {
        let opening = PairingLetter.opening(promise: PairingLetter.promise(of: party))
        for case .send(let letter) in admitter.handle(.received(opening.encoded())) {
            if case .offer(let party) = try PairingLetter(decoding: letter) { return party }
        }
        throw NoCode()
    }

    private mutating func shown(
        _ party: PairingParty
    ) -> (code: PairingCode?, failure: PairingFailure?) {
        var answer: (code: PairingCode?, failure: PairingFailure?)
        for effect in admitter.handle(.received(PairingLetter.reveal(party).encoded())) {
            switch effect {
            case .compare(let code, _): answer.code = code
            case .finish(.failure(let failure)): answer.failure = failure
            case .send, .admit, .finish: break
            }
        }
        return answer
    }
}
