import CRDT
import SyncProtocol

extension Seeded {
    mutating func relayKey() -> RelayKey {
        guard let key = RelayKey(bytes: bytes(32)) else { preconditionFailure("32 bytes") }
        return key
    }

    mutating func cursor() -> MailboxCursor {
        MailboxCursor(
            generation: next(), number: next() >> UInt64(2 + below(60)), chain: hash())
    }

    mutating func relayClaim() -> RelayClaim {
        let purposes: [RelayClaim.Purpose] =
            [.login(.device), .login(.admin)]
            + (InviteToken(bytes: bytes(32)).map { [.create($0)] } ?? [])
        return RelayClaim(
            purpose: purposes[below(purposes.count)], mailbox: MailboxID(UInt128(next())),
            key: relayKey())
    }

    mutating func deed() -> MailboxDeed {
        switch below(5) {
        case 0: .trim(through: next() >> 2)
        case 1: .addKey(relayKey())
        case 2: .removeKey(relayKey())
        case 3: .replaceAdmin(relayKey())
        default: .listKeys
        }
    }

    mutating func refusal() -> MailboxRefusal {
        MailboxRefusal.allCases[below(MailboxRefusal.allCases.count)]
    }

    mutating func standing() -> MailboxStanding {
        let head = cursor()
        let floor = MailboxCursor(
            generation: head.generation, number: head.number / 2, chain: hash())
        return MailboxStanding(
            head: head, floor: floor, bytes: next(), bytesMax: next(), itemsMax: next())
    }

    mutating func relayMessage() -> RelayMessage {
        let tag = UInt32(below(4))
        switch below(14) {
        case 0:
            guard let nonce = RelayNonce(bytes: bytes(32)) else { return .done(tag: 0) }
            return .challenge(RelayChallenge(relay: RelayID(UInt128(next())), nonce: nonce))
        case 1: return .claim(relayClaim(), version: UInt8(1 + below(3)), signature: bytes(64))
        case 2: return .welcome(standing())
        case 3: return .append(tag: tag, bytes(1 + below(80)))
        case 4:
            return .appended(
                tag: tag, MailboxReceipt(number: 1 + next() >> UInt64(3 + below(60)), hash: hash()))
        case 5: return .refused(tag: tag, refusal())
        case 6:
            return .read(
                MailboxReadRequest(
                    after: cursor(), items: 1 + below(256), bytes: 1 + below(1 << 20),
                    waits: below(2) == 0))
        case 7:
            return .item(
                MailboxItem(
                    number: 1 + next() >> UInt64(3 + below(60)), bytes: bytes(1 + below(80))))
        case 8: return .pageEnd(cursor(), headNumber: next() >> 2)
        case 9:
            let reasons = MailboxResetReason.allCases
            return .reset(reasons[below(reasons.count)], floor: cursor())
        case 10: return .deed(tag: tag, deed())
        case 11: return .done(tag: tag)
        case 12: return .keys(tag: tag, (0..<below(5)).map { _ in relayKey() }.sorted())
        default:
            let reasons = RelayCloseReason.allCases
            return .close(reasons[below(reasons.count)])
        }
    }
}
