public import CRDT
public import ReplicaStorage
public import SyncProtocol

// What sessions ask of the disk about frames.
extension Replica {
    /// Bytes of plain transactions that one new frame takes up.
    private static let runBytesMax = 1 << 20

    /// Seals what is not sealed yet, stores it, and only then names frames to send.
    public func answer(_ request: FrameRequest) throws(StorageError) -> FrameAnswer {
        var frames: [OutgoingFrame] = []
        var (nothing, unavailable): ([WriterID], [WriterID]) = ([], [])
        var diverged: [ContextEntry] = []
        var left = request.bytesMax
        for gap in request.gaps where left > 0 {
            if gap.writer.device == store.configuration.device { try sealPending() }
            let found = try store.answer(
                HistoryGap(
                    writer: gap.writer, held: gap.held, peerHolds: gap.peerHolds,
                    isForked: gap.isForked),
                bytesMax: min(left, request.bytesPerWriter))
            switch found {
            case .nothing: nothing.append(gap.writer)
            case .unavailable: unavailable.append(gap.writer)
            case .diverged(let entry): diverged.append(entry)
            case .frames(let placed):
                for frame in placed where frames.isEmpty || frame.bytes.count <= left {
                    left -= frame.bytes.count
                    frames.append(OutgoingFrame(span: FrameSpan(frame), bytes: frame.bytes))
                }
            }
        }
        try raiseAnchor(over: frames)
        return FrameAnswer(
            number: request.number, frames: frames, nothing: nothing, unavailable: unavailable,
            diverged: diverged)
    }

    /// Points of the histories held here of a writer.
    public func pins(of writer: WriterID) throws(StorageError) -> [ContextEntry] {
        try store.pins(of: writer)
    }

    /// What a link may be handed of our own is on record outside the database first. Of an earlier
    /// incarnation too: then the record names ours, and a database that knows only the earlier one
    /// shows as behind.
    private func raiseAnchor(over frames: [OutgoingFrame]) throws(StorageError) {
        let device = store.configuration.device
        let own = frames.map(\.span).filter { $0.writer.device == device }
        guard !own.isEmpty else { return }
        let local = store.localHead.writer
        try store.raiseAnchor(through: own.filter { $0.writer == local }.map(\.high).max() ?? 0)
    }

    private func sealPending() throws(StorageError) {
        while let run = try store.unsealedRun(bytesMax: Self.runBytesMax) {
            try store.store(run, sealed: try codec.seal(run))
        }
    }

    /// Merges delivered frames, and those that waited for them, within an open `durably`.
    func merge(
        _ frames: [Result<OpenedFrame, FrameRefusal>]
    ) throws(StorageError) -> [Delivery] {
        var deliveries: [Delivery] = []
        var hasApplied = false
        for frame in frames {
            let delivery = try deliver(frame)
            if case .merged(.applied, _) = delivery { hasApplied = true }
            deliveries.append(delivery)
        }
        if hasApplied { try mergeWaiting() }
        return deliveries
    }

    private func deliver(
        _ frame: Result<OpenedFrame, FrameRefusal>
    ) throws(StorageError) -> Delivery {
        switch frame {
        case .failure(let refusal): return .refused(refusal)
        case .success(let opened):
            do throws(StorageError) {
                let outcome = try merge(opened)
                return .merged(outcome, try span(of: opened.frame, after: outcome))
            } catch  where error.code == .refused {
                return .refused(FrameRefusal(error.message))
            }
        }
    }

    private func merge(_ opened: OpenedFrame) throws(StorageError) -> MergeOutcome {
        try store.isolated { () throws(StorageError) in
            try store.mergeInside(
                opened.frame, wallMilliseconds: environment.wallMilliseconds(),
                isSigned: opened.isSigned)
        }
    }

    /// Where a frame lies, once its chain was computed or is known.
    private func span(
        of frame: IncomingFrame, after outcome: MergeOutcome
    ) throws(StorageError) -> FrameSpan? {
        switch outcome {
        case .applied, .duplicate, .blocked:
            return try store.entry(through: frame).map {
                FrameSpan(
                    writer: frame.writer, low: frame.low, high: frame.high,
                    previous: frame.previous, chain: $0.chain)
            }
        case .gap, .fork, .malformed, .unsigned, .crowded: return nil
        }
    }

    /// Merges stored frames that a merge may have freed, until none moves.
    private func mergeWaiting() throws(StorageError) {
        var isMoving = true
        while isMoving {
            isMoving = false
            for waiting in try store.waitingFrames() {
                // One that is refused waits on; whoever came with it is merged all the same.
                switch try deliver(codec.open(waiting.bytes)) {
                case .merged(.applied, _): isMoving = true
                case .merged(.blocked(let applied, _), _): if applied > 0 { isMoving = true }
                case .merged, .refused: break
                }
            }
        }
    }
}

extension FrameSpan {
    fileprivate init(_ frame: PlacedFrame) {
        self.init(
            writer: frame.writer, low: frame.low, high: frame.high, previous: frame.previous,
            chain: frame.chain)
    }
}
