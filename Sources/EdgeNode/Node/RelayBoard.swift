internal import SyncProtocol
internal import Synchronization

/// How this box stands with its relay, for status pages and logs.
public final class RelayBoard: Sendable {
    /// The relay as last seen.
    public struct Standing: Sendable, Hashable {
        /// Where it is.
        public let address: String
        /// Whether this box is in its mailbox now.
        public var isOpen = false
        /// `connecting`, `reading`, `up to date`, `held back`, `closed` or `unreachable`.
        public var report = "connecting"
        /// Why the relay takes nothing now, as a sentence.
        public var heldBack: String?
        /// Items that wait to be uploaded or acknowledged on the open link.
        public var waiting = 0
        /// How many items of the mailbox were read.
        public var itemsRead: UInt64 = 0
        /// Bytes that the mailbox held when this box entered, and may hold.
        public var bytes: (held: UInt64, max: UInt64)? {
            bytesMax > 0 ? (bytesHeld, bytesMax) : nil
        }
        var bytesHeld: UInt64 = 0
        var bytesMax: UInt64 = 0
        /// Why the last link ended or could not be made, or what is wrong with the mailbox's keys.
        public var trouble: String?
        /// The latter, so that it is taken back once it is mended.
        var keyTrouble: String?
        /// What a person must know of this relay; it stays until the box is started again.
        public var alarm: String?
        /// Since when it stands so, in Unix milliseconds.
        public var since: Int64 = 0
        /// Whether this process has read the whole mailbox once.
        var hasReadAll = false
    }

    private let state = Mutex<Standing?>(nil)
    private let listeners = Mutex<[@Sendable () -> Void]>([])

    /// A board without a relay.
    public init() {}

    /// `nil` for a box without a relay.
    public var standing: Standing? { state.withLock { $0 } }

    /// Whether this process has read the whole mailbox once.
    var hasReadAll: Bool { standing?.hasReadAll ?? false }

    /// Calls `body` after each change that a person would see; it must not wait.
    func listen(_ body: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(body) }
    }

    /// There is a relay now.
    public func begin(_ address: String, at now: Int64) {
        state.withLock { state in
            guard state == nil else { return }
            state = Standing(address: address, since: now)
        }
    }

    /// A dial that found nobody, or not the relay.
    public func unreachable(_ trouble: String, at now: Int64) {
        change(at: now) { standing in
            standing.isOpen = false
            standing.report = "unreachable"
            standing.trouble = trouble
        }
    }

    /// - Returns: whether people may want to read of it in the log.
    func note(_ notice: RelayLink.Notice, at now: Int64) -> String? {
        switch notice {
        case .joined(let mailbox):
            change(at: now) { standing in
                standing.isOpen = true
                standing.report = "reading"
                standing.trouble = nil
                standing.heldBack = nil
                (standing.bytesHeld, standing.bytesMax) = (mailbox.bytes, mailbox.bytesMax)
            }
            return "entered the mailbox"
        case .waiting(let count):
            change { $0.waiting = count }
            return nil
        case .read(let number):
            change { $0.itemsRead = number }
            return nil
        case .report(let report):
            change(at: now) { Self.note(report, &$0) }
            return Self.words(report)
        }
    }

    /// - Returns: why it ended, as a sentence; `nil` for an end without trouble.
    func closed(_ ending: RelayLink.Ending, at now: Int64) -> String? {
        let trouble = Self.words(ending)
        change(at: now) { standing in
            standing.isOpen = false
            standing.waiting = 0
            standing.report = "closed"
            standing.trouble = trouble ?? standing.trouble
        }
        return trouble
    }

    /// How many keys in the mailbox no box of the tenant claims.
    func counted(strayKeys count: Int, at now: Int64) {
        let words = count > 0 ? Self.words(strayKeys: count) : nil
        change(at: now) { standing in
            if words != nil || standing.trouble == standing.keyTrouble { standing.trouble = words }
            standing.keyTrouble = words
        }
    }

    private func change(at now: Int64? = nil, _ body: (inout Standing) -> Void) {
        let isNews = state.withLock { state in
            guard let before = state else { return false }
            var standing = before
            body(&standing)
            // Counts alone are no news: they run while a mailbox is read.
            let isNews =
                standing.isOpen != before.isOpen || standing.report != before.report
                || standing.trouble != before.trouble || standing.waiting != before.waiting
            // A way that is cut stands so since the first try that failed, not the latest.
            if let now, standing.isOpen != before.isOpen || standing.report != before.report {
                standing.since = now
            }
            state = standing
            return isNews
        }
        if isNews { for listener in listeners.withLock({ $0 }) { listener() } }
    }

    private static func note(_ report: MailboxReport, _ standing: inout Standing) {
        switch report {
        case .caughtUp:
            standing.report = standing.heldBack == nil ? "up to date" : "held back"
            standing.hasReadAll = true
        case .reset, .contradicted, .gaveUp:
            standing.report = "reading"
            standing.alarm = words(report)
        case .heldBack(let refusal):
            standing.report = "held back"
            standing.heldBack = words(refusal)
        case .resumed:
            standing.report = "up to date"
            standing.heldBack = nil
        }
    }
}
