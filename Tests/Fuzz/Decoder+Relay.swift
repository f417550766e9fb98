import CRDT
import SyncProtocol

extension Decoder {
    /// What boxes and relays say to each other.
    static let relay = Decoder(
        name: "relay", vectors: vectors(), draw: { source in anyMessage(&source).encoded() },
        check: checkMessage)

    private static func vectors() -> [[UInt8]] {
        var source = RandomTransactions(seed: 5)
        return (0..<80).map { _ in anyMessage(&source).encoded() }
    }
}

private func anyMessage(_ source: inout RandomTransactions) -> RelayMessage {
    let tag = UInt32(source.random.number(bits: 32))
    switch source.random.below(13) {
    case 0:
        guard let nonce = RelayNonce(bytes: bytes(&source, 32)) else { return .done(tag: tag) }
        return .challenge(RelayChallenge(relay: RelayID(UInt128(tag)), nonce: nonce))
    case 1: return claim(&source)
    case 2:
        let head = cursor(&source)
        let floor = MailboxCursor(
            generation: head.generation, number: head.number / 2, chain: source.hash())
        return .welcome(
            MailboxStanding(
                head: head, floor: floor, bytes: source.random.next(),
                bytesMax: source.random.next(), itemsMax: source.random.next()))
    case 3: return .append(tag: tag, bytes(&source, 1 + source.random.below(80)))
    case 4:
        return .appended(
            tag: tag, MailboxReceipt(number: 1 + source.sequence() / 2, hash: source.hash()))
    case 5: return .refused(tag: tag, source.random.pick(MailboxRefusal.allCases))
    case 6:
        return .read(
            MailboxReadRequest(
                after: cursor(&source), items: source.random.below(300),
                bytes: source.random.below(1 << 21), waits: source.random.chance(1, in: 2)))
    case 7:
        let item = bytes(&source, 1 + source.random.below(80))
        return .item(MailboxItem(number: 1 + source.sequence() / 2, bytes: item))
    case 8: return .pageEnd(cursor(&source), headNumber: source.sequence())
    case 9:
        return .reset(source.random.pick(MailboxResetReason.allCases), floor: cursor(&source))
    case 10: return .deed(tag: tag, deed(&source))
    case 11:
        return .keys(tag: tag, (0..<source.random.below(5)).map { _ in key(&source) }.sorted())
    default: return .close(source.random.pick(RelayCloseReason.allCases))
    }
}

private func claim(_ source: inout RandomTransactions) -> RelayMessage {
    let token = InviteToken(bytes: bytes(&source, 32))
    let purpose: RelayClaim.Purpose =
        source.random.chance(1, in: 2)
        ? .login(source.random.pick(RelayRole.allCases))
        : token.map { .create($0) } ?? .login(.admin)
    let claim = RelayClaim(
        purpose: purpose, mailbox: MailboxID(UInt128(source.random.next())), key: key(&source))
    return .claim(
        claim, version: UInt8(1 + source.random.below(255)), signature: bytes(&source, 64))
}

private func deed(_ source: inout RandomTransactions) -> MailboxDeed {
    switch source.random.below(5) {
    case 0: .trim(through: source.sequence())
    case 1: .addKey(key(&source))
    case 2: .removeKey(key(&source))
    case 3: .replaceAdmin(key(&source))
    default: .listKeys
    }
}

private func bytes(_ source: inout RandomTransactions, _ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(source.random.below(256)) }
}

private func key(_ source: inout RandomTransactions) -> RelayKey {
    guard let key = RelayKey(bytes: bytes(&source, 32)) else {
        preconditionFailure("32 bytes make a key")
    }
    return key
}

private func cursor(_ source: inout RandomTransactions) -> MailboxCursor {
    MailboxCursor(
        generation: source.random.next(), number: source.sequence(), chain: source.hash())
}

@Sendable
private func checkMessage(_ bytes: [UInt8]) throws(BrokenLaw) -> Verdict {
    let message: RelayMessage
    do {
        message = try RelayDecoder().decode(bytes)
    } catch {
        return .refused(error.refusal)
    }
    guard message.encoded() == bytes else {
        throw BrokenLaw(text: "what was accepted does not encode to the same bytes")
    }
    return .accepted
}
