import CRDT

/// The box's end after the welcome: what is on its way, and which page is being read.
struct OpenTalk: Sendable {
    private struct Page: Sendable {
        let request: MailboxReadRequest
        var cursor: MailboxCursor
        var items = 0
        var bytes = 0
    }

    private struct Upload: Sendable {
        let hash: ContentHash
        let bytes: Int
    }

    private let role: RelayRole
    private var uploads: [UInt32: Upload] = [:]
    private var bytesOpen = 0
    private var page: Page?
    private var performing: UInt32?

    init(_ role: RelayRole) { self.role = role }

    func hasRoom(forBytes count: Int) -> Bool {
        role == .device && uploads.count < RelayLimits.appendsOpenMax
            && bytesOpen + count <= RelayLimits.appendBytesOpenMax
    }

    mutating func handle(
        _ input: MailboxSession.Input, _ hasher: any ContentHasher, _ outbox: inout RelayOutbox,
        into effects: inout [MailboxSession.Effect]
    ) throws(RelayCloseReason) {
        switch input {
        case .append(let tag, let bytes):
            guard hasRoom(forBytes: bytes.count), uploads[tag] == nil,
                (1...RelayLimits.itemBytesMax).contains(bytes.count)
            else {
                effects.append(.settled(tag: tag, .failure(.busy)))
                return
            }
            uploads[tag] = Upload(
                hash: MailboxCursor.itemHash(bytes, hasher), bytes: bytes.count)
            bytesOpen += bytes.count
            outbox.add(.append(tag: tag, bytes))
        case .read(let request):
            guard role == .device, page == nil else { return }
            page = Page(request: request, cursor: request.cursor)
            outbox.add(.read(request))
        case .perform(let tag, let deed):
            guard role == .admin, performing == nil else {
                effects.append(.performed(tag: tag, .refused(.busy)))
                return
            }
            performing = tag
            outbox.add(.deed(tag: tag, deed))
        case .received(let message): try receive(message, hasher, into: &effects)
        case .opened, .sent, .signed, .timerFired, .leave, .closed: return
        }
    }

    private mutating func receive(
        _ message: RelayMessage, _ hasher: any ContentHasher,
        into effects: inout [MailboxSession.Effect]
    ) throws(RelayCloseReason) {
        switch message {
        case .appended(let tag, let receipt):
            guard let upload = uploads.removeValue(forKey: tag) else { throw .outOfTurn }
            guard receipt.hash == upload.hash else { throw .notBelieved }
            bytesOpen -= upload.bytes
            effects.append(.settled(tag: tag, .success(receipt)))
        case .refused(let tag, let refusal):
            if let upload = uploads.removeValue(forKey: tag) {
                bytesOpen -= upload.bytes
                effects.append(.settled(tag: tag, .failure(refusal)))
            } else {
                try finish(tag, .refused(refusal), into: &effects)
            }
        case .done(let tag): try finish(tag, .done, into: &effects)
        case .keys(let tag, let keys): try finish(tag, .keys(keys), into: &effects)
        case .item(let item): try receive(item, hasher, into: &effects)
        case .pageEnd(let cursor, let headNumber):
            guard let read = page else { throw .outOfTurn }
            guard cursor == read.cursor, cursor.number <= headNumber,
                read.items > 0 || !read.request.waits
            else { throw .notBelieved }
            page = nil
            effects.append(.pageRead(cursor, headNumber: headNumber))
        case .reset(let reason, let floor):
            guard let read = page, read.items == 0 else { throw .outOfTurn }
            // A reset to where we stand would be asked for again for ever.
            guard floor != read.request.cursor else { throw .notBelieved }
            page = nil
            effects.append(.reset(reason, floor: floor))
        case .challenge, .claim, .welcome, .append, .read, .deed, .close: throw .outOfTurn
        }
    }

    private mutating func receive(
        _ item: MailboxItem, _ hasher: any ContentHasher,
        into effects: inout [MailboxSession.Effect]
    ) throws(RelayCloseReason) {
        guard var read = page else { throw .outOfTurn }
        guard item.number == read.cursor.number + 1 else { throw .notBelieved }
        read.items += 1
        read.bytes += item.bytes.count
        guard read.items <= Int(read.request.items),
            read.items == 1 || read.bytes <= Int(read.request.bytes)
        else { throw .limitExceeded }
        read.cursor = read.cursor.advanced(
            over: MailboxCursor.itemHash(item.bytes, hasher), hasher)
        page = read
        effects.append(.deliver(item))
    }

    private mutating func finish(
        _ tag: UInt32, _ answer: MailboxDeedAnswer, into effects: inout [MailboxSession.Effect]
    ) throws(RelayCloseReason) {
        guard performing == tag else { throw .outOfTurn }
        performing = nil
        effects.append(.performed(tag: tag, answer))
    }
}
