import CRDT
import SyncProtocol
import Testing

/// A mailbox in memory, as far as the machines need one.
struct ToyMailbox {
    var generation: UInt64 = 1
    var items: [[UInt8]] = []
    var floor = 0
    var itemsMax = 1_000
    var keys: Set<RelayKey> = []

    func cursor(at number: Int) -> MailboxCursor {
        items.prefix(number).reduce(MailboxCursor.start(generation: generation)) {
            $0.advanced(over: MailboxCursor.itemHash($1, ToyHasher()), ToyHasher())
        }
    }

    var standing: MailboxStanding {
        MailboxStanding(
            head: cursor(at: items.count), floor: cursor(at: floor),
            bytes: UInt64(items.joined().count), bytesMax: 1 << 30, itemsMax: UInt64(itemsMax))
    }

    mutating func append(_ bytes: [UInt8]) -> Result<MailboxReceipt, MailboxRefusal> {
        let hash = MailboxCursor.itemHash(bytes, ToyHasher())
        if let known = items.firstIndex(of: bytes) {
            return .success(MailboxReceipt(number: UInt64(known + 1), hash: hash))
        }
        guard items.count < itemsMax else { return .failure(.quotaItems) }
        items.append(bytes)
        return .success(MailboxReceipt(number: UInt64(items.count), hash: hash))
    }

    func page(_ request: MailboxReadRequest) -> MailboxAnswer {
        let cursor = request.cursor
        guard cursor.generation == generation else { return reset(.generation) }
        guard cursor.number <= UInt64(items.count) else { return reset(.beyond) }
        guard cursor.number >= UInt64(floor) else { return reset(.trimmed) }
        let start = Int(cursor.number)
        guard self.cursor(at: start) == cursor else { return reset(.chain) }
        var page: [MailboxItem] = []
        var bytes = 0
        for index in start..<items.count {
            bytes += items[index].count
            if page.count == Int(request.items) || (!page.isEmpty && bytes > Int(request.bytes)) {
                break
            }
            page.append(MailboxItem(number: UInt64(index + 1), bytes: items[index]))
        }
        return .page(
            MailboxPage(
                items: page, end: self.cursor(at: start + page.count),
                headNumber: UInt64(items.count)))
    }

    private func reset(_ reason: MailboxResetReason) -> MailboxAnswer {
        .reset(reason, floor: cursor(at: floor))
    }
}

/// A box and a relay who talk over a link in memory, one message at a time in each direction.
struct RelayScene {
    static let relay = RelayID(0x0001_0203_0405_0607_0809_0A0B_0C0D_0E0F)
    static let key = fill(0xB1)

    static func fill(_ byte: UInt8) -> RelayKey {
        guard let key = RelayKey(bytes: [UInt8](repeating: byte, count: 32)) else {
            preconditionFailure("32 bytes")
        }
        return key
    }

    static func claim(_ purpose: RelayClaim.Purpose) -> RelayClaim {
        RelayClaim(
            purpose: purpose, mailbox: MailboxID(0x1011_1213_1415_1617_1819_1A1B_1C1D_1E1F),
            key: key)
    }

    static var nonce: RelayNonce {
        guard let nonce = RelayNonce(bytes: [UInt8](repeating: 0xA0, count: 32)) else {
            preconditionFailure("32 bytes")
        }
        return nonce
    }

    var mailbox: ToyMailbox
    var box = MailboxSession(hasher: ToyHasher())
    var relay = RelaySession()
    /// What the box was told, sends and signatures left out.
    var told: [MailboxSession.Effect] = []
    /// Rewrites what the relay sends: how a relay lies.
    var forge: (RelayMessage) -> RelayMessage = { $0 }
    private var toRelay: [RelayMessage] = []
    private var toBox: [RelayMessage] = []

    init(mailbox: ToyMailbox = ToyMailbox()) { self.mailbox = mailbox }

    mutating func open(
        _ role: RelayRole = .device, expecting: RelayID = relay,
        seenBy binding: ChannelBinding = .loopback
    ) {
        tellRelay(.opened(RelayChallenge(relay: Self.relay, nonce: Self.nonce), .loopback))
        tellBox(
            .opened(
                MailboxAddress(relay: expecting, claim: Self.claim(.login(role))), binding))
        run()
    }

    mutating func tellBox(_ input: MailboxSession.Input) {
        for effect in box.handle(input, at: .zero) {
            switch effect {
            case .send(let message): toRelay.append(message)
            // The toy's signature is the hash of what is signed, twice.
            case .sign(let bytes):
                let hash = ToyHasher().hash(bytes).bytes
                tellBox(.signed(hash + hash))
            default: told.append(effect)
            }
        }
    }

    mutating func tellRelay(_ input: RelaySession.Input) {
        for effect in relay.handle(input, at: .zero) {
            switch effect {
            case .send(let message): toBox.append(message)
            case .check(let signed):
                let hash = ToyHasher().hash(signed.message).bytes
                tellRelay(
                    signed.signature == hash + hash
                        ? .admitted(mailbox.standing) : .turnedAway(.notAdmitted))
            case .append(let tag, let bytes):
                tellRelay(.appended(tag: tag, mailbox.append(bytes)))
                tellRelay(.grew)
            case .fetch(let request): tellRelay(.fetched(.success(mailbox.page(request))))
            case .perform(let tag, let deed): tellRelay(.performed(tag: tag, perform(deed)))
            case .setTimer, .close: break
            }
        }
    }

    private mutating func perform(_ deed: MailboxDeed) -> MailboxDeedAnswer {
        switch deed {
        case .trim(let number):
            guard number <= UInt64(mailbox.items.count) else { return .refused(.beyondHead) }
            mailbox.floor = max(mailbox.floor, Int(number))
        case .addKey(let key): mailbox.keys.insert(key)
        case .removeKey(let key): mailbox.keys.remove(key)
        case .replaceAdmin: break
        case .listKeys: return .keys(mailbox.keys.sorted())
        }
        return .done
    }

    /// Carries messages, through their bytes, until nobody has any more.
    mutating func run() {
        while !toRelay.isEmpty || !toBox.isEmpty {
            if !toRelay.isEmpty {
                let message = toRelay.removeFirst()
                tellBox(.sent)
                tellRelay(.received(carried(message)))
            }
            if !toBox.isEmpty {
                let message = forge(toBox.removeFirst())
                tellRelay(.sent)
                tellBox(.received(carried(message)))
            }
        }
    }

    private func carried(_ message: RelayMessage) -> RelayMessage {
        guard let again = try? RelayDecoder().decode(message.encoded()) else {
            Issue.record("\(message) does not survive the wire")
            return message
        }
        return again
    }

    var delivered: [[UInt8]] {
        told.compactMap { effect in
            guard case .deliver(let item) = effect else { return nil }
            return item.bytes
        }
    }

    var lastCursor: MailboxCursor? {
        told.reversed().lazy.compactMap { effect in
            guard case .pageRead(let cursor, _) = effect else { return nil }
            return cursor
        }.first
    }
}
