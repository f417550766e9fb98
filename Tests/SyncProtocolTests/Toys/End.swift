import CRDT
import SyncProtocol

/// One end of a link: a session over a toy replica, and the laws that hold at every step.
final class End {
    let replica: ToyReplica
    weak var peer: End?
    private(set) var session: SyncSession
    private(set) var reports: [SessionReport] = []
    private(set) var said: [Message] = []
    private(set) var heard: [Message] = []
    private(set) var brokenLaws: [String] = []
    private(set) var isOpen = false
    private(set) var timers: [(timer: SyncSession.Timer, at: Duration)] = []

    /// Encoded messages on their way to this end.
    var inbox: [[UInt8]] = []
    /// Whether the link has taken the last message and not said so yet.
    private(set) var owesSent = false
    private(set) var fetches: [FrameRequest] = []
    private(set) var controlFetches: [ControlRequest] = []
    private(set) var pinFetches: [WriterID] = []
    private(set) var delivered: [(bytes: [UInt8], isControl: Bool)] = []
    private(set) var outbox: [[UInt8]] = []

    private var credit = 0
    private var statusAt: Duration?
    private var acknowledged: [WriterID: [ContextEntry]] = [:]
    private var received: Set<ToyFrame> = []
    private var pinned: Set<WriterID> = []
    private var heldAtOpen: Set<ToyFrame> = []
    private(set) var sentFrames: Set<ToyFrame> = []

    init(_ replica: ToyReplica, _ role: SyncSession.Role) {
        self.replica = replica
        session = SyncSession(role: role)
    }

    /// The standing that was reported last.
    var standing: SessionReport? {
        reports.last {
            switch $0 {
            case .behind, .caughtUp, .inSync, .digestMismatch, .notComparable: true
            case .greeted, .forkSuspected, .historyUnavailable: false
            }
        }
    }

    func open(_ role: SyncSession.Role, nonce: UInt128, at now: Duration) {
        session = SyncSession(role: role)
        inbox = []
        outbox = []
        owesSent = false
        fetches = []
        controlFetches = []
        pinFetches = []
        delivered = []
        timers = []
        said = []
        heard = []
        credit = SyncLimits.windowBytes
        statusAt = nil
        acknowledged = [:]
        received = []
        pinned = []
        heldAtOpen = Set((peer?.replica.frames ?? [:]).values.joined())
        sentFrames = []
        isOpen = true
        handle(.opened(replica.state, nonce: nonce), at: now)
    }

    func cut(at now: Duration) {
        handle(.closed, at: now)
        isOpen = false
        inbox = []
        outbox = []
    }

    func handle(_ input: SyncSession.Input, at now: Duration) {
        for effect in session.handle(input, at: now) { perform(effect, at: now) }
        for broken in session.checkInvariants() { brokenLaws.append(broken.rawValue) }
    }

    private func perform(_ effect: SyncSession.Effect, at now: Duration) {
        switch effect {
        case .send(let message): send(message, at: now)
        case .fetch(let request): fetches.append(request)
        case .fetchControl(let request): controlFetches.append(request)
        case .fetchPins(let writer): pinFetches.append(writer)
        case .deliver(let bytes): delivered.append((bytes, false))
        case .deliverControl(let bytes): delivered.append((bytes, true))
        case .setTimer(let timer, let after): timers.append((timer, now + after))
        case .report(let report): reports.append(report)
        case .close: isOpen = false
        }
    }

    private func send(_ message: Message, at now: Duration) {
        said.append(message)
        outbox.append(message.encoded())
        if case .close = message { return }
        if owesSent { brokenLaws.append("one message at a time") }
        owesSent = true
        switch message {
        case .frame(let bytes): judge(frame: bytes)
        case .control(let bytes): spend(bytes.count)
        case .acknowledge(let entries):
            if !entries.allSatisfy(replica.holds) {
                brokenLaws.append("acknowledged before the disk")
            }
        case .vector(let vector):
            if !vector.entries.allSatisfy(replica.holds) {
                brokenLaws.append("told of what is not on the disk")
            }
        case .status:
            if let statusAt, now - statusAt < SyncLimits.statusInterval {
                brokenLaws.append("two digests within the interval")
            }
            statusAt = now
        case .hello, .credit, .controlHeads, .pins, .close: break
        }
    }

    private func judge(frame bytes: [UInt8]) {
        spend(bytes.count)
        guard let frame = try? ToyFrame(bytes) else {
            brokenLaws.append("another frame than the storage gave")
            return
        }
        let isCovered = (acknowledged[frame.writer] ?? []).contains { covers($0, frame) }
        // After a fork at most half of the common part is sent again, by the pins.
        let isPinned = pinned.contains(frame.writer) && heldAtOpen.contains(frame)
        if isCovered, !isPinned {
            brokenLaws.append("sent after it was acknowledged")
        }
        if received.contains(frame) { brokenLaws.append("sent back") }
        if !sentFrames.insert(frame).inserted { brokenLaws.append("sent twice in a session") }
    }

    /// Whether who has this head has the frame: both lie on one history.
    private func covers(_ head: ContextEntry, _ frame: ToyFrame) -> Bool {
        let histories =
            (replica.histories[frame.writer] ?? []) + (peer?.replica.histories[frame.writer] ?? [])
        return head.sequence >= frame.span.high
            && histories.contains {
                ToyReplica.lies(head, on: $0) && ToyReplica.lies(frame.span.through, on: $0)
            }
    }

    private func spend(_ bytes: Int) {
        credit -= bytes + SyncLimits.deliveryCostBytes
        if credit < 0 { brokenLaws.append("credit exceeded") }
    }

    // MARK: - What the world does

    func takeOutbox() -> [[UInt8]] {
        defer { outbox = [] }
        return outbox
    }

    func hear(at now: Duration) {
        let bytes = inbox.removeFirst()
        guard let message = try? MessageDecoder().decode(bytes) else {
            brokenLaws.append("a message that does not decode")
            return
        }
        heard.append(message)
        switch message {
        case .credit(let bytes): credit += Int(bytes)
        case .vector(let vector):
            acknowledged = Dictionary(grouping: vector.entries, by: \.writer)
        case .acknowledge(let entries):
            for (writer, heads) in Dictionary(grouping: entries, by: \.writer) {
                acknowledged[writer] = heads
            }
        case .pins(let entries): pinned.formUnion(entries.map(\.writer))
        case .hello, .frame, .control, .controlHeads, .status, .close: break
        }
        handle(.received(message), at: now)
    }

    func saySent(at now: Duration) {
        owesSent = false
        handle(.sent, at: now)
    }

    func answerFetch(at now: Duration) {
        handle(.frames(replica.answer(fetches.removeFirst())), at: now)
    }

    func answerControl(at now: Duration) {
        handle(.control(replica.answer(controlFetches.removeFirst())), at: now)
    }

    func answerPins(at now: Duration) {
        let writer = pinFetches.removeFirst()
        handle(.pins(writer, replica.pins(of: writer)), at: now)
    }

    /// Merges the oldest `count` deliveries in one commit.
    func settle(_ count: Int, at now: Duration) {
        let batch = delivered.prefix(count)
        delivered.removeFirst(batch.count)
        let settlements = batch.map { item -> Settlement in
            if item.isControl {
                let id = ContentHash(bytes: item.bytes)
                if let id { replica.addControl(id) }
                return .control(id)
            }
            let frame = try? ToyFrame(item.bytes)
            let isNews = frame.map { !replica.holds($0.span.through) } ?? false
            let span = replica.merge(item.bytes)
            if span != nil, isNews, let frame { received.insert(frame) }
            return .frame(span)
        }
        handle(.merged(replica.state, settlements), at: now)
    }

    func askAgain(at now: Duration) { handle(.askAgain, at: now) }

    func fireTimer(at now: Duration) {
        handle(.timerFired(timers.removeFirst().timer), at: now)
    }
}
