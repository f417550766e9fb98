internal import CRDT
internal import ReplicaStorage
internal import SyncProtocol

/// One question of a session to its replica.
enum ReplicaQuestion: Sendable {
    case store([[UInt8]])
    case merge([[UInt8]])
    case state
    case control(ControlRequest)
    case pins(WriterID)
    case frames(FrameRequest)

    func asked(of replica: Replica) async -> ReplicaAnswer {
        do throws(StorageError) {
            switch self {
            case .store(let controls):
                let ids = try await replica.deliver(control: controls)
                return .stored(ids, await replica.localState())
            case .merge(let frames):
                // The state is read after the commit, so it holds all that is settled.
                let deliveries = try await replica.deliver(frames)
                return .merged(deliveries, await replica.localState())
            case .state: return .state(await replica.localState())
            case .control(let request): return .control(try await replica.answer(request))
            case .pins(let writer): return .pins(writer, try await replica.pins(of: writer))
            case .frames(let request): return .frames(try await replica.answer(request))
            }
        } catch {
            return .failed(error.message)
        }
    }
}

/// What the replica answered.
enum ReplicaAnswer: Sendable {
    case stored([ContentHash?], LocalState)
    case merged([Replica.Delivery], LocalState)
    case state(LocalState)
    case control(ControlAnswer)
    case pins(WriterID, [ContextEntry])
    case frames(FrameAnswer)
    case failed(String)
}

/// What a session wants of its replica: one question at a time, so that what a merge brought is
/// told before anything that came after it.
struct ReplicaDesk {
    /// What an answer means to the session and to who follows it.
    struct Found {
        var inputs: [SyncSession.Input] = []
        var notices: [LinkSession.Notice] = []
        var failure: String?
    }

    /// Deliveries of one turn of the disk: as many bytes as one fetch brings, and one frame at
    /// least.
    private static let mergeBytesMax = SyncLimits.fetchBytesMax
    private static let mergeFramesMax = 256
    /// How often a session asks for its gaps again without anything applied between: a peer whose
    /// frames never open must not keep us busy. The next session begins afresh.
    private static let askedAgainMax = 8

    var controls: [[UInt8]] = []
    var frames: [[UInt8]] = []
    var hasChanged = false
    var controlFetch: ControlRequest?
    var pins: [WriterID] = []
    var fetch: FrameRequest?

    private var isAsking = false
    private var rosterHead: ContentHash?
    private var askedAgain = 0
    private var hasRefused = false
    private var lacksSome = false

    mutating func begin(_ state: LocalState) { rosterHead = state.summary.rosterHead }

    /// The next question, unless one is open: what the peer sent comes before what it asks.
    mutating func nextQuestion() -> ReplicaQuestion? {
        guard !isAsking, let question = takeQuestion() else { return nil }
        isAsking = true
        return question
    }

    private mutating func takeQuestion() -> ReplicaQuestion? {
        if !controls.isEmpty {
            defer { controls = [] }
            return .store(controls)
        }
        if !frames.isEmpty { return .merge(takeFrames()) }
        if hasChanged {
            hasChanged = false
            return .state
        }
        if let request = controlFetch {
            controlFetch = nil
            return .control(request)
        }
        if !pins.isEmpty { return .pins(pins.removeFirst()) }
        if let request = fetch {
            fetch = nil
            return .frames(request)
        }
        return nil
    }

    private mutating func takeFrames() -> [[UInt8]] {
        var bytes = 0
        var taken: [[UInt8]] = []
        for frame in frames.prefix(Self.mergeFramesMax) {
            bytes += frame.count
            if !taken.isEmpty, bytes > Self.mergeBytesMax { break }
            taken.append(frame)
        }
        frames.removeFirst(taken.count)
        return taken
    }

    mutating func take(_ answer: ReplicaAnswer) -> Found {
        isAsking = false
        var found = Found()
        switch answer {
        case .stored(let ids, let state):
            note(state)
            found.inputs = [.merged(state, ids.map { .control($0) })]
        case .merged(let deliveries, let state):
            for delivery in deliveries { note(delivery, &found.notices) }
            note(state)
            found.inputs = [.merged(state, deliveries.map { .frame($0.span) })]
        case .state(let state):
            note(state)
            found.inputs = [.localChanged(state)]
        case .control(let answer): found.inputs = [.control(answer)]
        case .pins(let writer, let entries): found.inputs = [.pins(writer, entries)]
        case .frames(let answer): found.inputs = [.frames(answer)]
        case .failed(let message): found.failure = message
        }
        if takeAskAgain() { found.inputs.append(.askAgain) }
        return found
    }

    private mutating func note(
        _ delivery: Replica.Delivery, _ notices: inout [LinkSession.Notice]
    ) {
        switch delivery {
        case .refused(let refusal):
            notices.append(.frameRefused(refusal))
            hasRefused = true
            lacksSome = true
        case .merged(let outcome, _):
            switch outcome {
            case .applied: askedAgain = 0
            case .gap: lacksSome = true
            case .duplicate, .blocked: break
            case .fork:
                // A gap too: what it goes on from was lost on the way, or is still to be pinned.
                notices.append(.frameSetAside(outcome))
                lacksSome = true
            case .malformed, .unsigned, .crowded:
                notices.append(.frameSetAside(outcome))
            }
        }
    }

    /// A roster that has grown may make strangers known, whose frames were refused.
    private mutating func note(_ state: LocalState) {
        if hasRefused, state.summary.rosterHead != rosterHead {
            (hasRefused, lacksSome, askedAgain) = (false, true, 0)
        }
        rosterHead = state.summary.rosterHead
    }

    /// Whether to tell the peer again what is here; not while frames wait that may bring it.
    private mutating func takeAskAgain() -> Bool {
        guard lacksSome, frames.isEmpty else { return false }
        lacksSome = false
        askedAgain += 1
        return askedAgain <= Self.askedAgainMax
    }
}

extension Replica.Delivery {
    /// Where the frame lies, if that is known.
    fileprivate var span: FrameSpan? {
        switch self {
        case .merged(_, let span): span
        case .refused: nil
        }
    }
}
