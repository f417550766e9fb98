import CRDT
import Testing

/// A law that cannot fail proves nothing: each of these bugs breaks the law of convergence.
@Suite struct `Mutants` {
    /// How many of the runs leave replicas that differ from each other or from the oracle.
    private func violations(_ tampering: Tampering) -> Int {
        (1...12).filter { seed in
            var fleet = EditScript.play(seed: UInt64(seed), edits: 30)
            let expected = MergeOracle(fleet.all, fleet.schema).picture
            return (0..<3).contains {
                fleet.newcomer($0, tampering: tampering).picture != expected
            }
        }.count
    }

    @Test func `replicas without a bug never break the law`() {
        #expect(violations(.none) == 0)
    }

    @Test(arguments: Tampering.allCases.filter { $0 != .none })
    func `a replica with a bug around the merge breaks the law`(tampering: Tampering) {
        #expect(violations(tampering) > 0)
    }

    private func outcomes(
        _ scheme: NaiveScheme, _ seed: UInt64, stampsWrites: Bool
    ) -> Set<Int64?> {
        let scene = RowScene.drawn(
            seed: seed, field: scheme.field, stampsWrites: stampsWrites)
        return scheme.outcomes(scene.fleet.everyOrder())
    }

    @Test(arguments: [NaiveScheme.latest, NaiveScheme.siblings])
    func `a plain copy of the right rule has the outcome of the row in every order`(
        scheme: NaiveScheme
    ) {
        for seed in 1...40 as ClosedRange<UInt64> {
            let scene = RowScene.drawn(seed: seed, field: scheme.field)
            let naive = scheme.outcomes(scene.fleet.everyOrder()).map { $0.map(Value.integer) }
            #expect(naive.count == 1)
            #expect(Set(naive) == Set(scene.outcomes(scheme.field).map(Optional.some)))
        }
    }

    @Test(arguments: NaiveScheme.divergent)
    func `a wrong rule has several outcomes in some run`(scheme: NaiveScheme) {
        let isBroken = (1...40 as ClosedRange<UInt64>).contains { seed in
            [true, false].contains {
                outcomes(scheme, seed, stampsWrites: $0).count > 1
            }
        }
        #expect(isBroken)
    }

    @Test func `without bumps a write that has seen a value can lose to it`() {
        var scene = RowScene(walls: [.year2099, .honest])
        scene.assign(0, FleetSchema.last, .integer(9))
        scene.share()
        scene.stopStamping(1)
        scene.assign(1, FleetSchema.last, .integer(5))
        #expect(scene.outcomes(FleetSchema.last) == [.integer(9)])
    }

    @Test func `without bumps a delete that has seen a row can fail to end it`() {
        var scene = RowScene(walls: [.year2099, .honest])
        scene.stopStamping(1)
        scene.delete(1)
        #expect(scene.isLive(at: 1))
    }
}
