internal import CRDT
public import Signing

/// The newcomer's side of a pairing (`Pairing.md`): promises, reveals, compares, receives.
///
/// It believes nothing that the person here has not compared: a grant that comes before is refused,
/// and so is a roster that does not know this device at the granted site.
public struct PairingNewcomer: Sendable {
    /// What happens to it.
    public enum Input: Sendable {
        case opened
        case received([UInt8])
        /// The person here typed the code that the other box shows.
        case approved(PairingCode)
        case declined
        /// The folder is on disk; `reply` is for the rooms above at the other box, at most
        /// `PairingLimits.replyBytesMax`.
        case stored(reply: [UInt8])
        case failedToStore(String)
        case timedOut
        case linkEnded
    }

    /// What is to be done, in this order.
    public enum Effect: Sendable {
        case send([UInt8])
        /// Show the code and which site admits; then `approved` or `declined`.
        case compare(PairingCode, admitter: String)
        /// Write the folder; then `stored` or `failedToStore`.
        case store(PairingGrant, roster: Roster)
        case finish(Result<PairingGrant, PairingFailure>)
    }

    private enum Phase {
        case closed
        case promised
        case comparing(here: Bool)
        case agreed
        case receiving(SignedGrant, PairingRoster)
        case storing(PairingGrant)
        case over
    }

    private let identity: DeviceIdentity
    private let scheme: any SignatureScheme
    private let reveal: PairingParty
    private var phase = Phase.closed
    private var offer: PairingParty?
    private var transcript: ContentHash?

    /// - Parameters:
    ///   - site: what people will call this box's site, at most 256 bytes.
    ///   - nonce: 32 random bytes for this pairing alone.
    public init(
        identity: DeviceIdentity, scheme: any SignatureScheme, site: String, nonce: [UInt8]
    ) {
        precondition(nonce.count == PairingLimits.nonceBytes)
        self.identity = identity
        self.scheme = scheme
        reveal = PairingParty(nonce: nonce, keys: identity.keys, name: site)
    }

    /// Performs one step.
    public mutating func handle(_ input: Input) -> [Effect] {
        if case .over = phase { return [] }
        switch input {
        case .opened:
            phase = .promised
            let promise = PairingLetter.promise(of: reveal)
            return [.send(PairingLetter.opening(promise: promise).encoded())]
        case .received(let bytes):
            do throws(DecodingError) {
                return try hear(try PairingLetter(decoding: bytes))
            } catch {
                return fail(.malformed("\(error)"))
            }
        case .approved(let code): return approve(code)
        case .declined:
            switch phase {
            case .promised, .comparing: return fail(.declined)
            case .closed, .agreed, .receiving, .storing, .over: return []
            }
        case .stored(let reply):
            precondition(reply.count <= PairingLimits.replyBytesMax)
            guard case .storing(let grant) = phase else { return [] }
            phase = .over
            return [.send(PairingLetter.stored(reply: reply).encoded()), .finish(.success(grant))]
        case .failedToStore(let why): return fail(.storeFailed(why))
        case .timedOut: return fail(mayBeAdmitted ? .linkLost(wasAdmitted: true) : .expired)
        case .linkEnded: return fail(.linkLost(wasAdmitted: mayBeAdmitted))
        }
    }

    /// Once the person here has agreed, the other box alone knows whether it went on.
    private var mayBeAdmitted: Bool {
        switch phase {
        case .agreed, .receiving, .storing: true
        case .closed, .promised, .comparing, .over: false
        }
    }

    private mutating func hear(_ letter: PairingLetter) throws(DecodingError) -> [Effect] {
        switch (phase, letter) {
        case (.promised, .offer(let party)):
            let transcript = PairingLetter.transcript(
                promise: PairingLetter.promise(of: reveal), offer: party, reveal: reveal)
            (offer, self.transcript) = (party, transcript)
            phase = .comparing(here: false)
            return [
                .send(PairingLetter.reveal(reveal).encoded()),
                .compare(PairingCode(transcript), admitter: party.name),
            ]
        case (.comparing, .verdict(.agreed)), (.agreed, .verdict(.agreed)):
            // The grant says more; until then the person here decides alone.
            return []
        case (.agreed, .grant(let sealed)): return try take(grant: sealed)
        case (.receiving(let grant, var roster), .entries(let sealed)):
            try roster.read(try open(sealed))
            phase = .receiving(grant, roster)
            return judge(grant, roster.entries)
        case (_, .verdict(let verdict)) where verdict != .agreed:
            phase = .over
            return [.finish(.failure(PairingFailure(saidThere: verdict)))]
        default: return fail(.malformed("a letter out of turn"))
        }
    }

    private mutating func approve(_ code: PairingCode) -> [Effect] {
        guard case .comparing = phase, let transcript else { return [] }
        guard code == PairingCode(transcript) else { return fail(.codesDiffer) }
        phase = .agreed
        return [.send(PairingLetter.verdict(.agreed).encoded())]
    }

    private mutating func take(grant sealed: [UInt8]) throws(DecodingError) -> [Effect] {
        guard let offer, let transcript else { return [] }
        let signed = try SignedGrant(
            decoding: try open(sealed), in: transcript, by: offer.keys.signing, scheme)
        phase = .receiving(signed, PairingRoster(in: transcript))
        return []
    }

    private func open(_ sealed: [UInt8]) throws(DecodingError) -> [UInt8] {
        guard let plain = identity.openBox(sealed) else { throw .notCanonical("sealed box") }
        return plain.withBytes { Array(UnsafeBufferPointer(start: $0, count: plain.count)) }
    }

    /// Once all entries are here: whether they make the roster that was granted.
    private mutating func judge(_ signed: SignedGrant, _ entries: [RosterEntry]) -> [Effect] {
        guard entries.count >= signed.entries else { return [] }
        guard entries.count == signed.entries, let genesis = entries.first,
            var roster = try? Roster(genesis: genesis, scheme: scheme)
        else { return fail(.malformed("its roster has no beginning")) }
        for entry in entries.dropFirst() { _ = roster.admit(entry) }
        guard roster.tenant == signed.grant.tenant, roster.head == signed.head,
            roster.current.site(of: identity.device) == signed.grant.site
        else { return fail(.malformed("its roster does not know this box")) }
        phase = .storing(signed.grant)
        return [.store(signed.grant, roster: roster)]
    }

    private mutating func fail(_ failure: PairingFailure) -> [Effect] {
        phase = .over
        let told = failure.verdict.map { Effect.send(PairingLetter.verdict($0).encoded()) }
        return (told.map { [$0] } ?? []) + [.finish(.failure(failure))]
    }
}
