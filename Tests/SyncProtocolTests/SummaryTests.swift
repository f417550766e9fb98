import CRDT
import SyncProtocol
import Testing

@Suite struct SummaryTests {
    private static let ours = ToyReplica(toyWriter(1)).state.summary

    private static func changed(_ change: (inout Summary) -> Void) -> Summary {
        var summary = ours
        // Another digest everywhere: only a comparable one may be called a mismatch.
        summary.digest = ContentDigest(words: [1, 2, 3, 4], rows: 5)
        change(&summary)
        return summary
    }

    static let verdicts: [(Summary, SessionReport?)] = [
        (ours, .inSync),
        (changed { $0.digest = ours.digest }, .inSync),
        (
            changed {
                $0.generation = 9
                $0.digest = ours.digest
            }, .inSync
        ),
        (changed { _ in }, .digestMismatch(ours: ours.digest, theirs: changed { _ in }.digest)),
        (changed { $0.rosterHead = toyHash(9) }, .notComparable([.roster])),
        (changed { $0.schema = 9 }, .notComparable([.schema])),
        (changed { $0.floor = toyHash(9) }, .notComparable([.floor])),
        (
            changed {
                $0.floor = toyHash(9)
                $0.schema = 9
                $0.rosterHead = toyHash(9)
            }, .notComparable([.roster, .schema, .floor])
        ),
        (changed { $0.vectorHash = toyHash(9) }, nil),
    ]

    @Test(arguments: verdicts)
    func `digests are compared only at equal frontier, floor, roster and schema`(
        theirs: Summary, verdict: SessionReport?
    ) {
        #expect(Self.ours.verdict(against: theirs) == verdict)
    }
}
