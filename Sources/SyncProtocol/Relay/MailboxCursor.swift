public import CRDT

/// A position in a mailbox to which a reader can come back, and the proof that it is the same
/// mailbox: the chain names all items up to there.
///
/// A relay that was wiped shows another generation, one that was rolled back or lost something
/// in between a smaller number or another chain.
public struct MailboxCursor: Hashable, Sendable {
    /// The life of the mailbox, drawn when it was made.
    public let generation: UInt64
    /// The number of the last item before this position; 0 before the first.
    public let number: UInt64
    /// `MailboxCursor.advanced` over all items up to `number`; zeros before the first.
    public let chain: ContentHash

    /// Joins what was read or computed.
    public init(generation: UInt64, number: UInt64, chain: ContentHash) {
        self.generation = generation
        self.number = number
        self.chain = chain
    }

    /// Before the first item of a new mailbox.
    public static func start(generation: UInt64) -> MailboxCursor {
        MailboxCursor(generation: generation, number: 0, chain: ContentHash(0, 0, 0, 0))
    }

    /// The position behind the next item: chain = hash of domain `mailbox`, chain and item hash.
    public func advanced(over item: ContentHash, _ hasher: some ContentHasher) -> MailboxCursor {
        var preimage = ByteWriter(domain: .mailbox, capacity: 96)
        preimage.write(hash: chain)
        preimage.write(hash: item)
        return MailboxCursor(
            generation: generation, number: number + 1, chain: hasher.hash(preimage.bytes))
    }

    /// What names an item's bytes: domain `item` and the bytes.
    public static func itemHash(_ bytes: [UInt8], _ hasher: some ContentHasher) -> ContentHash {
        var preimage = ByteWriter(domain: .item, capacity: bytes.count + 16)
        preimage.write(bytes: bytes)
        return hasher.hash(preimage.bytes)
    }
}

/// What a relay promises about an item that lies on its disk.
public struct MailboxReceipt: Hashable, Sendable {
    /// Its number in the mailbox, from 1.
    public let number: UInt64
    /// `MailboxCursor.itemHash` of the bytes that were stored.
    public let hash: ContentHash

    /// Joins number and hash.
    public init(number: UInt64, hash: ContentHash) {
        self.number = number
        self.hash = hash
    }
}

/// How a mailbox stands.
public struct MailboxStanding: Hashable, Sendable {
    /// Behind the newest item.
    public let head: MailboxCursor
    /// Behind the last item that was trimmed; `head.number - floor.number` items are held.
    public let floor: MailboxCursor
    /// Bytes of all items held.
    public let bytes: UInt64
    /// The quota in bytes.
    public let bytesMax: UInt64
    /// The quota in items.
    public let itemsMax: UInt64

    /// Joins what a store knows.
    public init(
        head: MailboxCursor, floor: MailboxCursor, bytes: UInt64, bytesMax: UInt64,
        itemsMax: UInt64
    ) {
        self.head = head
        self.floor = floor
        self.bytes = bytes
        self.bytesMax = bytesMax
        self.itemsMax = itemsMax
    }
}

/// One item as it lies in a mailbox.
public struct MailboxItem: Hashable, Sendable {
    /// Its number, from 1.
    public let number: UInt64
    /// Opaque, 1 to `RelayLimits.itemBytesMax` bytes.
    public let bytes: [UInt8]

    /// Joins number and bytes.
    public init(number: UInt64, bytes: [UInt8]) {
        self.number = number
        self.bytes = bytes
    }
}

/// A run of items after a cursor.
public struct MailboxPage: Hashable, Sendable {
    /// In ascending order without a gap; empty when the cursor is at the head.
    public let items: [MailboxItem]
    /// The position behind the last of them.
    public let end: MailboxCursor
    /// The number of the newest item held.
    public let headNumber: UInt64

    /// Joins what a store read in one snapshot.
    public init(items: [MailboxItem], end: MailboxCursor, headNumber: UInt64) {
        self.items = items
        self.end = end
        self.headNumber = headNumber
    }
}

/// What a cursor brings: items, or the word that it belongs elsewhere.
public enum MailboxAnswer: Hashable, Sendable {
    /// What follows the cursor.
    case page(MailboxPage)
    /// The cursor is of another life or branch of the mailbox; reading goes on from `floor`.
    case reset(MailboxResetReason, floor: MailboxCursor)
}

/// Why a cursor does not fit. On the wire as one byte.
public enum MailboxResetReason: UInt8, Hashable, Sendable, CaseIterable {
    /// The mailbox was made anew: what was in it is gone and is to be uploaded again.
    case generation = 1
    /// The mailbox holds less than the cursor says: it was rolled back.
    case beyond = 2
    /// Another item lies under a number that was read: it was rolled back and went on.
    case chain = 3
    /// Items after the cursor were trimmed: what they held is to be had another way.
    case trimmed = 4
}
