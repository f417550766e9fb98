/// One utterance between a box and a relay (`Relay-Wire.md`).
public enum RelayMessage: Hashable, Sendable {
    /// The relay's first word.
    case challenge(RelayChallenge)
    /// The box's first word: a claim of purpose `login` or `create`, and its signature, 64 bytes.
    case claim(RelayClaim, version: UInt8, signature: [UInt8])
    /// The claim holds; how the mailbox stands.
    case welcome(MailboxStanding)
    /// Keep an item. The tag is the box's own and comes back with the answer.
    case append(tag: UInt32, [UInt8])
    /// The item is on disk.
    case appended(tag: UInt32, MailboxReceipt)
    /// What was asked under this tag was refused.
    case refused(tag: UInt32, MailboxRefusal)
    /// Send what follows a cursor.
    case read(MailboxReadRequest)
    /// One item of the page that was asked for.
    case item(MailboxItem)
    /// The page ends here.
    case pageEnd(MailboxCursor, headNumber: UInt64)
    /// The cursor does not fit this mailbox.
    case reset(MailboxResetReason, floor: MailboxCursor)
    /// What an admin wants done.
    case deed(tag: UInt32, MailboxDeed)
    /// It is done.
    case done(tag: UInt32)
    /// All device keys of the mailbox, ascending.
    case keys(tag: UInt32, [RelayKey])
    /// The last message of a side.
    case close(RelayCloseReason)

    /// After it, its side says nothing.
    public var isGoodbye: Bool {
        if case .close = self { true } else { false }
    }
}

/// A relay's first word.
public struct RelayChallenge: Hashable, Sendable {
    /// The oldest and the newest version that the relay speaks.
    public let versions: ClosedRange<UInt8>
    /// Who it says it is.
    public let relay: RelayID
    /// Fresh for this connection.
    public let nonce: RelayNonce

    /// - Precondition: versions count from 1.
    public init(
        versions: ClosedRange<UInt8> = RelayLimits.versions, relay: RelayID, nonce: RelayNonce
    ) {
        precondition(versions.lowerBound >= 1, "versions of the relay wire count from 1")
        self.versions = versions
        self.relay = relay
        self.nonce = nonce
    }
}

/// A wish for one page.
public struct MailboxReadRequest: Hashable, Sendable {
    /// Where to go on.
    public let cursor: MailboxCursor
    /// 1 to `RelayLimits.pageItemsMax`.
    public let items: UInt16
    /// 1 to `RelayLimits.pageBytesMax`; the first item may be larger.
    public let bytes: UInt32
    /// With nothing to send, answer only once there is something.
    public let waits: Bool

    /// Values outside of the limits are drawn to the nearest one.
    public init(
        after cursor: MailboxCursor, items: Int = RelayLimits.pageItemsMax,
        bytes: Int = RelayLimits.pageBytesMax, waits: Bool
    ) {
        self.cursor = cursor
        self.items = UInt16(min(max(1, items), RelayLimits.pageItemsMax))
        self.bytes = UInt32(min(max(1, bytes), RelayLimits.pageBytesMax))
        self.waits = waits
    }
}

/// The first byte of a message. Apart from `MessageKind`, so that a box that dialled the wrong
/// port is told at its first word.
enum RelayMessageKind: UInt8, CaseIterable {
    case challenge = 0x41
    case login = 0x42
    case create = 0x43
    case welcome = 0x44
    case append = 0x45
    case appended = 0x46
    case refused = 0x47
    case read = 0x48
    case item = 0x49
    case pageEnd = 0x4A
    case reset = 0x4B
    case trim = 0x4C
    case addKey = 0x4D
    case removeKey = 0x4E
    case replaceAdmin = 0x4F
    case listKeys = 0x50
    case done = 0x51
    case keys = 0x52
    case close = 0x53
}

/// Why a talk with a relay ended. On the wire as one byte.
public enum RelayCloseReason: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// One side stops.
    case goingAway = 1
    /// No version that both speak.
    case noCommonVersion = 2
    /// Bytes that are no message.
    case malformed = 3
    /// A message that has no place in this state.
    case outOfTurn = 4
    /// More on its way than is allowed.
    case limitExceeded = 5
    /// No login in time.
    case loginTimedOut = 6
    /// The relay has no such mailbox: never made here, or wiped.
    case unknownMailbox = 7
    /// The key is not one of the mailbox, the signature is not its, or it was removed.
    case notAdmitted = 8
    /// The invite is unknown, used or too old.
    case inviteRefused = 9
    /// Somebody else's mailbox has this id.
    case mailboxTaken = 10
    /// The relay is not the one that was meant to be dialled.
    case otherRelay = 11
    /// A receipt or a page does not fit what the box knows: the relay errs or lies.
    case notBelieved = 12
    /// The relay cannot reach its disk.
    case unavailable = 13
    /// The link ended without a word. Never sent.
    case linkLost = 14
}
