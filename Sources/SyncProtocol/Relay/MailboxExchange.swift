public import CRDT

/// What a box reads from its mailbox and puts into it, above the talk (`MailboxSession`) and
/// without disk, keys and clock (`Relay-Wire.md`, How a box uses its mailbox).
///
/// It reads to the end before it uploads anything: so it knows what is there. Own transactions go
/// as soon as they are committed; those of other boxes only after a while, so that their authors go
/// first and hardly anything is uploaded twice.
public struct MailboxExchange: Sendable {
    /// What can happen to it.
    public enum Input: Hashable, Sendable {
        /// The talk was admitted. The first input; without progress nothing was ever read.
        /// - Parameter draw: random bits, so that boxes do not act at the same moment.
        case joined(MailboxStanding, MailboxProgress?, draw: UInt64)
        /// From the talk.
        case delivered(MailboxItem)
        /// From the talk.
        case pageRead(MailboxCursor, headNumber: UInt64)
        /// From the talk.
        case reset(MailboxResetReason, floor: MailboxCursor)
        /// From the talk.
        case settled(tag: UInt32, Result<MailboxReceipt, MailboxRefusal>)
        /// Answers `keep`.
        case kept(MailboxKept)
        /// Answers `find`.
        case found(MailboxFindings)
        /// The replica has committed something.
        case localChanged
        /// A timer that was set has run out.
        case timerFired(Timer)
    }

    /// What it wishes for, in this order.
    public enum Effect: Hashable, Sendable {
        /// Ask the talk for a page.
        case read(MailboxReadRequest)
        /// Append by the talk; `settled` answers.
        case append(tag: UInt32, [UInt8])
        /// Store, merge and count; `kept` answers once it is durable. One at a time.
        case keep(MailboxBatch)
        /// Look for what the mailbox lacks; `found` answers. One at a time.
        case find(MailboxQuestion)
        /// Say `timerFired` after so long. One that is set again while it runs fires when it would
        /// have, and once more so long after that: firing early must do no harm.
        case setTimer(Timer, after: Duration)
        /// Tell whoever watches.
        case report(MailboxReport)
        /// End the talk; `goingAway` means: and begin a new one at once.
        case leave(RelayCloseReason)
    }

    /// What it waits for.
    public enum Timer: Hashable, Sendable, CaseIterable {
        /// Other boxes have had their time to upload what they wrote.
        case fill
        /// A mailbox that was full may have room again.
        case retry
        /// What could not be used may be usable now.
        case again
        /// What was acknowledged should have been read back.
        case watch
    }

    /// How long authors have for what they wrote, at least and at most.
    static let fillWait: (least: Int, spread: Int) = (2_000, 8_000)
    /// How long after news what could not be used is read again; doubled after each vain try.
    static let againWait = Duration.seconds(30)
    /// How long an acknowledged item may take to be handed out.
    static let watchWait = Duration.seconds(60)
    /// Another mailbox is possible once in a talk, and once more if it is made anew meanwhile.
    static let resetsMax = 2

    let hasher: any ContentHasher
    var progress: MailboxProgress?
    var uploads = MailboxUploads()
    var draw: UInt64 = 0
    var isCaughtUp = false
    private var owesCaughtUp = false
    var hasToldRefusal = false
    private var batch: MailboxBatch?
    private var isKeeping = false
    private var lastRead: UInt64 = 0
    private var resets = 0
    private var hasNews = false
    private var hasLeft = false
    /// A step back is to be kept before anything is read.
    private var owesKeeping = false
    /// The newest item that was acknowledged before the open page was asked for.
    private var expected: UInt64 = 0
    private var watched: (number: UInt64, lastRead: UInt64)?

    /// An exchange before its talk.
    public init(hasher: any ContentHasher) { self.hasher = hasher }

    /// Items that are on their way or wait for room.
    public var waitingCount: Int { uploads.waitingCount }

    /// The one door. Total; `now` is not used yet, timers come as inputs.
    public mutating func handle(_ input: Input, at now: Duration) -> [Effect] {
        var effects: [Effect] = []
        guard !hasLeft else { return effects }
        switch input {
        case .joined(let standing, let known, let draw):
            guard progress == nil else { return effects }
            self.draw = draw
            join(standing, known, into: &effects)
        case .delivered(let item): take(item, into: &effects)
        case .pageRead(let cursor, let head): endPage(cursor, head, into: &effects)
        case .reset(let reason, let floor): reset(reason, floor, into: &effects)
        case .kept(let kept): keep(kept, into: &effects)
        case .settled(let tag, let result): settle(tag, result, into: &effects)
        case .found(let findings): take(findings, into: &effects)
        case .localChanged: uploads.isFindOwed = true
        case .timerFired(let timer): fire(timer, into: &effects)
        }
        if !hasLeft { proceed(into: &effects) }
        return effects
    }

    // MARK: Reading

    private mutating func join(
        _ standing: MailboxStanding, _ known: MailboxProgress?, into effects: inout [Effect]
    ) {
        var progress = known ?? MailboxProgress(cursor: standing.floor)
        if progress.cursor.generation != standing.head.generation {
            progress = MailboxProgress(cursor: standing.floor)
            resets += 1
            owesKeeping = true
            effects.append(.report(.reset(.generation)))
        } else if let again = progress.again {
            progress.again = nil
            if progress.fruitless < MailboxProgress.fruitlessMax {
                progress.cursor = again
                // Counted before it is known to be in vain: nobody may die in between for ever.
                progress.fruitless += 1
            } else {
                progress.fruitless = 0
                owesKeeping = true
                effects.append(.report(.gaveUp))
            }
        }
        begin(at: progress, into: &effects)
    }

    /// Reads on from here. A step back is kept first: until it is, this box would say that the
    /// mailbox holds what it does not.
    private mutating func begin(at progress: MailboxProgress, into effects: inout [Effect]) {
        self.progress = progress
        guard owesKeeping else { return read(into: &effects) }
        owesKeeping = false
        isKeeping = true
        effects.append(.keep(MailboxBatch(before: progress, cursor: progress.cursor)))
    }

    /// Waits for news only when none are due: a relay that withholds what it acknowledged shows.
    private mutating func read(into effects: inout [Effect]) {
        guard let progress else { return }
        lastRead = progress.cursor.number
        batch = MailboxBatch(before: progress, cursor: progress.cursor)
        expected = uploads.promises.keys.max() ?? 0
        let waits = isCaughtUp && expected <= lastRead
        effects.append(.read(MailboxReadRequest(after: progress.cursor, waits: waits)))
    }

    private mutating func take(_ item: MailboxItem, into effects: inout [Effect]) {
        lastRead = item.number
        if let promised = uploads.promises.removeValue(forKey: item.number),
            promised != MailboxCursor.itemHash(item.bytes, hasher)
        {
            leave(because: .otherItem, into: &effects)
            return
        }
        switch MailboxContent(item.bytes) {
        case .frame(let bytes): batch?.frames.append(bytes)
        case .control(let bytes): batch?.controls.append(bytes)
        case .other: break
        }
    }

    private mutating func endPage(
        _ cursor: MailboxCursor, _ head: UInt64, into effects: inout [Effect]
    ) {
        guard var batch, !isKeeping else { return }
        let isEmpty = cursor == batch.cursor
        guard head >= expected, !isEmpty || cursor.number == head else {
            leave(because: .withheld, into: &effects)
            return
        }
        batch.cursor = cursor
        self.batch = nil
        if cursor.number >= head, !isCaughtUp {
            isCaughtUp = true
            uploads.isFindOwed = true
            owesCaughtUp = true
        }
        guard !isEmpty else {
            reportCaughtUp(into: &effects)
            read(into: &effects)
            return
        }
        isKeeping = true
        effects.append(.keep(batch))
    }

    private mutating func keep(_ kept: MailboxKept, into effects: inout [Effect]) {
        guard isKeeping else { return }
        isKeeping = false
        progress = kept.progress
        hasNews = hasNews || kept.hasNews
        uploads.forgetWhatIsRead()
        reportCaughtUp(into: &effects)
        if isCaughtUp { planRereading(into: &effects) }
        read(into: &effects)
    }

    /// Told once the last page is kept: whoever hears it finds here all that the mailbox had.
    private mutating func reportCaughtUp(into effects: inout [Effect]) {
        guard owesCaughtUp else { return }
        owesCaughtUp = false
        effects.append(.report(.caughtUp))
    }

    /// What could not be used is read again some time after news, which may have brought what it
    /// was missing.
    private mutating func planRereading(into effects: inout [Effect]) {
        guard let known = progress, known.again != nil else {
            progress?.fruitless = 0
            return
        }
        guard hasNews else { return }
        hasNews = false
        let wait = Self.againWait * (1 << min(Int(known.fruitless), 10))
        effects.append(.setTimer(.again, after: wait))
    }

    private mutating func reset(
        _ reason: MailboxResetReason, _ floor: MailboxCursor, into effects: inout [Effect]
    ) {
        guard let known = progress, !isKeeping else { return }
        resets += 1
        guard resets <= Self.resetsMax else {
            leave(because: .resets, into: &effects)
            return
        }
        effects.append(.report(.reset(reason)))
        var progress = MailboxProgress(cursor: floor)
        if reason == .trimmed {
            // What was trimmed was there once, and whoever trimmed it knew that all had it.
            progress.held = known.held
            progress.controls = known.controls
        } else {
            uploads.forgetAll()
        }
        isCaughtUp = false
        owesKeeping = true
        begin(at: progress, into: &effects)
    }

    // MARK: Timers and ends

    private mutating func fire(_ timer: Timer, into effects: inout [Effect]) {
        switch timer {
        case .fill: uploads.mayFill()
        case .retry:
            guard uploads.refusal != nil else { return }
            uploads.refusal = nil
            uploads.isFindOwed = true
        case .again:
            guard progress?.again != nil else { return }
            hasLeft = true
            effects.append(.leave(.goingAway))
        case .watch:
            guard let watched else { return }
            self.watched = nil
            guard uploads.promises[watched.number] == nil || lastRead > watched.lastRead else {
                leave(because: .withheld, into: &effects)
                return
            }
            watch(into: &effects)
        }
    }

    /// Sets the watch over the oldest promise that was not read back.
    mutating func watch(into effects: inout [Effect]) {
        guard watched == nil, let oldest = uploads.promises.keys.min() else { return }
        watched = (oldest, lastRead)
        effects.append(.setTimer(.watch, after: Self.watchWait))
    }

    /// A receipt counts as a promise until its item was read.
    mutating func expect(_ receipt: MailboxReceipt) {
        guard receipt.number > lastRead else { return }
        uploads.promises[receipt.number] = receipt.hash
    }

    private mutating func leave(
        because contradiction: MailboxContradiction, into effects: inout [Effect]
    ) {
        hasLeft = true
        effects.append(.report(.contradicted(contradiction)))
        effects.append(.leave(.notBelieved))
    }
}
