import CRDT
import SyncProtocol
import Testing

@Suite struct EqualReplicasTests {
    @Test func `equal replicas say exactly one message each and are in sync`() {
        let fleet = Fleet(
            seed: 1, replicas: twoToys(common: 30, own: (0, 0), seed: 1), links: [(0, 1)])
        fleet.run()
        #expect(fleet.ends.map(\.said.count) == [1, 1])
        #expect(fleet.ends.allSatisfy { $0.said[0].kind == .hello })
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `two empty replicas are in sync`() {
        let fleet = Fleet(
            seed: 1, replicas: twoToys(common: 0, own: (0, 0), seed: 1), links: [(0, 1)])
        fleet.run()
        #expect(fleet.ends.map(\.said.count) == [1, 1])
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `one spoiled row is a reported mismatch, on both sides, and the session goes on`() {
        let toys = twoToys(common: 10, own: (0, 0), seed: 2)
        toys[1].spoiledRows = 99
        let fleet = Fleet(seed: 2, replicas: toys, links: [(0, 1)])
        fleet.run()
        let digests = toys.map(\.state.summary.digest)
        #expect(
            fleet.ends.map(\.standing) == [
                .digestMismatch(ours: digests[0], theirs: digests[1]),
                .digestMismatch(ours: digests[1], theirs: digests[0]),
            ])
        fleet.commit(0)
        fleet.run()
        #expect(toys[0].vector == toys[1].vector)
    }

    @Test func `another schema at an equal frontier is not comparable and no mismatch`() {
        let toys = twoToys(common: 10, own: (0, 0), seed: 3)
        toys[0].schema = 2
        toys[0].spoiledRows = 99
        let fleet = Fleet(seed: 3, replicas: toys, links: [(0, 1)])
        fleet.run()
        let standings = fleet.ends.map(\.standing)
        #expect(standings == [.notComparable([.schema]), .notComparable([.schema])])
        #expect(fleet.ends.map(\.said.count) == [1, 1])
    }

    @Test func `a live edit of equal replicas costs one frame and one acknowledge`() {
        let fleet = Fleet(
            seed: 4, replicas: twoToys(common: 5, own: (0, 0), seed: 4), links: [(0, 1)])
        fleet.run()
        fleet.commit(0)
        fleet.run()
        #expect(fleet.ends[0].said.map(\.kind) == [.hello, .frame, .status])
        #expect(fleet.ends[1].said.map(\.kind) == [.hello, .acknowledge, .status])
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `digests of live edits are sent at most once in five seconds`() {
        let fleet = Fleet(
            seed: 5, replicas: twoToys(common: 5, own: (0, 0), seed: 5), links: [(0, 1)])
        for _ in 0..<30 {
            fleet.commit(0)
            while fleet.step() {}
        }
        #expect(fleet.ends.allSatisfy { $0.said.count { $0.kind == .status } == 1 })
        fleet.run()
        #expect(fleet.ends.allSatisfy { $0.said.count { $0.kind == .status } == 2 })
        #expect(fleet.brokenLaws == [])
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `what is written while the link is busy goes in one frame`() {
        let toys = twoToys(common: 5, own: (0, 0), seed: 6)
        for toy in toys { toy.transactionsPerFrame = 100 }
        let fleet = Fleet(seed: 6, replicas: toys, links: [(0, 1)])
        fleet.run()
        let end = fleet.ends[0]
        fleet.commit(0)
        end.answerFetch(at: fleet.now)
        for _ in 0..<20 { fleet.commit(0) }
        #expect(end.fetches.isEmpty)
        fleet.run()
        #expect(end.said.count { $0.kind == .frame } == 2)
        #expect(toys[0].vector == toys[1].vector)
    }
}
