public import CRDT

// What passes between a mailbox exchange and the box's replica.

/// The items of one page, for the replica to store, merge and count.
public struct MailboxBatch: Hashable, Sendable {
    /// Sealed frames, in the order of the mailbox.
    public var frames: [[UInt8]] = []
    /// Sealed control items, likewise; they are stored first.
    public var controls: [[UInt8]] = []
    /// What was known before this page.
    public let before: MailboxProgress
    /// Behind the page.
    public var cursor: MailboxCursor

    /// A page without items yet.
    public init(before: MailboxProgress, cursor: MailboxCursor) {
        self.before = before
        self.cursor = cursor
    }
}

/// What the replica made of a batch; everything in it that can be used is durable.
public struct MailboxKept: Hashable, Sendable {
    /// Durable too.
    public let progress: MailboxProgress
    /// Whether anything new was in it.
    public let hasNews: Bool

    /// Joins the two.
    public init(progress: MailboxProgress, hasNews: Bool) {
        self.progress = progress
        self.hasNews = hasNews
    }
}

/// Asks the replica what a mailbox lacks.
public struct MailboxQuestion: Hashable, Sendable {
    /// Comes back in the answer; an answer to an older question is dropped.
    public let number: UInt64
    /// What the mailbox holds, and what is on its way there.
    public let held: [ContextEntry]
    /// Likewise, by the first 8 bytes of their names.
    public let controls: Set<UInt64>
    /// Control items up to this running number of the replica were looked at before.
    public let controlsAfter: UInt64
    /// Only frames of this box's own writers: the authors go first.
    public let isOwnOnly: Bool
    /// Only the very first item may exceed it.
    public let bytesMax: Int
}

/// What a mailbox lacks.
public struct MailboxFindings: Hashable, Sendable {
    /// Of the question.
    public let number: UInt64
    /// As long as there are any, no frames are named: trust goes first.
    public var controls: [OutgoingControl] = []
    /// Up to where the lane was looked at.
    public var controlsThrough: UInt64
    /// Oldest first within one history.
    public var frames: [OutgoingFrame] = []
    /// Whether it lacks frames of other boxes, which were not asked for.
    public var lacksOthers = false

    /// Nothing found yet.
    public init(number: UInt64, controlsThrough: UInt64) {
        self.number = number
        self.controlsThrough = controlsThrough
    }
}

/// What a person or a log is told of an exchange.
public enum MailboxReport: Hashable, Sendable {
    /// Everything in the mailbox has been read.
    case caughtUp
    /// The mailbox is not what it was; it is read from its floor, and filled again.
    case reset(MailboxResetReason)
    /// The relay takes no items for this reason; it is tried again later.
    case heldBack(MailboxRefusal)
    /// It takes items again.
    case resumed
    /// The relay contradicts itself.
    case contradicted(MailboxContradiction)
    /// So many items in a row could not be used for long and are passed over.
    case gaveUp
}

/// How a relay was caught.
public enum MailboxContradiction: Hashable, Sendable {
    /// Under the number of a receipt lies another item.
    case otherItem
    /// An item that it acknowledged is not handed out.
    case withheld
    /// It says again and again that the mailbox is another one.
    case resets
}
