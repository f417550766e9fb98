public import CRDT

/// What two replicas say to each other over one link, without the link (`Session-States.md`).
///
/// Both sides run the same machine. Each tells its state; where they differ each tells its vector
/// and sends what the other lacks, oldest first, within the other's credit. Nothing is acknowledged
/// before it is durable, and what is sent again after a cut follows from the vectors alone.
public struct SyncSession: Sendable {
    public enum Input: Sendable {
        case opened(ReplicaState)
        case received(Message)
        /// The replica committed or merged something, from wherever.
        case changed(ReplicaState)
        /// The answer to `fetch`, oldest first; empty when the storage has nothing to give.
        case fetched([OutgoingFrame])
        /// A delivered frame is durable (or set aside for good).
        case merged(FrameVerdict, bytes: Int, ReplicaState)
    }

    public enum Effect: Hashable, Sendable {
        case send(Message)
        /// Look up frames; exactly one `fetched` must follow.
        case fetch(FrameRequest)
        /// Open and merge; exactly one `merged` must follow.
        case deliver([UInt8])
        case deliverControl([UInt8])
        /// Check these entries against the own history: a difference is a fork.
        case compare([ContextEntry])
        case report(SessionReport)
        case close(CloseReason)
    }

    public static let versions: ClosedRange<UInt8> = 1...1

    enum Phase: Hashable, Sendable { case idle, greeting, exchanging, closed }

    var phase = Phase.idle
    var local: ReplicaState?
    /// What the other side holds or has been sent, by writer.
    var sent: [WriterID: UInt64] = [:]
    /// What the other side said it holds.
    var held: [WriterID: UInt64] = [:]
    /// What we told the other side that we hold.
    var told: [WriterID: UInt64] = [:]
    /// Bytes the other side lets us send.
    var credit: Int = SyncLimits.creditBytes
    /// Bytes of frames from the other side that are not merged yet.
    var owed = 0
    var isFetching = false
    var knowsPeer = false
    var hasToldVector = false
    /// The writer of the running look-up.
    var requested: WriterID?
    /// Writers whose next frame the storage could not give, with their head then.
    var stuck: [WriterID: UInt64] = [:]
    var vectorRepeats = 0
    var lastReport: SessionReport?
    var lastStateSent: StateSummary?
    var peerSummary: StateSummary?
    /// The size of the frame that did not fit the credit; nothing is looked up before it does.
    var neededCredit = 0

    public init() {}

    /// Pure and total: every input in every state answers. Perform the effects in order.
    public mutating func handle(_ input: Input) -> [Effect] {
        if phase == .closed { return [] }
        switch input {
        case .opened(let state): return open(state)
        case .received(let message): return receive(message)
        case .changed(let state):
            local = state
            return phase == .exchanging ? proceed() : []
        case .fetched(let frames): return send(frames)
        case .merged(let verdict, let bytes, let state): return merge(verdict, bytes, state)
        }
    }

    private mutating func open(_ state: ReplicaState) -> [Effect] {
        guard phase == .idle else { return [] }
        local = state
        phase = .greeting
        return [.send(.hello(versions: Self.versions, state.summary))]
    }

    mutating func close(_ reason: CloseReason) -> [Effect] {
        phase = .closed
        return [.send(.close(reason)), .close(reason)]
    }

    private mutating func merge(
        _ verdict: FrameVerdict, _ bytes: Int, _ state: ReplicaState
    ) -> [Effect] {
        local = state
        owed = max(0, owed - bytes)
        var effects: [Effect] = []
        switch verdict {
        case .durable(let writer, let high):
            // It came from there: never send it back.
            sent[writer] = max(sent[writer] ?? 0, high)
            held[writer] = max(held[writer] ?? 0, high)
            vectorRepeats = 0
        case .waiting: break
        case .gap, .refused:
            // The other side takes it for sent: say again what is here. A frame that never opens is
            // not asked for without end; a new session begins afresh.
            vectorRepeats += 1
            if vectorRepeats <= SyncLimits.vectorRepeatsMax { effects.append(tellVector()) }
        }
        effects.append(contentsOf: acknowledge())
        effects.append(.send(.credit(UInt64(bytes))))
        return effects + proceed()
    }

    mutating func tellVector() -> Effect {
        let entries = local?.vector.entries ?? []
        hasToldVector = true
        for entry in entries { told[entry.writer] = entry.sequence }
        return .send(.vector(entries))
    }

    /// Tells what became durable since we last said so. What goes out as a frame tells itself.
    mutating func acknowledge() -> [Effect] {
        let news = (local?.vector.entries ?? []).filter {
            $0.sequence > told[$0.writer] ?? 0 && $0.sequence <= sent[$0.writer] ?? 0
        }
        guard knowsPeer, !news.isEmpty else { return [] }
        for entry in news { told[entry.writer] = entry.sequence }
        return [.send(.acknowledge(news))]
    }
}

/// Which frames are wanted from the storage.
public struct FrameRequest: Hashable, Sendable {
    public let writer: WriterID
    public let after: UInt64
    public let bytesMax: Int
}

/// A stored frame on its way out.
public struct OutgoingFrame: Hashable, Sendable {
    public let writer: WriterID
    public let high: UInt64
    public let bytes: [UInt8]

    public init(writer: WriterID, high: UInt64, bytes: [UInt8]) {
        self.writer = writer
        self.high = high
        self.bytes = bytes
    }
}

/// What became of a delivered frame.
public enum FrameVerdict: Hashable, Sendable {
    case durable(WriterID, high: UInt64)
    /// Stored; it waits for another writer's transactions.
    case waiting
    /// Something before it is missing.
    case gap
    /// Set aside: it did not open, verify or parse.
    case refused
}

/// What a session lets a person know.
public enum SessionReport: Hashable, Sendable {
    /// Both hold the same transactions and the same rows.
    case inSync
    /// Same transactions, other rows: a bug or bit rot.
    case digestMismatch
    /// Same transactions, but schema, roster or floor differ: rows cannot be compared yet.
    case notComparable
    /// So many writers' tails are still to be sent.
    case behind(writers: Int)
}
