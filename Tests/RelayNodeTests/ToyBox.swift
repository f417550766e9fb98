import CRDT
import Signing
import SyncProtocol
import Testing

/// A box as far as a relay sees one: one question after the other over one link.
actor ToyBox {
    enum Read: Equatable {
        case page([[UInt8]], MailboxCursor)
        case reset(MailboxResetReason, MailboxCursor)
    }

    private let link: any FrameLink
    private let keys: SigningKeyPair
    private var session = MailboxSession(hasher: BLAKE2bHasher())
    private var news: [MailboxSession.Effect] = []
    private(set) var closeReason: RelayCloseReason?

    /// A pair of keys that follows from a number.
    static func keys(_ number: UInt8) -> SigningKeyPair {
        let seed = SecretBytes(copying: [UInt8](repeating: number, count: 32))
        return Ed25519Signatures().keyPair(seed: seed)
    }

    static func key(_ number: UInt8) -> RelayKey {
        guard let key = RelayKey(bytes: keys(number).publicKey.bytes) else {
            preconditionFailure("a signing key has 32 bytes")
        }
        return key
    }

    init(_ link: any FrameLink, keys number: UInt8) {
        self.link = link
        keys = Self.keys(number)
    }

    func enter(
        _ mailbox: MailboxID, _ purpose: RelayClaim.Purpose = .login(.device), at relay: RelayID,
        _ binding: ChannelBinding = .loopback
    ) async -> Result<MailboxStanding, RelayCloseReason> {
        guard let key = RelayKey(bytes: keys.publicKey.bytes) else {
            return .failure(.malformed)
        }
        let claim = RelayClaim(purpose: purpose, mailbox: mailbox, key: key)
        await tell(.opened(MailboxAddress(relay: relay, claim: claim), binding))
        while closeReason == nil {
            if case .joined(let standing) = news.first {
                news.removeFirst()
                return .success(standing)
            }
            await hear()
        }
        return .failure(closeReason ?? .linkLost)
    }

    func append(_ items: [[UInt8]]) async -> [Result<MailboxReceipt, MailboxRefusal>] {
        for (tag, item) in items.enumerated() { await tell(.append(tag: UInt32(tag), item)) }
        var answers: [UInt32: Result<MailboxReceipt, MailboxRefusal>] = [:]
        while closeReason == nil, answers.count < items.count {
            for effect in news {
                if case .settled(let tag, let result) = effect { answers[tag] = result }
            }
            news = []
            if answers.count < items.count { await hear() }
        }
        return items.indices.map { answers[UInt32($0)] ?? .failure(.failed) }
    }

    func read(_ request: MailboxReadRequest) async -> Read? {
        await tell(.read(request))
        var items: [[UInt8]] = []
        while closeReason == nil {
            while !news.isEmpty {
                switch news.removeFirst() {
                case .deliver(let item): items.append(item.bytes)
                case .pageRead(let cursor, _): return .page(items, cursor)
                case .reset(let reason, let floor): return .reset(reason, floor)
                default: break
                }
            }
            await hear()
        }
        return nil
    }

    func perform(_ deed: MailboxDeed) async -> MailboxDeedAnswer? {
        await tell(.perform(tag: 1, deed))
        while closeReason == nil {
            while !news.isEmpty {
                if case .performed(_, let answer) = news.removeFirst() { return answer }
            }
            await hear()
        }
        return nil
    }

    /// Waits until the relay ends the talk.
    func waitForEnd() async -> RelayCloseReason? {
        while closeReason == nil { await hear() }
        return closeReason
    }

    private func hear() async {
        guard let bytes = await link.receive() else { return await tell(.closed) }
        do {
            await tell(.received(try RelayDecoder().decode(bytes)))
        } catch {
            Issue.record("the relay sent what is no message: \(error)")
            await tell(.leave(.malformed))
        }
    }

    private func tell(_ input: MailboxSession.Input) async {
        var inputs = [input]
        while !inputs.isEmpty {
            for effect in session.handle(inputs.removeFirst(), at: .zero) {
                switch effect {
                case .send(let message):
                    do {
                        try await link.send(message.encoded())
                        inputs.append(.sent)
                    } catch {
                        inputs.append(.closed)
                    }
                case .sign(let bytes):
                    inputs.append(.signed(Ed25519Signatures().sign(bytes, with: keys).bytes))
                case .close(let reason): closeReason = reason
                case .setTimer: break
                default: news.append(effect)
                }
            }
        }
    }
}
