import CRDT

/// What must hold between any two inputs, whatever the peer and the caller did.
public enum BrokenInvariant: String, Hashable, Sendable, CaseIterable {
    /// Granted, unsettled and owed bytes of the peer add up to the window.
    case peerWindow
    /// We never have less than no credit nor more than the window.
    case ownCredit
    /// Queued frames are bounded, and each was entered in its writer's line.
    case queue
    /// Writers are sorted, each once, and no more than two vectors may name.
    case lines
    /// What is on record of one writer is bounded.
    case heads
    /// Nothing is fetched for a peer whose frontier is not known.
    case fetch
    /// Only a writer that was reported as forked is pinned.
    case pins
    /// The memory of control items is bounded.
    case control
}

extension SyncSession {
    /// The invariants that do not hold: none, ever. Called after every `handle` in simulation.
    public func checkInvariants() -> [BrokenInvariant] {
        switch state {
        case .waiting, .greeting, .closed: []
        case .exchanging(let exchange):
            BrokenInvariant.allCases.filter { !exchange.holds($0) }
        }
    }
}

extension Exchange {
    fileprivate func holds(_ invariant: BrokenInvariant) -> Bool {
        switch invariant {
        case .peerWindow:
            credit.granted >= 0 && credit.owed >= 0
                && credit.granted + credit.owed + credit.unsettledFrames.sum
                    + credit.unsettledControls.sum == SyncLimits.windowBytes
        case .ownCredit:
            (0...SyncLimits.windowBytes).contains(credit.available)
        case .queue:
            queue.cost <= SyncLimits.queueCostMax
                && queue.waiting.allSatisfy { !ledger[$0.span.writer].scheduled.isEmpty }
        case .lines:
            ledger.lines.count <= 2 * SyncLimits.vectorEntriesMax
                && zip(ledger.lines, ledger.lines.dropFirst()).allSatisfy {
                    $0.writer < $1.writer
                }
        case .heads:
            ledger.lines.allSatisfy { line in
                line.peerPins.count <= SyncLimits.pinsMax
                    && [line.own, line.confirmed, line.scheduled, line.witnessed, line.told]
                        .allSatisfy { $0.count <= SyncLimits.headsOnRecordMax }
            }
        case .fetch:
            knowsPeer || (fetch.request == nil && queue.isEmpty)
        case .pins:
            ledger.lines.allSatisfy { $0.isForkReported || $0.pinning == .none }
        case .control:
            lane.peerHolds.count <= SyncLimits.controlHeadsMax + SyncLimits.controlMemoryMax
                && lane.queue.count <= SyncLimits.controlItemsMax
        }
    }
}
