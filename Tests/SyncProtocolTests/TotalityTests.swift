import CRDT
import SyncProtocol
import Testing

@Suite struct TotalityTests {
    /// Any input in any order from a caller and a peer who follow no rule.
    @Test(arguments: 0..<UInt64(200))
    func `every input in every state answers and keeps the invariants`(seed: UInt64) {
        var random = Seeded(seed)
        var session = SyncSession(role: random.below(2) == 0 ? .initiator : .responder)
        var effects: [SyncSession.Effect] = []
        if random.below(4) > 0 {
            effects += session.handle(.opened(random.localState(), nonce: 1), at: .zero)
        }
        if random.below(4) > 0 {
            effects += session.handle(.received(random.message(.hello)), at: .zero)
        }
        for step in 0..<200 {
            let input = random.input(after: effects)
            let answers = session.handle(input, at: .milliseconds(step))
            #expect(session.checkInvariants() == [], "seed \(seed), step \(step)")
            effects = Array((effects + answers).suffix(20))
        }
    }

    @Test func `a closed session answers nothing`() {
        var random = Seeded(1)
        var session = SyncSession(role: .initiator)
        _ = session.handle(.opened(random.localState(), nonce: 1), at: .zero)
        #expect(session.handle(.closed, at: .zero) == [])
        #expect(session.closeReason == .linkLost)
        for _ in 0..<500 { #expect(session.handle(random.input(after: []), at: .zero) == []) }
    }

    @Test func `a session that is told to leave says why and ends`() {
        var random = Seeded(2)
        var session = SyncSession(role: .responder)
        _ = session.handle(.opened(random.localState(), nonce: 1), at: .zero)
        let effects = session.handle(.leave(.notTrusted), at: .zero)
        #expect(effects == [.send(.close(.notTrusted)), .close(.notTrusted)])
    }

    @Test func `a close of the peer ends the session without an answer`() {
        var random = Seeded(3)
        var session = SyncSession(role: .responder)
        _ = session.handle(.opened(random.localState(), nonce: 1), at: .zero)
        let effects = session.handle(.received(.close(.goingAway)), at: .zero)
        #expect(effects == [.close(.goingAway)])
        #expect(session.closeReason == .goingAway)
    }

    static let breaches: [(Message, CloseReason)] = [
        (.credit(1), .creditExceeded),
        (.hello(Hello(nonce: 3, summary: ToyReplica(toyWriter(1)).state.summary)), .outOfTurn),
    ]

    @Test(arguments: breaches)
    func `a breach after the hellos ends the session`(message: Message, reason: CloseReason) {
        var (session, _) = greeted()
        let effects = session.handle(.received(message), at: .zero)
        #expect(effects.suffix(2) == [.send(.close(reason)), .close(reason)])
    }

    @Test func `more bytes than were granted end the session`() {
        var (session, _) = greeted()
        let frame = [UInt8](repeating: 1, count: SyncLimits.frameBytesMax)
        var delivered = 0
        while session.closeReason == nil, delivered < 10 {
            delivered += session.handle(.received(.frame(frame)), at: .zero).count {
                $0 == .deliver(frame)
            }
        }
        #expect(delivered == SyncLimits.windowBytes / CreditCost.of(frame))
        #expect(session.closeReason == .creditExceeded)
    }

    @Test func `our own hello coming back, a foreign version and silence end the greeting`() {
        var random = Seeded(4)
        let state = random.localState()
        let cases: [(SyncSession.Input, CloseReason)] = [
            (.received(.hello(Hello(nonce: 1, summary: state.summary))), .reflected),
            (
                .received(.hello(Hello(versions: 2...9, nonce: 2, summary: state.summary))),
                .noCommonVersion
            ),
            (.received(.vector(state.vector)), .outOfTurn),
            (.timerFired(.greeting), .greetingTimedOut),
        ]
        for (input, reason) in cases {
            var session = SyncSession(role: .initiator)
            _ = session.handle(.opened(state, nonce: 1), at: .zero)
            let effects = session.handle(input, at: .zero)
            #expect(effects == [.send(.close(reason)), .close(reason)])
        }
    }

    @Test func `a vector beyond the limits ends the session before a byte is sent`() {
        var state = ToyReplica(toyWriter(1)).state
        state.vector = VersionVector(
            (0...SyncLimits.vectorEntriesMax).map {
                ContextEntry(writer: toyWriter($0), sequence: 1, chain: 1)
            })
        var session = SyncSession(role: .initiator)
        #expect(session.handle(.opened(state, nonce: 1), at: .zero) == [.close(.limitExceeded)])
    }

    @Test func `a peer that acknowledges ever more writers is stopped`() {
        var (session, _) = greeted()
        var place = 0
        while session.closeReason == nil, place < 10 {
            _ = session.handle(.received(.acknowledge(strangers(place, 4_000))), at: .zero)
            #expect(session.checkInvariants() == [])
            place += 1
        }
        #expect(session.closeReason == .limitExceeded)
        #expect(place <= 3)
    }

    @Test func `a peer whose vectors name ever more writers takes no more room`() {
        var (session, _) = greeted()
        for place in 0..<10 {
            let named = strangers(place, SyncLimits.vectorEntriesMax)
            _ = session.handle(.received(.vector(VersionVector(named))), at: .zero)
            #expect(session.checkInvariants() == [])
        }
        #expect(session.closeReason == nil)
        // Our own writers still have their lines.
        let state = ToyReplica(toyWriter(2)).state
        var grown = state
        grown.vector = VersionVector(strangers(11, SyncLimits.vectorEntriesMax))
        _ = session.handle(.localChanged(grown), at: .zero)
        #expect(session.checkInvariants() == [])
        _ = session.handle(.received(.acknowledge(strangers(12, 1))), at: .zero)
        #expect(session.closeReason == .limitExceeded)
    }

    @Test func `a peer that says its vector again and again is stopped`() {
        var (session, _) = greeted()
        for _ in 0..<SyncLimits.vectorsInARowMax {
            _ = session.handle(.received(.vector(VersionVector([]))), at: .zero)
        }
        #expect(session.closeReason == nil)
        _ = session.handle(.received(.frame([1])), at: .zero)
        for _ in 0..<SyncLimits.vectorsInARowMax {
            _ = session.handle(.received(.vector(VersionVector([]))), at: .zero)
        }
        #expect(session.closeReason == nil)
        _ = session.handle(.received(.vector(VersionVector([]))), at: .zero)
        #expect(session.closeReason == .limitExceeded)
    }

    /// Writers that nobody named before.
    private func strangers(_ place: Int, _ count: Int) -> [ContextEntry] {
        (0..<count).map {
            ContextEntry(
                writer: toyWriter(place * SyncLimits.vectorEntriesMax + $0 + 10), sequence: 1,
                chain: 1)
        }
    }

    private func greeted() -> (SyncSession, [SyncSession.Effect]) {
        var session = SyncSession(role: .initiator)
        let state = ToyReplica(toyWriter(1)).state
        var effects = session.handle(.opened(state, nonce: 1), at: .zero)
        effects += session.handle(
            .received(.hello(Hello(nonce: 2, summary: state.summary))), at: .zero)
        return (session, effects)
    }
}

enum CreditCost {
    static func of(_ bytes: [UInt8]) -> Int { bytes.count + SyncLimits.deliveryCostBytes }
}

extension Seeded {
    mutating func localState() -> LocalState {
        LocalState(
            vector: VersionVector(entries(upTo: 8)), summary: summary(),
            controlHeads: (0..<below(4)).map { _ in hash() }, controlNumber: UInt64(below(9)))
    }

    mutating func span() -> FrameSpan {
        let low = 1 + UInt64(below(9))
        return FrameSpan(
            writer: toyWriter(below(6)), low: low, high: low + UInt64(below(9)),
            previous: next(), chain: next())
    }

    mutating func settlement() -> Settlement {
        switch below(4) {
        case 0: .frame(nil)
        case 1: .control(below(2) == 0 ? nil : hash())
        default: .frame(span())
        }
    }

    /// Now and then an answer with the number that was asked.
    mutating func input(after effects: [SyncSession.Effect]) -> SyncSession.Input {
        var fetch: UInt64 = 0
        var control: UInt64 = 0
        for effect in effects {
            if case .fetch(let request) = effect { fetch = request.number }
            if case .fetchControl(let request) = effect { control = request.number }
        }
        switch below(22) {
        case 0: return .opened(localState(), nonce: UInt128(next()))
        case 1: return .localChanged(localState())
        case 2...3: return .merged(localState(), (0..<below(4)).map { _ in settlement() })
        case 4...5:
            let frames = (0..<below(6)).map { _ in
                OutgoingFrame(span: span(), bytes: bytes(below(300)))
            }
            return .frames(
                FrameAnswer(
                    number: fetch, frames: frames, nothing: [toyWriter(below(6))],
                    unavailable: below(5) == 0 ? [toyWriter(below(6))] : [],
                    diverged: below(3) == 0 ? entries(upTo: 2) : []))
        case 6:
            let items = (0..<below(4)).map { _ in
                OutgoingControl(id: hash(), bytes: bytes(below(200)))
            }
            return .control(
                ControlAnswer(number: control, items: items, through: UInt64(below(9))))
        case 7: return .pins(toyWriter(below(6)), entries(upTo: 9))
        case 8: return .timerFired(below(9) == 0 ? .greeting : .status)
        case 9: return below(9) == 0 ? .askAgain : .sent
        case 10...13: return .sent
        default:
            let message = message()
            switch message {
            case .hello, .close, .credit: return below(30) == 0 ? .received(message) : .sent
            case .vector, .frame, .acknowledge, .control, .controlHeads, .pins, .status:
                return .received(message)
            }
        }
    }
}
