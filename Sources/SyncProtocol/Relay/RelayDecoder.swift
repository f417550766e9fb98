public import CRDT

/// Bytes to messages between box and relay: every limit is checked before anything is allocated,
/// and only what `RelayMessage.encoded()` writes is accepted.
public struct RelayDecoder: Sendable {
    /// Nothing to set up.
    public init() {}

    /// Reads one whole message.
    ///
    /// - Throws: a `DecodingError`; the sender is at fault and the talk is to be ended with
    ///   `leave(.malformed)`.
    public func decode(_ bytes: [UInt8]) throws(DecodingError) -> RelayMessage {
        guard bytes.count <= RelayLimits.messageBytesMax else { throw .beyondLimit("message") }
        var reader = ByteReader(bytes)
        let code = try reader.byte()
        guard let kind = RelayMessageKind(rawValue: code) else {
            throw .unknownCode("message kind", UInt64(code))
        }
        let message = try decode(kind, from: &reader)
        try reader.finish()
        return message
    }

    private func decode(
        _ kind: RelayMessageKind, from reader: inout ByteReader
    ) throws(DecodingError) -> RelayMessage {
        switch kind {
        case .challenge: try challenge(from: &reader)
        case .login, .create: try claim(kind, from: &reader)
        case .welcome: .welcome(try MailboxStanding(from: &reader))
        case .append:
            .append(tag: try reader.fixed(UInt32.self), try reader.item())
        case .appended:
            .appended(
                tag: try reader.fixed(UInt32.self),
                MailboxReceipt(number: try reader.number(from: 1), hash: try reader.hash()))
        case .refused:
            .refused(
                tag: try reader.fixed(UInt32.self), try reader.code(of: "refusal"))
        case .read: .read(try MailboxReadRequest(from: &reader))
        case .item:
            .item(MailboxItem(number: try reader.number(from: 1), bytes: try reader.item()))
        case .pageEnd:
            .pageEnd(try MailboxCursor(from: &reader), headNumber: try reader.number())
        case .reset:
            .reset(try reader.code(of: "reset reason"), floor: try MailboxCursor(from: &reader))
        case .trim, .addKey, .removeKey, .replaceAdmin, .listKeys:
            .deed(tag: try reader.fixed(UInt32.self), try deed(kind, from: &reader))
        case .done: .done(tag: try reader.fixed(UInt32.self))
        case .keys: .keys(tag: try reader.fixed(UInt32.self), try keys(from: &reader))
        case .close: .close(try reader.code(of: "close reason"))
        }
    }

    private func challenge(from reader: inout ByteReader) throws(DecodingError) -> RelayMessage {
        let least = try reader.byte()
        let most = try reader.byte()
        guard 1 <= least, least <= most else { throw .notCanonical("versions") }
        let relay = RelayID(try reader.id())
        guard let nonce = RelayNonce(bytes: try reader.take(RelayLimits.nonceBytes)) else {
            throw .truncated
        }
        return .challenge(RelayChallenge(versions: least...most, relay: relay, nonce: nonce))
    }

    private func claim(
        _ kind: RelayMessageKind, from reader: inout ByteReader
    ) throws(DecodingError) -> RelayMessage {
        let version = try reader.byte()
        guard version >= 1 else { throw .unknownVersion(version) }
        let purpose: RelayClaim.Purpose
        if kind == .login {
            purpose = .login(try reader.code(of: "role"))
        } else {
            guard let token = InviteToken(bytes: try reader.take(RelayLimits.inviteBytes)) else {
                throw .truncated
            }
            purpose = .create(token)
        }
        let mailbox = MailboxID(try reader.id())
        let claim = RelayClaim(purpose: purpose, mailbox: mailbox, key: try reader.relayKey())
        let signature = Array(try reader.take(RelayLimits.signatureBytes))
        return .claim(claim, version: version, signature: signature)
    }

    private func deed(
        _ kind: RelayMessageKind, from reader: inout ByteReader
    ) throws(DecodingError) -> MailboxDeed {
        switch kind {
        case .trim: .trim(through: try reader.number())
        case .addKey: .addKey(try reader.relayKey())
        case .removeKey: .removeKey(try reader.relayKey())
        case .replaceAdmin: .replaceAdmin(try reader.relayKey())
        default: .listKeys
        }
    }

    private func keys(from reader: inout ByteReader) throws(DecodingError) -> [RelayKey] {
        let count = try reader.count(
            upTo: RelayLimits.keysMax, leastBytes: RelayLimits.keyBytes, of: "relay keys")
        var keys: [RelayKey] = []
        keys.reserveCapacity(count)
        for _ in 0..<count {
            let key = try reader.relayKey()
            if let last = keys.last, last >= key { throw .notCanonical("keys out of order") }
            keys.append(key)
        }
        return keys
    }
}

extension MailboxReadRequest {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let cursor = try MailboxCursor(from: &reader)
        let items = try reader.fixed(UInt16.self)
        let bytes = try reader.fixed(UInt32.self)
        let waits = try reader.byte()
        guard items > 0, bytes > 0, waits <= 1 else { throw .notCanonical("an empty page") }
        guard items <= RelayLimits.pageItemsMax, bytes <= RelayLimits.pageBytesMax else {
            throw .beyondLimit("page")
        }
        self.init(after: cursor, items: Int(items), bytes: Int(bytes), waits: waits == 1)
    }
}

extension MailboxStanding {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let head = try MailboxCursor(from: &reader)
        let floor = MailboxCursor(
            generation: head.generation, number: try reader.number(), chain: try reader.hash())
        guard floor.number <= head.number else { throw .notCanonical("a floor above the head") }
        self.init(
            head: head, floor: floor, bytes: try reader.fixed(UInt64.self),
            bytesMax: try reader.fixed(UInt64.self), itemsMax: try reader.fixed(UInt64.self))
    }
}

extension MailboxCursor {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let generation = try reader.fixed(UInt64.self)
        self.init(
            generation: generation, number: try reader.number(), chain: try reader.hash())
    }
}

extension ByteReader {
    /// All the rest of the message, at least one byte.
    fileprivate mutating func item() throws(DecodingError) -> [UInt8] {
        guard remaining <= RelayLimits.itemBytesMax else { throw .beyondLimit("item") }
        guard remaining > 0 else { throw .truncated }
        return Array(try take(remaining))
    }

    fileprivate mutating func number(from least: UInt64 = 0) throws(DecodingError) -> UInt64 {
        let number = try fixed(UInt64.self)
        guard least <= number, number <= RelayLimits.numberMax else {
            throw .beyondLimit("item number")
        }
        return number
    }

    fileprivate mutating func relayKey() throws(DecodingError) -> RelayKey {
        guard let key = RelayKey(bytes: try take(RelayLimits.keyBytes)) else { throw .truncated }
        return key
    }

    fileprivate mutating func code<Code: RawRepresentable<UInt8>>(
        of what: String
    ) throws(DecodingError) -> Code {
        let raw = try byte()
        guard let code = Code(rawValue: raw) else { throw .unknownCode(what, UInt64(raw)) }
        return code
    }
}
