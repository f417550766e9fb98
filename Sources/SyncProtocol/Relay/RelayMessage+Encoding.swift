import CRDT

extension RelayMessage {
    /// The kind byte and the payload: one binary WebSocket message.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 1 + payloadBytesExpected)
        write(to: &writer)
        return writer.bytes
    }

    private var payloadBytesExpected: Int {
        switch self {
        case .append(_, let bytes): 4 + bytes.count
        case .item(let item): 8 + item.bytes.count
        case .keys(_, let keys): 6 + keys.count * RelayLimits.keyBytes
        default: 160
        }
    }

    private func write(to writer: inout ByteWriter) {
        switch self {
        case .challenge(let challenge):
            writer.write(.challenge)
            writer.write(byte: challenge.versions.lowerBound)
            writer.write(byte: challenge.versions.upperBound)
            writer.write(id: challenge.relay.value)
            writer.write(bytes: challenge.nonce.bytes)
        case .claim(let claim, let version, let signature):
            claim.write(to: &writer, version: version)
            writer.write(bytes: signature)
        case .welcome(let standing):
            writer.write(.welcome)
            standing.write(to: &writer)
        case .append(let tag, let bytes):
            writer.write(.append, tag)
            writer.write(bytes: bytes)
        case .appended(let tag, let receipt):
            writer.write(.appended, tag)
            writer.write(fixed: receipt.number)
            writer.write(hash: receipt.hash)
        case .refused(let tag, let refusal):
            writer.write(.refused, tag)
            writer.write(byte: refusal.rawValue)
        case .read(let request):
            writer.write(.read)
            request.cursor.write(to: &writer)
            writer.write(fixed: request.items)
            writer.write(fixed: request.bytes)
            writer.write(byte: request.waits ? 1 : 0)
        case .item(let item):
            writer.write(.item)
            writer.write(fixed: item.number)
            writer.write(bytes: item.bytes)
        case .pageEnd(let cursor, let headNumber):
            writer.write(.pageEnd)
            cursor.write(to: &writer)
            writer.write(fixed: headNumber)
        case .reset(let reason, let floor):
            writer.write(.reset)
            writer.write(byte: reason.rawValue)
            floor.write(to: &writer)
        case .deed(let tag, let deed): deed.write(to: &writer, tag)
        case .done(let tag): writer.write(.done, tag)
        case .keys(let tag, let keys):
            writer.write(.keys, tag)
            writer.write(count: keys.count)
            for key in keys { writer.write(bytes: key.bytes) }
        case .close(let reason):
            writer.write(.close)
            writer.write(byte: reason.rawValue)
        }
    }
}

extension RelayClaim {
    fileprivate func write(to writer: inout ByteWriter, version: UInt8) {
        switch purpose {
        case .login(let role):
            writer.write(.login)
            writer.write(byte: version)
            writer.write(byte: role.rawValue)
        case .create(let token):
            writer.write(.create)
            writer.write(byte: version)
            writer.write(bytes: token.bytes)
        }
        writer.write(id: mailbox.value)
        writer.write(bytes: key.bytes)
    }
}

extension MailboxDeed {
    fileprivate func write(to writer: inout ByteWriter, _ tag: UInt32) {
        switch self {
        case .trim(let number):
            writer.write(.trim, tag)
            writer.write(fixed: number)
        case .addKey(let key):
            writer.write(.addKey, tag)
            writer.write(bytes: key.bytes)
        case .removeKey(let key):
            writer.write(.removeKey, tag)
            writer.write(bytes: key.bytes)
        case .replaceAdmin(let key):
            writer.write(.replaceAdmin, tag)
            writer.write(bytes: key.bytes)
        case .listKeys: writer.write(.listKeys, tag)
        }
    }
}

extension MailboxStanding {
    fileprivate func write(to writer: inout ByteWriter) {
        head.write(to: &writer)
        writer.write(fixed: floor.number)
        writer.write(hash: floor.chain)
        writer.write(fixed: bytes)
        writer.write(fixed: bytesMax)
        writer.write(fixed: itemsMax)
    }
}

extension MailboxCursor {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.write(fixed: generation)
        writer.write(fixed: number)
        writer.write(hash: chain)
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ kind: RelayMessageKind) { write(byte: kind.rawValue) }

    fileprivate mutating func write(_ kind: RelayMessageKind, _ tag: UInt32) {
        write(kind)
        write(fixed: tag)
    }
}
