internal import CRDT
internal import ReplicaStorage
internal import SyncProtocol

/// What a session remembers of deliveries that brought nothing.
struct DeliveryMemory {
    /// How often a session asks for its gaps again without anything applied between: a peer whose
    /// frames never open must not keep us busy. The next session begins afresh.
    private static let askedAgainMax = 8

    var rosterHead: ContentHash?
    private var asked = 0
    private var hasRefused = false
    private var isNewsForRefused = false
    private var lacksSome = false

    mutating func note(_ delivery: Replica.Delivery) {
        switch delivery {
        case .merged(.applied, _): asked = 0
        case .merged(.gap, _): lacksSome = true
        case .refused:
            hasRefused = true
            lacksSome = true
        case .merged(.duplicate, _), .merged(.blocked, _), .merged(.fork, _),
            .merged(.malformed, _), .merged(.unsigned, _):
            break
        }
    }

    /// A roster that has grown may make strangers known, whose frames were refused.
    mutating func note(_ state: LocalState) {
        if hasRefused, state.summary.rosterHead != rosterHead {
            (hasRefused, lacksSome, asked) = (false, true, 0)
        }
        rosterHead = state.summary.rosterHead
    }

    /// Whether the peer is to be told again what is here.
    mutating func takeAskAgain() -> Bool {
        guard lacksSome else { return false }
        lacksSome = false
        asked += 1
        return asked <= Self.askedAgainMax
    }
}

// The session's questions to its replica: one at a time, so that what a merge brought is told
// before anything that came after it.
extension LinkSession {
    /// Deliveries of one turn of the disk: as many bytes as one fetch brings, and one frame at
    /// least.
    private static let mergeBytesMax = SyncLimits.fetchBytesMax
    private static let mergeFramesMax = 256

    /// Answers until nothing is asked; false once the session is over.
    func answerAll() async -> Bool {
        do throws(StorageError) {
            while ending == nil {
                let questions = takeQuestions()
                if !questions.controls.isEmpty { try await store(questions.controls) }
                if !questions.frames.isEmpty { try await merge(questions.frames) }
                if questions.hasChanged { await tellChange() }
                if let request = questions.controlFetch {
                    handle(.control(try await replica.answer(request)))
                }
                for writer in questions.pins {
                    handle(.pins(writer, try await replica.pins(of: writer)))
                }
                if let request = questions.fetch {
                    handle(.frames(try await replica.answer(request)))
                }
                if questions.isEmpty { return true }
            }
        } catch {
            leave(.storageFailed(error.message), saying: .goingAway)
        }
        return false
    }

    /// Takes what waits, of the frames as many as one turn of the disk should merge.
    private func takeQuestions() -> Questions {
        var taken = questions
        var bytes = 0
        let count = taken.frames.prefix(Self.mergeFramesMax).prefix { frame in
            defer { bytes += frame.count }
            return bytes == 0 || bytes + frame.count <= Self.mergeBytesMax
        }.count
        let rest = Array(taken.frames.dropFirst(count))
        taken.frames.removeLast(taken.frames.count - count)
        questions = Questions()
        questions.frames = rest
        return taken
    }

    private func store(_ controls: [[UInt8]]) async throws(StorageError) {
        let ids = try await replica.deliver(control: controls)
        await tellMerged(ids.map { .control($0) })
    }

    private func merge(_ frames: [[UInt8]]) async throws(StorageError) {
        let deliveries = try await replica.deliver(frames)
        for delivery in deliveries {
            memory.note(delivery)
            switch delivery {
            case .refused(let refusal): notify(.frameRefused(refusal))
            case .merged(let outcome, _):
                switch outcome {
                case .fork, .malformed, .unsigned: notify(.frameSetAside(outcome))
                case .applied, .duplicate, .gap, .blocked: break
                }
            }
        }
        await tellMerged(
            deliveries.map { delivery in
                switch delivery {
                case .merged(_, let span): .frame(span)
                case .refused: .frame(nil)
                }
            })
    }

    /// The state is read after the commit, so it holds all that is settled.
    private func tellMerged(_ settlements: [Settlement]) async {
        let state = await replica.localState()
        memory.note(state)
        handle(.merged(state, settlements))
        askAgainIfLacking()
    }

    private func tellChange() async {
        let state = await replica.localState()
        memory.note(state)
        handle(.localChanged(state))
        askAgainIfLacking()
    }

    /// Not while more frames wait: they may bring what is missing.
    private func askAgainIfLacking() {
        guard questions.frames.isEmpty, memory.takeAskAgain() else { return }
        handle(.askAgain)
    }
}

extension LinkSession.Questions {
    var isEmpty: Bool {
        controls.isEmpty && frames.isEmpty && !hasChanged && controlFetch == nil && pins.isEmpty
            && fetch == nil
    }
}
