public import CRDT

/// Whose word counts for a mailbox, and as what. Made by whoever verified a signature.
public struct RelayPass: Hashable, Sendable {
    /// The place it opens.
    public let mailbox: MailboxID
    /// The key that signed.
    public let key: RelayKey
    /// As what it signed.
    public let role: RelayRole

    /// - Precondition of use: the holder of `key` has signed this login.
    public init(mailbox: MailboxID, key: RelayKey, role: RelayRole) {
        self.mailbox = mailbox
        self.key = key
        self.role = role
    }
}

/// What a key may do. On the wire as one byte.
public enum RelayRole: UInt8, Hashable, Sendable, CaseIterable {
    /// Append and read.
    case device = 1
    /// Trim, and say which keys may append and read. It neither appends nor reads.
    case admin = 2
}

/// Why a store refuses. Cases with a number travel on the wire as one byte.
public enum MailboxRefusal: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// No mailbox of this id: never made here, or the relay was wiped.
    case unknownMailbox = 1
    /// The key is not, or no longer, one of the mailbox for this role.
    case unknownKey = 2
    /// The item would exceed the quota in bytes. Nothing of it is kept.
    case quotaBytes = 3
    /// The item would exceed the quota in items. Nothing of it is kept.
    case quotaItems = 4
    /// The mailbox has as many keys as it may have.
    case keysFull = 5
    /// Trimming beyond the newest item.
    case beyondHead = 6
    /// The token is unknown, used or too old.
    case inviteRefused = 7
    /// Somebody else's mailbox has this id.
    case mailboxTaken = 8
    /// The disk is full, or another tool holds it. Nothing was changed; try again later.
    case busy = 9
    /// The disk failed; the relay is about to end.
    case failed = 10
}

/// What an admin does to a mailbox.
public enum MailboxDeed: Hashable, Sendable {
    /// Forget all items up to this number. Repeating it changes nothing.
    case trim(through: UInt64)
    /// Let a device in. Repeating it changes nothing.
    case addKey(RelayKey)
    /// Keep a device out from now on. Removing an unknown key changes nothing.
    case removeKey(RelayKey)
    /// Put another admin key in the place of the one that is logged in.
    case replaceAdmin(RelayKey)
    /// Tell all device keys, to be compared with the roster after a relay was rolled back.
    case listKeys
}

/// What became of a deed.
public enum MailboxDeedAnswer: Hashable, Sendable {
    /// It is on disk.
    case done
    /// Answers `listKeys`: ascending.
    case keys([RelayKey])
    /// Nothing was changed.
    case refused(MailboxRefusal)
}

/// Where a relay keeps what it cannot read: the port below `RelaySession`.
///
/// Whatever is answered is on disk, synced, before the answer. Every call checks the pass anew, so
/// that a removed key is out at once, in whichever process its connection ends. Items are opaque; a
/// store keeps no time, address or key with them.
public protocol MailboxStore: Sendable {
    /// Drawn when the store was made.
    var relay: RelayID { get }

    /// Notes that this token may make one mailbox.
    ///
    /// - Parameters:
    ///   - invite: `InviteToken.hash`.
    ///   - expires: seconds since 1970.
    func admit(invite: ContentHash, expires: Int64) async throws(MailboxRefusal)

    /// Makes a mailbox and uses up the token, or answers as before when the very same token made
    /// this mailbox for this key.
    ///
    /// - Parameters:
    ///   - invite: `InviteToken.hash`.
    ///   - now: seconds since 1970.
    func create(
        _ mailbox: MailboxID, admin: RelayKey, invite: ContentHash, now: Int64
    ) async throws(MailboxRefusal) -> MailboxStanding

    /// How the mailbox stands; refused for a pass that does not open it.
    func standing(_ pass: RelayPass) async throws(MailboxRefusal) -> MailboxStanding

    /// Appends items in their order, each once: bytes already held answer with their old number.
    ///
    /// - Parameter items: each of 1 to `RelayLimits.itemBytesMax` bytes.
    /// - Returns: one answer an item. A refusal of one does not stop the others.
    func append(
        _ items: [[UInt8]], _ pass: RelayPass
    ) async -> [Result<MailboxReceipt, MailboxRefusal>]

    /// Items after a cursor, at least one if there is one.
    ///
    /// - Parameters:
    ///   - items: at most so many, 1 to `RelayLimits.pageItemsMax`.
    ///   - bytes: the page ends before the item that would exceed it, unless that is its first.
    // A result and no throw: Swift 6.3.1 crashes where a typed error and an answer of this size
    // come back through a protocol.
    func page(
        after cursor: MailboxCursor, items: Int, bytes: Int, _ pass: RelayPass
    ) async -> Result<MailboxAnswer, MailboxRefusal>

    /// Does what an admin asks.
    func perform(_ deed: MailboxDeed, _ pass: RelayPass) async -> MailboxDeedAnswer
}
