import CRDT
import SyncProtocol
import Testing

/// A peer that names writers nobody knows, as many as it likes.
@Suite struct ManyWritersTests {
    @Test func `vector after vector of other writers holds no more than one of them`() {
        var session = greeted()
        for round in 0..<4 {
            let vector = VersionVector(strangers(SyncLimits.vectorEntriesMax, from: round * 5_000))
            _ = session.handle(.received(.vector(vector)), at: .zero)
            #expect(session.checkInvariants() == [], "round \(round)")
        }
        #expect(session.closeReason == nil)
    }

    @Test func `strangers that a peer names leave room for our own writers`() {
        var session = greeted()
        for round in 0..<2 {
            let entries = strangers(SyncLimits.vectorEntriesMax, from: round * 5_000)
            _ = session.handle(.received(.acknowledge(entries)), at: .zero)
        }
        var state = ToyReplica(toyWriter(1)).state
        state.vector = VersionVector(
            (0..<SyncLimits.vectorEntriesMax).map {
                ContextEntry(writer: toyWriter($0 + 1), sequence: 1, chain: 1)
            })
        _ = session.handle(.localChanged(state), at: .zero)
        #expect(session.checkInvariants() == [])
        #expect(session.closeReason == .limitExceeded)
    }

    @Test func `what a peer said of our own writers outlives its vectors`() {
        var session = greeted()
        let mine = ContextEntry(writer: toyWriter(1), sequence: 1, chain: 7)
        var state = ToyReplica(toyWriter(1)).state
        state.vector = VersionVector([mine])
        _ = session.handle(.localChanged(state), at: .zero)
        _ = session.handle(.sent, at: .zero)
        let vector = VersionVector([mine] + strangers(SyncLimits.vectorEntriesMax - 1, from: 0))
        let effects = session.handle(.received(.vector(vector)), at: .zero)
        #expect(!effects.contains { if case .fetch = $0 { true } else { false } })
        #expect(session.checkInvariants() == [])
    }

    private func strangers(_ count: Int, from first: Int) -> [ContextEntry] {
        (0..<count).map {
            ContextEntry(writer: toyWriter(first + $0 + 100_000), sequence: 1 << 61, chain: 1)
        }
    }

    private func greeted() -> SyncSession {
        var session = SyncSession(role: .initiator)
        let state = ToyReplica(toyWriter(1)).state
        _ = session.handle(.opened(state, nonce: 1), at: .zero)
        let hello = Hello(nonce: 2, summary: state.summary)
        _ = session.handle(.received(.hello(hello)), at: .zero)
        return session
    }
}
