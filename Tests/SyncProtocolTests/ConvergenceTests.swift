import CRDT
import SyncProtocol
import Testing

@Suite struct ConvergenceTests {
    /// Random histories, random order of all that happens, live commits, cuts and new links.
    @Test func `five hundred seeds converge and both sides report it`() {
        for seed in 0..<UInt64(500) {
            var random = Seeded(seed)
            let toys = twoToys(
                common: Int(random.next() % 20),
                own: (Int(random.next() % 60), Int(random.next() % 60)), seed: seed)
            let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
            fleet.run(commits: 20, cuts: Int(random.next() % 5), controls: Int(random.next() % 4))
            #expect(fleet.brokenLaws == [], "seed \(seed)")
            #expect(toys[0].state == toys[1].state.with(lane: toys[0].state), "seed \(seed)")
            #expect(fleet.ends.map(\.standing) == [.inSync, .inSync], "seed \(seed)")
        }
    }

    @Test(arguments: 0..<UInt64(50))
    func `three replicas converge when every frame comes by two ways`(seed: UInt64) {
        let toys = (1...3).map { ToyReplica(toyWriter($0)) }
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1), (1, 2), (2, 0)])
        fleet.run(commits: 60, cuts: 4, controls: 3)
        #expect(fleet.brokenLaws == [])
        #expect(Set(toys.map(\.vector)).count == 1)
        #expect(fleet.ends.allSatisfy { $0.standing == .inSync })
    }

    @Test(arguments: 0..<UInt64(30))
    func `what one neighbour writes reaches the other through the middle`(seed: UInt64) {
        let toys = (1...4).map { ToyReplica(toyWriter($0)) }
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1), (1, 2), (2, 3)])
        fleet.run(commits: 40, cuts: 3, controls: 2)
        #expect(fleet.brokenLaws == [])
        #expect(Set(toys.map(\.vector)).count == 1)
        #expect(fleet.ends.allSatisfy { $0.standing == .inSync })
    }

    @Test(arguments: 0..<UInt64(12))
    func `frames near the largest size converge within the credits`(seed: UInt64) {
        let toys = twoToys(common: 0, own: (12, 7), seed: seed)
        for toy in toys {
            toy.transactionsPerFrame = 1
            toy.filling = SyncLimits.frameBytesMax - 100
        }
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run(commits: 3, cuts: 1, controls: 2)
        #expect(fleet.brokenLaws == [])
        #expect(toys[0].vector == toys[1].vector)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }
}

extension LocalState {
    /// The control lane's running numbers are each replica's own.
    func with(lane other: LocalState) -> LocalState {
        var copy = self
        copy.controlHeads = other.controlHeads
        copy.controlNumber = other.controlNumber
        return copy
    }
}
