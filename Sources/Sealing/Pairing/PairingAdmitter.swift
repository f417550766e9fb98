public import CRDT
public import Signing

/// Who asks to be admitted, as the person at the admitting box sees them.
public struct PairingGuest: Hashable, Sendable {
    public let keys: PublicKeys
    /// What the newcomer's person calls its site.
    public let site: String
    /// What the newcomer said once it had everything on disk: bytes for the rooms above, signed or
    /// not; empty until then.
    public internal(set) var reply: [UInt8] = []
}

/// The admitting box's side of a pairing (`Pairing.md`): offers itself, compares, admits, hands
/// over.
///
/// Nothing secret leaves before the person here and the person there have both said that the codes
/// agree and the roster has the newcomer on disk.
public struct PairingAdmitter: Sendable {
    /// What happens to it.
    public enum Input: Sendable {
        case received([UInt8])
        /// The person here typed the code that the other box shows.
        case approved(PairingCode)
        case declined
        /// The newcomer's site may not be called so.
        case nameTaken
        /// The newcomer is in the roster, on disk: every entry of it, parents first.
        case admitted(PairingGrant, roster: [RosterEntry], head: ContentHash)
        case failedToAdmit(String)
        case timedOut
        case linkEnded
    }

    /// What is to be done, in this order.
    public enum Effect: Sendable {
        case send([UInt8])
        /// Show the code and who asks; then `approved` or `declined`, or at once `nameTaken`.
        case compare(PairingCode, PairingGuest)
        /// Write the guest into the roster; then `admitted` or `failedToAdmit`.
        case admit(PairingGuest)
        /// The newcomer has everything on disk, or nothing more will happen.
        case finish(Result<PairingGuest, PairingFailure>)
    }

    private enum Phase {
        case waiting
        case offered(promise: ContentHash)
        case comparing(here: Bool, there: Bool)
        case admitting
        case granted
        case over
    }

    private let identity: DeviceIdentity
    private let offer: PairingParty
    private let entropy: SecretBytes
    private var phase = Phase.waiting
    /// Whether the other side was told this box's nonce, also when all is over. With it and its own
    /// reveal it can compute this box's code before it reveals: a further machine for the same
    /// person's decision would give it another code to choose from.
    public private(set) var hasOffered = false
    private var guest: PairingGuest?
    private var transcript: ContentHash?

    /// - Parameters:
    ///   - nonce: 32 random bytes for this pairing alone.
    ///   - entropy: 32 more, from which sealed boxes draw theirs.
    ///   - site: what people call the admitting site, at most 256 bytes.
    public init(
        identity: DeviceIdentity, site: String, nonce: [UInt8], entropy: SecretBytes
    ) {
        precondition(nonce.count == PairingLimits.nonceBytes && entropy.count == 32)
        self.identity = identity
        self.entropy = entropy
        offer = PairingParty(nonce: nonce, keys: identity.keys, name: site)
    }

    /// Performs one step.
    public mutating func handle(_ input: Input) -> [Effect] {
        if case .over = phase { return [] }
        switch input {
        case .received(let bytes):
            do throws(DecodingError) {
                return hear(try PairingLetter(decoding: bytes))
            } catch {
                return fail(.malformed("\(error)"))
            }
        case .approved(let code): return approve(code)
        case .declined: return isHandingOver ? [] : fail(.declined)
        case .nameTaken: return isHandingOver ? [] : fail(.nameTaken)
        case .admitted(let grant, let roster, let head):
            guard case .admitting = phase else { return [] }
            return handOver(grant, roster, head)
        case .failedToAdmit(let why): return fail(.storeFailed(why))
        case .timedOut:
            if case .offered = phase { return fail(.goneAfterOffer) }
            return fail(isHandingOver ? .linkLost(wasAdmitted: true) : .expired)
        case .linkEnded:
            if case .offered = phase { return fail(.goneAfterOffer) }
            return fail(.linkLost(wasAdmitted: isHandingOver))
        }
    }

    /// Both have agreed: from here on the newcomer may stand in the roster.
    private var isHandingOver: Bool {
        switch phase {
        case .admitting, .granted: true
        case .waiting, .offered, .comparing, .over: false
        }
    }

    private mutating func hear(_ letter: PairingLetter) -> [Effect] {
        switch (phase, letter) {
        case (.waiting, .opening(let promise)):
            phase = .offered(promise: promise)
            hasOffered = true
            return [.send(PairingLetter.offer(offer).encoded())]
        case (.offered(let promise), .reveal(let party)):
            guard PairingLetter.promise(of: party) == promise else {
                return fail(.malformed("it reveals what it did not promise"))
            }
            let transcript = PairingLetter.transcript(
                promise: promise, offer: offer, reveal: party)
            let guest = PairingGuest(keys: party.keys, site: party.name)
            (self.transcript, self.guest) = (transcript, guest)
            phase = .comparing(here: false, there: false)
            return [.compare(PairingCode(transcript), guest)]
        case (.comparing(let here, there: false), .verdict(.agreed)):
            return agree(here: here, there: true)
        case (.granted, .stored(let reply)):
            guard var guest else { return [] }
            guest.reply = reply
            phase = .over
            return [.finish(.success(guest))]
        case (_, .verdict(let verdict)) where verdict != .agreed:
            phase = .over
            return [.finish(.failure(PairingFailure(saidThere: verdict)))]
        default: return fail(.malformed("a letter out of turn"))
        }
    }

    private mutating func approve(_ code: PairingCode) -> [Effect] {
        guard case .comparing(here: false, let there) = phase, let transcript else { return [] }
        guard code == PairingCode(transcript) else { return fail(.codesDiffer) }
        return [.send(PairingLetter.verdict(.agreed).encoded())] + agree(here: true, there: there)
    }

    private mutating func agree(here: Bool, there: Bool) -> [Effect] {
        guard here, there, let guest else {
            phase = .comparing(here: here, there: there)
            return []
        }
        phase = .admitting
        return [.admit(guest)]
    }

    private mutating func handOver(
        _ grant: PairingGrant, _ roster: [RosterEntry], _ head: ContentHash
    ) -> [Effect] {
        guard let guest, let transcript else { return [] }
        let signed = SignedGrant(grant, entries: roster.count, head: head)
        var plain = [signed.encoded(in: transcript, by: identity)]
        plain += PairingRoster.parts(of: roster, in: transcript)
        var effects: [Effect] = []
        for (number, part) in plain.enumerated() {
            let key = entropy.subkey(UInt64(number), context: "WRNpairb")
            guard let box = SealedBox.seal(part, to: guest.keys.box, entropy: key) else {
                return fail(.malformed("its box key is no key"))
            }
            let letter = number == 0 ? PairingLetter.grant(box) : .entries(box)
            effects.append(.send(letter.encoded()))
        }
        phase = .granted
        return effects
    }

    private mutating func fail(_ failure: PairingFailure) -> [Effect] {
        phase = .over
        let told = failure.verdict.map { Effect.send(PairingLetter.verdict($0).encoded()) }
        return (told.map { [$0] } ?? []) + [.finish(.failure(failure))]
    }

    /// What a box without an open pairing answers to whoever dials it.
    public static var notOpen: [UInt8] { PairingLetter.verdict(.notOpen).encoded() }
}
