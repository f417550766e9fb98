import CRDT
import Testing

@Suite struct `Convergence` {
    @Test(arguments: seeds(120, full: 1_000))
    func `replicas that applied the same transactions in any causal order are equal`(
        seed: UInt64
    ) {
        var fleet = EditScript.play(seed: seed, edits: 60)
        fleet.settle()
        let expected = MergeOracle(fleet.all, fleet.schema).picture
        for replica in fleet.replicas {
            #expect(differences(replica.picture, expected) == [])
            #expect(replica.digest == fleet.replicas[0].digest)
        }
    }

    @Test(arguments: seeds(60, full: 500))
    func `both branches of a fork are applied to one result in any causal order`(seed: UInt64) {
        var fleet = EditScript.play(
            seed: seed, edits: 40, forks: true, redrawsKnownIDs: seed % 2 == 0)
        fleet.settle()
        let expected = MergeOracle(fleet.all, fleet.schema).picture
        for replica in fleet.replicas + [fleet.newcomer(0), fleet.newcomer(1)] {
            #expect(differences(replica.picture, expected) == [])
            #expect(replica.digest == fleet.replicas[0].digest)
        }
    }

    @Test(arguments: seeds(30, full: 300))
    func `seven transactions of three writers have one result in every causal order`(
        seed: UInt64
    ) {
        let fleet = EditScript.play(
            seed: seed, edits: 7, forks: seed % 3 == 0, deliveriesPercent: 25, rowsMax: 1)
        let expected = MergeOracle(fleet.all, fleet.schema).picture
        var pictures: Set<[RowID: RowPicture]> = []
        var digests: Set<ContentDigest> = []
        fleet.inEveryOrder(Int(seed % 2)) { replica in
            pictures.insert(replica.picture)
            digests.insert(replica.digest)
        }
        #expect(pictures == [expected])
        #expect(digests.count == 1)
    }
}
