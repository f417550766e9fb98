import CRDT

/// What a box has on its way into its mailbox: a part of `MailboxExchange`.
struct MailboxUploads: Sendable {
    /// What one append carries.
    enum Cargo: Sendable {
        case frame(OutgoingFrame)
        case control(OutgoingControl)

        var content: MailboxContent {
            switch self {
            case .frame(let frame): .frame(frame.bytes)
            case .control(let control): .control(control.bytes)
            }
        }
        var itemBytes: Int {
            switch self {
            case .frame(let frame): frame.bytes.count + 1
            case .control(let control): control.bytes.count + 1
            }
        }
    }

    /// Bytes looked for at once.
    static let findBytesMax = SyncLimits.fetchBytesMax

    /// Hashes of the items under numbers that were acknowledged and not read back yet. Bounded: no
    /// more is uploaded while there are as many as may be open.
    var promises: [UInt64: ContentHash] = [:]
    /// Why the relay takes nothing now.
    var refusal: MailboxRefusal?
    var isFindOwed = false
    private(set) var isFinding = false
    private(set) var backoff = Backoff(least: .seconds(2), most: .seconds(1_800))
    private var open: [UInt32: Int] = [:]
    private var openBytes = 0
    private var queue: [Cargo] = []
    private var tag: UInt32 = 0
    private var number: UInt64 = 0
    /// Ends of histories and names of control items that were sent and not read back yet.
    private var sent: [ContextEntry] = []
    private var sentControls: Set<UInt64> = []
    private var controlsThrough: UInt64 = 0
    private(set) var filling = Filling.no

    enum Filling: Sendable { case no, waiting, yes }

    var waitingCount: Int { queue.count + open.count }

    // MARK: Finding

    mutating func nextQuestion(_ progress: MailboxProgress) -> MailboxQuestion? {
        guard isFindOwed, !isFinding, queue.isEmpty, refusal == nil,
            promises.count < RelayLimits.appendsOpenMax
        else { return nil }
        isFindOwed = false
        isFinding = true
        number += 1
        return MailboxQuestion(
            number: number, held: progress.held + sent,
            controls: progress.controls.union(sentControls), controlsAfter: controlsThrough,
            isOwnOnly: filling != .yes, bytesMax: Self.findBytesMax)
    }

    /// - Returns: whether to set the timer after which others' frames are looked for too.
    mutating func take(_ findings: MailboxFindings) -> Bool {
        guard isFinding, findings.number == number else { return false }
        isFinding = false
        let frames = findings.frames.filter { !sent.contains($0.span.through) }
        queue = findings.controls.map(Cargo.control) + frames.map(Cargo.frame)
        if findings.controls.isEmpty { controlsThrough = findings.controlsThrough }
        if !queue.isEmpty {
            isFindOwed = true
        } else if filling == .yes {
            filling = .no
        } else if findings.lacksOthers, filling == .no {
            filling = .waiting
            return true
        }
        return false
    }

    mutating func mayFill() {
        guard filling == .waiting else { return }
        filling = .yes
        isFindOwed = true
    }

    // MARK: Sending

    /// The next item, while the talk has room.
    mutating func next() -> (tag: UInt32, item: [UInt8])? {
        guard refusal == nil, let cargo = queue.first, open.count < RelayLimits.appendsOpenMax,
            openBytes + cargo.itemBytes <= RelayLimits.appendBytesOpenMax
        else { return nil }
        queue.removeFirst()
        repeat { tag &+= 1 } while open[tag] != nil
        open[tag] = cargo.itemBytes
        openBytes += cargo.itemBytes
        switch cargo {
        case .control(let control): sentControls.insert(control.id.prefix)
        case .frame(let frame):
            let span = frame.span
            let before = ContextEntry(
                writer: span.writer, sequence: span.low &- 1, chain: span.previous)
            if let place = sent.firstIndex(of: before) {
                sent[place] = span.through
            } else {
                sent.append(span.through)
            }
        }
        return (tag, cargo.content.item)
    }

    /// - Returns: false for a tag that is not open.
    mutating func close(_ tag: UInt32) -> Bool {
        guard let bytes = open.removeValue(forKey: tag) else { return false }
        openBytes -= bytes
        return true
    }

    /// The relay refused an item: what follows it would only be refused too, or leave a gap.
    mutating func holdBack(_ refusal: MailboxRefusal, random: UInt64) -> Duration {
        self.refusal = refusal
        queue = []
        (sent, sentControls, controlsThrough) = ([], [], 0)
        return backoff.next(random: random)
    }

    mutating func succeed() { backoff.reset() }

    // MARK: Forgetting

    /// Once nothing is on its way, the mailbox itself tells all that it holds.
    mutating func forgetWhatIsRead() {
        guard open.isEmpty, promises.isEmpty, queue.isEmpty else { return }
        sent = []
        sentControls = []
    }

    /// It is another mailbox.
    mutating func forgetAll() {
        promises = [:]
        queue = []
        (sent, sentControls, controlsThrough) = ([], [], 0)
        filling = .no
        // What was asked is out of date: its answer is dropped by its number.
        if isFinding {
            isFinding = false
            number += 1
        }
    }
}

extension MailboxExchange {
    mutating func take(_ findings: MailboxFindings, into effects: inout [Effect]) {
        guard uploads.take(findings) else { return }
        let wait = Self.fillWait.least + Int(draw % UInt64(Self.fillWait.spread))
        effects.append(.setTimer(.fill, after: .milliseconds(wait)))
    }

    mutating func settle(
        _ tag: UInt32, _ result: Result<MailboxReceipt, MailboxRefusal>,
        into effects: inout [Effect]
    ) {
        guard uploads.close(tag) else { return }
        switch result {
        case .success(let receipt):
            uploads.succeed()
            expect(receipt)
            watch(into: &effects)
            if hasToldRefusal, uploads.refusal == nil {
                hasToldRefusal = false
                effects.append(.report(.resumed))
            }
        case .failure(let refusal):
            guard uploads.refusal == nil else { return }
            draw = draw &* 0x9E37_79B9_7F4A_7C15 &+ 1
            let wait = uploads.holdBack(refusal, random: draw)
            if !hasToldRefusal { effects.append(.report(.heldBack(refusal))) }
            hasToldRefusal = true
            effects.append(.setTimer(.retry, after: wait))
        }
    }

    /// All that follows from the last input.
    mutating func proceed(into effects: inout [Effect]) {
        guard isCaughtUp, let progress else { return }
        while let (tag, item) = uploads.next() { effects.append(.append(tag: tag, item)) }
        if let question = uploads.nextQuestion(progress) { effects.append(.find(question)) }
    }
}
