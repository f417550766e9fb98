import CRDT

// Nothing to send is kept in a list of messages: what is owed follows from the state, so it is
// bounded, and what was overtaken while the link was busy is never sent.
extension Exchange {
    /// All that follows from the last input: at most one message, then requests and reports.
    mutating func proceed(at now: Duration, into effects: inout [SyncSession.Effect]) {
        if !isLinkBusy, let message = nextMessage(at: now) {
            isLinkBusy = true
            effects.append(.send(message))
        }
        askForPins(into: &effects)
        if let request = lane.nextRequest(available: credit.available) {
            effects.append(.fetchControl(request))
        }
        if let request = nextFetch() { effects.append(.fetch(request)) }
        reportStanding(into: &effects)
        setStatusTimer(at: now, into: &effects)
    }

    /// The most urgent message: control first, then what lets the peer send, then frames.
    private mutating func nextMessage(at now: Duration) -> Message? {
        if lane.isHeadsOwed { return .controlHeads(lane.takeHeads(of: local)) }
        if let item = lane.next(within: credit.available) {
            vectorsInARow = 0
            credit.send(item.bytes.count)
            return .control(item.bytes)
        }
        if isVectorOwed {
            isVectorOwed = false
            ledger.tell(local.vector)
            return .vector(local.vector)
        }
        if credit.isParcelDue { return .credit(credit.takeParcel()) }
        return nextAcknowledge() ?? nextPins() ?? nextFrame() ?? nextStatus(at: now)
    }

    private mutating func nextAcknowledge() -> Message? {
        guard knowsPeer else { return nil }
        var entries: [ContextEntry] = []
        for line in ledger.lines where line.owesAcknowledge {
            ledger[line.writer].told = line.own
            entries += line.own
        }
        return entries.isEmpty ? nil : .acknowledge(entries)
    }

    private mutating func nextPins() -> Message? {
        for line in ledger.lines {
            guard case .ready(let pins) = line.pinning else { continue }
            ledger[line.writer].pinning = .sent
            return .pins(pins)
        }
        return nil
    }

    /// The next queued frame that the peer still lacks, if its credit allows.
    private mutating func nextFrame() -> Message? {
        guard !lane.isPending else { return nil }
        while let frame = queue.next {
            let line = ledger[frame.span.writer]
            if line.isOvertaken(frame.span) {
                queue.removeFirst()
                continue
            }
            let cost = CreditBook.cost(of: frame.bytes.count)
            guard cost <= credit.availableForFrames else { return nil }
            queue.removeFirst()
            vectorsInARow = 0
            credit.send(frame.bytes.count)
            ledger[frame.span.writer].tell(frame.span)
            return .frame(frame.bytes)
        }
        return nil
    }

    // MARK: - Fetching

    private mutating func askForPins(into effects: inout [SyncSession.Effect]) {
        for line in ledger.lines where line.pinning == .owed {
            ledger[line.writer].pinning = .asked
            effects.append(.fetchPins(line.writer))
        }
    }

    private mutating func nextFetch() -> FrameRequest? {
        let room = credit.availableForFrames - queue.cost
        guard knowsPeer, fetch.request == nil, !lane.isPending, room > 0,
            fetch.isBulk
                ? queue.cost <= SyncLimits.fetchLowWaterBytes
                : queue.isEmpty && !isLinkBusy
        else { return nil }
        let lines = ledger.lines.filter(\.hasGap).sorted {
            ($0.scheduledBytes, $0.writer) < ($1.scheduledBytes, $1.writer)
        }
        guard !lines.isEmpty else {
            fetch.end(isMoreWaiting: false)
            return nil
        }
        let gaps = lines.prefix(SyncLimits.fetchGapsMax).map { line in
            FrameRequest.Gap(
                writer: line.writer, held: line.own, peerHolds: line.peerHolds,
                isForked: !line.peerPins.isEmpty)
        }
        return fetch.ask(gaps, bytesMax: min(room, SyncLimits.fetchBytesMax))
    }

    mutating func receive(_ answer: FrameAnswer, into effects: inout [SyncSession.Effect]) {
        guard let request = fetch.take(answer) else { return }
        let isEmpty =
            answer.frames.isEmpty && answer.nothing.isEmpty && answer.unavailable.isEmpty
            && answer.diverged.isEmpty
        let diverged = answer.diverged.map(\.writer)
        for gap in request.gaps {
            let isFruitless =
                isEmpty || answer.nothing.contains(gap.writer)
                || answer.unavailable.contains(gap.writer) || diverged.contains(gap.writer)
            if isFruitless { ledger[gap.writer].fruitless = gap.held }
        }
        let asked = request.gaps.map(\.writer)
        let wanted = answer.frames.filter { asked.contains($0.span.writer) }
        dropStale(wanted, of: request)
        for frame in FrameQueue.interleaved(wanted) {
            guard schedule(frame) else { break }
        }
        for entry in answer.diverged where asked.contains(entry.writer) {
            reportFork(entry, into: &effects)
        }
        if !answer.unavailable.isEmpty {
            effects.append(.report(.historyUnavailable(answer.unavailable)))
        }
        fetch.end(isMoreWaiting: ledger.lines.contains(where: \.hasGap))
    }

    /// A writer of whom only known frames came is not asked for again and again.
    private mutating func dropStale(_ frames: [OutgoingFrame], of request: FrameRequest) {
        for gap in request.gaps {
            let ends = frames.filter { $0.span.writer == gap.writer }.map(\.span.through)
            let known = ledger[gap.writer].peerHolds
            if !ends.isEmpty, ends.allSatisfy(known.contains) {
                ledger[gap.writer].fruitless = gap.held
            }
        }
    }

    /// Queues a frame; false when the queue is full, so that the rest is fetched again later.
    private mutating func schedule(_ frame: OutgoingFrame) -> Bool {
        let writer = frame.span.writer
        guard !frame.bytes.isEmpty, frame.bytes.count <= SyncLimits.frameBytesMax else {
            ledger[writer].fruitless = ledger[writer].own
            return true
        }
        guard !ledger[writer].peerHolds.contains(frame.span.through) else { return true }
        let cost = CreditBook.cost(of: frame.bytes.count)
        guard queue.isEmpty || queue.cost + cost <= SyncLimits.queueCostMax else { return false }
        queue.append(frame)
        ledger[writer].schedule(frame.span)
        ledger[writer].scheduledBytes += cost
        return true
    }

    // MARK: - Standing

    /// Our summary goes out when nothing else is left to say and the peer does not know it.
    private mutating func nextStatus(at now: Duration) -> Message? {
        guard owesStatus, statusWait(at: now) <= .zero else { return nil }
        statusSentAt = now
        told = local.summary
        return .status(local.summary)
    }

    private var owesStatus: Bool {
        knowsPeer && told != local.summary && !lane.isPending && queue.isEmpty && ledger.isLevel
    }

    private func statusWait(at now: Duration) -> Duration {
        guard let statusSentAt else { return .zero }
        return statusSentAt + SyncLimits.statusInterval - now
    }

    private mutating func setStatusTimer(
        at now: Duration, into effects: inout [SyncSession.Effect]
    ) {
        let wait = statusWait(at: now)
        guard owesStatus, !isStatusTimerSet, wait > .zero else { return }
        isStatusTimerSet = true
        effects.append(.setTimer(.status, after: wait))
    }

    private mutating func reportStanding(into effects: inout [SyncSession.Effect]) {
        guard knowsPeer else { return }
        let found: SessionReport
        if ledger.isLevel {
            found = local.summary.verdict(against: theirs) ?? .caughtUp
        } else {
            found = .behind(
                peerLacks: ledger.lines.count(where: \.peerLacksSome),
                weLack: ledger.lines.count(where: \.weLackSome))
        }
        guard found != standing else { return }
        standing = found
        effects.append(.report(found))
    }
}
