internal import CRDT

extension SyncSession {
    mutating func receive(_ message: Message) -> [Effect] {
        switch (phase, message) {
        case (_, .close(let reason)):
            phase = .closed
            return [.close(reason)]
        case (.greeting, .hello(let versions, let summary)):
            return greet(versions, summary)
        case (.exchanging, .vector(let entries)): return learn(entries)
        case (.exchanging, .acknowledge(let entries)):
            for entry in entries {
                held[entry.writer] = max(held[entry.writer] ?? 0, entry.sequence)
                sent[entry.writer] = max(sent[entry.writer] ?? 0, entry.sequence)
            }
            return proceed()
        case (.exchanging, .credit(let bytes)):
            guard bytes <= UInt64(SyncLimits.creditBytesMax),
                credit + Int(bytes) <= SyncLimits.creditBytesMax
            else { return close(.violation) }
            credit += Int(bytes)
            return proceed()
        case (.exchanging, .frame(let bytes)):
            owed += bytes.count
            guard owed <= SyncLimits.creditBytes else { return close(.violation) }
            return [.deliver(bytes)]
        case (.exchanging, .control(let bytes)): return [.deliverControl(bytes)]
        case (.exchanging, .state(let summary)):
            peerSummary = summary
            return judge()
        case (.idle, _), (.closed, _), (.greeting, _), (.exchanging, .hello):
            return close(.violation)
        }
    }

    private mutating func greet(
        _ versions: ClosedRange<UInt8>, _ summary: StateSummary
    ) -> [Effect] {
        guard versions.overlaps(Self.versions) else { return close(.version) }
        phase = .exchanging
        peerSummary = summary
        guard let local, summary.vectorHash == local.vectorHash else { return [tellVector()] }
        knowsPeer = true
        for entry in local.vector.entries {
            (sent[entry.writer], held[entry.writer]) = (entry.sequence, entry.sequence)
            told[entry.writer] = entry.sequence
        }
        // Equal at the hello: both sides have said all there is to say.
        lastStateSent = local.summary
        return judge()
    }

    private mutating func learn(_ entries: [ContextEntry]) -> [Effect] {
        var effects: [Effect] = []
        knowsPeer = true
        // We thought both equal at the hello; the other side, which changed since, waits for this.
        if !hasToldVector { effects.append(tellVector()) }
        var fresh: [WriterID: UInt64] = [:]
        for entry in entries {
            fresh[entry.writer] = max(fresh[entry.writer] ?? 0, entry.sequence)
        }
        // What it does not name it does not have, whatever we sent before.
        held = fresh
        sent = fresh
        effects.append(.compare(entries))
        return effects + proceed()
    }

    /// Sends on: at most one look-up at a time, the writer with the oldest gap first.
    mutating func proceed() -> [Effect] {
        guard phase == .exchanging, knowsPeer, !isFetching, let local else { return [] }
        var effects = acknowledge()
        let missing = local.vector.entries.filter {
            $0.sequence > sent[$0.writer] ?? 0 && $0.sequence != stuck[$0.writer]
        }
        guard
            let next = missing.min(by: { left, right in
                (left.sequence - (sent[left.writer] ?? 0), left.writer)
                    < (right.sequence - (sent[right.writer] ?? 0), right.writer)
            })
        else { return effects + settle() }
        guard credit > neededCredit else { return effects }
        isFetching = true
        requested = next.writer
        effects.append(
            .fetch(
                FrameRequest(
                    writer: next.writer, after: sent[next.writer] ?? 0,
                    bytesMax: min(credit, SyncLimits.fetchBytes))))
        return effects + report(.behind(writers: missing.count))
    }

    mutating func send(_ frames: [OutgoingFrame]) -> [Effect] {
        isFetching = false
        neededCredit = 0
        var effects: [Effect] = []
        for frame in frames where frame.high > sent[frame.writer] ?? 0 {
            guard frame.bytes.count <= credit else {
                neededCredit = frame.bytes.count - 1
                break
            }
            credit -= frame.bytes.count
            sent[frame.writer] = frame.high
            told[frame.writer] = max(told[frame.writer] ?? 0, frame.high)
            effects.append(.send(.frame(frame.bytes)))
        }
        if effects.isEmpty, neededCredit == 0, let requested {
            // Its frame waits here for another writer; ask again once this one has moved.
            stuck[requested] = local?.vector.sequence(of: requested)
        }
        return neededCredit == 0 ? effects + proceed() : effects
    }

    /// Nothing is left to send: once the other side holds it all, say what we hold.
    private mutating func settle() -> [Effect] {
        guard let local, isPeerLevel(local) else { return [] }
        var effects: [Effect] = []
        if lastStateSent != local.summary {
            lastStateSent = local.summary
            effects.append(.send(.state(local.summary)))
        }
        return effects + judge()
    }

    private func isPeerLevel(_ local: ReplicaState) -> Bool {
        local.vector.entries.allSatisfy { held[$0.writer] ?? 0 >= $0.sequence }
            && held.allSatisfy { local.vector.sequence(of: $0.key) >= $0.value }
    }

    private mutating func judge() -> [Effect] {
        guard let local, let peerSummary, peerSummary.vectorHash == local.vectorHash else {
            return []
        }
        guard local.summary.isComparable(to: peerSummary) else { return report(.notComparable) }
        return report(peerSummary.digest == local.digest ? .inSync : .digestMismatch)
    }

    private mutating func report(_ report: SessionReport) -> [Effect] {
        guard report != lastReport else { return [] }
        lastReport = report
        return [.report(report)]
    }
}
