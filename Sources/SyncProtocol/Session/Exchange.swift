import CRDT

/// A session after both hellos: it receives here and sends in `Exchange+Sending.swift`.
struct Exchange: Sendable {
    var local: LocalState
    var ledger: Ledger
    var lane: ControlLane
    var credit = CreditBook()
    var queue = FrameQueue()
    var fetch = FrameFetch()
    /// The peer's latest summary, and ours as the peer knows it.
    var theirs: Summary
    var told: Summary
    var isVectorOwed: Bool
    /// Whether we know what the peer holds: by an equal hash or by its vector.
    var knowsPeer: Bool
    var isLinkBusy: Bool
    var standing: SessionReport?
    var statusSentAt: Duration?
    var isStatusTimerSet = false
    var forksReported = 0
    /// How often the peer said its vector since the last frame or control item of either side.
    var vectorsInARow = 0

    init(
        local: LocalState, said: LocalState, hello: Hello, isLinkBusy: Bool
    ) throws(CloseReason) {
        let isEqual = said.summary.vectorHash == hello.summary.vectorHash
        self.local = local
        self.isLinkBusy = isLinkBusy
        theirs = hello.summary
        told = said.summary
        knowsPeer = isEqual
        isVectorOwed = !isEqual
        lane = ControlLane(
            isLevel: said.summary.rosterHead == hello.summary.rosterHead,
            saidThrough: said.controlNumber, newest: local.controlNumber)
        ledger = Ledger(own: local.vector)
        if isEqual { try ledger.confirmAll(said.vector) }
    }

    mutating func handle(
        _ input: SyncSession.Input, at now: Duration, into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) {
        switch input {
        case .received(let message):
            try receive(message, into: &effects)
        case .sent:
            isLinkBusy = false
        case .localChanged(let state):
            try update(state)
        case .merged(let state, let settlements):
            // Our heads first: they show whether a frame was of a second branch.
            try update(state)
            for settlement in settlements { settle(settlement) }
        case .frames(let answer):
            receive(answer, into: &effects)
        case .control(let answer):
            lane.receive(answer)
        case .pins(let writer, let entries):
            receivePins(entries, of: writer)
        case .askAgain:
            isVectorOwed = true
            lane.askAgain()
        case .timerFired(.status):
            isStatusTimerSet = false
        case .opened, .timerFired(.greeting), .leave, .closed:
            return
        }
        proceed(at: now, into: &effects)
    }

    private mutating func update(_ state: LocalState) throws(CloseReason) {
        guard state.isWithinLimits else { throw .limitExceeded }
        local = state
        ledger.update(own: state.vector)
        lane.update(newest: state.controlNumber)
    }

    /// What the peer sent it holds, so it is never sent back.
    private mutating func settle(_ settlement: Settlement) {
        credit.settle(settlement)
        switch settlement {
        case .frame(let span?):
            guard ledger.knows(span.writer) || !ledger.isFull else { return }
            ledger[span.writer].witness(span)
        case .control(let id?):
            lane.remember(id)
        case .frame(nil), .control(nil):
            return
        }
    }

    private mutating func receive(
        _ message: Message, into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) {
        switch message {
        case .hello, .close:
            throw .outOfTurn
        case .vector(let vector):
            try receive(vector, into: &effects)
        case .frame(let bytes):
            vectorsInARow = 0
            try credit.receive(frameOf: bytes.count)
            effects.append(.deliver(bytes))
        case .acknowledge(let entries):
            try acknowledge(entries, into: &effects)
        case .credit(let bytes):
            try credit.receive(grant: bytes)
        case .control(let bytes):
            vectorsInARow = 0
            try credit.receive(controlOf: bytes.count)
            effects.append(.deliverControl(bytes))
        case .controlHeads(let heads):
            lane.receive(heads: heads)
        case .pins(let entries):
            receivePeerPins(entries, into: &effects)
        case .status(let summary):
            theirs = summary
        }
    }

    private mutating func receive(
        _ vector: VersionVector, into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) {
        vectorsInARow += 1
        guard vectorsInARow <= SyncLimits.vectorsInARowMax else { throw .limitExceeded }
        knowsPeer = true
        queue.removeAll()
        fetch.begin()
        try ledger.replaceConfirmed(by: vector)
        for (writer, _) in vector.branchesByWriter { lookForFork(writer, into: &effects) }
    }

    private mutating func acknowledge(
        _ entries: [ContextEntry], into effects: inout [SyncSession.Effect]
    ) throws(CloseReason) {
        for (writer, heads) in VersionVector(entries).branchesByWriter {
            guard ledger.knows(writer) || !ledger.isFull else { throw .limitExceeded }
            guard ledger[writer].confirmed != heads else { continue }
            ledger[writer].confirmed = heads
            ledger[writer].fruitless = nil
            lookForFork(writer, into: &effects)
        }
    }

    private mutating func lookForFork(
        _ writer: WriterID, into effects: inout [SyncSession.Effect]
    ) {
        guard let entry = ledger[writer].contradiction else { return }
        reportFork(entry, into: &effects)
    }

    /// Tells it once, and pins our histories so that the peer finds where to begin.
    mutating func reportFork(_ entry: ContextEntry, into effects: inout [SyncSession.Effect]) {
        guard !ledger[entry.writer].isForkReported else { return }
        ledger[entry.writer].reportFork()
        effects.append(.report(.forkSuspected(entry.writer, sequence: entry.sequence)))
        forksReported += 1
        if forksReported <= SyncLimits.forkedWritersMax { ledger[entry.writer].pinning = .owed }
    }

    private mutating func receivePeerPins(
        _ entries: [ContextEntry], into effects: inout [SyncSession.Effect]
    ) {
        for (writer, pins) in VersionVector(entries).branchesByWriter {
            guard ledger.knows(writer), let highest = pins.max(by: { $0.sequence < $1.sequence })
            else { continue }
            reportFork(highest, into: &effects)
            guard ledger[writer].pinning != .none else { continue }
            ledger[writer].receive(pins: pins)
            fetch.forget()
        }
    }

    private mutating func receivePins(_ entries: [ContextEntry], of writer: WriterID) {
        guard ledger.knows(writer), ledger[writer].pinning == .asked else { return }
        var pins: [ContextEntry] = []
        for entry in VersionVector(entries).entries where entry.writer == writer {
            if pins.last != entry { pins.append(entry) }
        }
        ledger[writer].pinning =
            pins.isEmpty ? .sent : .ready(Array(pins.prefix(SyncLimits.pinsMax)))
    }
}
