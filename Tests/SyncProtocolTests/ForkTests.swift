import CRDT
import SyncProtocol
import Testing

@Suite struct ForkTests {
    /// A copied box: one writer, `common` transactions, then two different histories.
    private func clones(common: Int, then own: (Int, Int), seed: UInt64) -> [ToyReplica] {
        var random = Seeded(seed)
        let toys = [ToyReplica(toyWriter(1)), ToyReplica(toyWriter(1))]
        for toy in toys { toy.transactionsPerFrame = 3 }
        for _ in 0..<common {
            let chain = random.next()
            for toy in toys { toy.append(to: toyWriter(1), chain: chain) }
        }
        for toy in toys { toy.seal(toyWriter(1)) }
        for (toy, count) in zip(toys, [own.0, own.1]) {
            for _ in 0..<count { toy.append(to: toyWriter(1), chain: random.next()) }
            // Another writer of the same box must not wait for the fork.
            let other = toy === toys[0] ? 8 : 9
            for _ in 0..<10 { toy.append(to: toyWriter(other), chain: random.next()) }
        }
        return toys
    }

    @Test(arguments: 0..<UInt64(100))
    func `both branches of a forked writer reach both sides, and both are told`(seed: UInt64) {
        var random = Seeded(seed)
        let common = random.below(40)
        let own = (1 + random.below(30), 1 + random.below(30))
        let toys = clones(common: common, then: own, seed: seed)
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run()
        #expect(fleet.brokenLaws == [])
        #expect(toys[0].vector == toys[1].vector)
        #expect(toys[0].histories[toyWriter(1)]?.count == 2)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
        for end in fleet.ends {
            let forks = end.reports.filter {
                if case .forkSuspected(toyWriter(1), _) = $0 { true } else { false }
            }
            #expect(forks.count == 1)
        }
    }

    @Test func `a fork deep in a long history sends at most half of the common part again`() {
        let toys = clones(common: 3_000, then: (60, 45), seed: 9)
        let fleet = Fleet(seed: 9, replicas: toys, links: [(0, 1)])
        fleet.run()
        #expect(toys[0].vector == toys[1].vector)
        let sent = fleet.ends.map { $0.sentFrames.count { $0.writer == toyWriter(1) } }
        // 60 own transactions are 20 frames; the greatest common pin is at most as far again.
        #expect(sent[0] <= 45 && sent[1] <= 45)
    }

    @Test(arguments: 0..<UInt64(100))
    func `a third replica gets both branches of a fork settled earlier`(seed: UInt64) {
        let toys = clones(common: 12, then: (7, 5), seed: seed) + [ToyReplica(toyWriter(3))]
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1), (1, 2)])
        fleet.run(cuts: 2)
        #expect(fleet.brokenLaws == [])
        #expect(Set(toys.map(\.vector)).count == 1)
        #expect(toys[2].histories[toyWriter(1)]?.count == 2)
    }

    @Test(arguments: 0..<UInt64(30))
    func `a fork that goes on being written by both sides converges`(seed: UInt64) {
        let toys = clones(common: 5, then: (3, 3), seed: seed)
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run()
        for round in 0..<6 {
            toys[round % 2].extendOwnBranch(of: toyWriter(1), by: UInt64(round) + seed << 8)
            fleet.announce(toys[round % 2], but: nil)
            fleet.run()
        }
        #expect(fleet.brokenLaws == [])
        #expect(toys[0].vector == toys[1].vector)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    /// The peer's head lies on one of our histories and says nothing about a shorter one.
    @Test(arguments: 0..<UInt64(30))
    func `a short branch reaches a peer whose head lies on a longer history`(seed: UInt64) {
        let toys = [ToyReplica(toyWriter(2)), ToyReplica(toyWriter(3))]
        let writer = toyWriter(1)
        let common = ToyFrame(writer: writer, low: 1, previous: 0, chains: [11, 12, 13])
        let rest = ToyFrame(writer: writer, low: 4, previous: 13, chains: [14, 15, 16, 17])
        let short = ToyFrame(writer: writer, low: 1, previous: 0, chains: [1, 2])
        for frame in [short, common, rest] { _ = toys[0].merge(frame.bytes) }
        _ = toys[1].merge(common.bytes)
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run()
        #expect(fleet.brokenLaws == [])
        #expect(toys[0].vector == toys[1].vector)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    /// Of a forked writer each replica has some frames, as whoever stole its key gave them.
    @Test(arguments: 0..<UInt64(300))
    func `replicas that hold any parts of one writer's histories end alike`(seed: UInt64) {
        var random = Seeded(seed)
        let toys = (2...4).map { ToyReplica(toyWriter($0)) }
        var histories: [[ToyFrame]] = [[]]
        for number in 0...(1 + random.below(4)) {
            // Goes on from the end of some frame of another history.
            let base = number == 0 ? [] : histories[random.below(histories.count)]
            var frames = Array(base.prefix(random.below(base.count + 1)))
            for _ in 0...random.below(4) {
                frames.append(
                    ToyFrame(
                        writer: toyWriter(1), low: (frames.last?.span.high ?? 0) + 1,
                        previous: frames.last?.span.chain ?? 0,
                        chains: (0...random.below(3)).map { _ in random.next() }))
            }
            histories.append(frames)
        }
        for toy in toys {
            for history in histories where random.below(2) == 0 {
                let given = history.prefix(random.below(history.count + 1))
                for frame in given { _ = toy.merge(frame.bytes) }
            }
        }
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1), (1, 2), (0, 2)])
        fleet.run()
        #expect(Set(toys.map(\.vector)).count == 1)
    }
}
