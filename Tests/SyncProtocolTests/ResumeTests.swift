import CRDT
import SyncProtocol
import Testing

@Suite struct ResumeTests {
    private func toys() -> [ToyReplica] {
        let toys = twoToys(common: 6, own: (24, 17), seed: 11)
        for toy in toys { toy.transactionsPerFrame = 4 }
        return toys
    }

    /// The session is cut after every possible number of steps; the next one ends the work.
    @Test func `a session cut at every step resumes and sends nothing that was merged`() {
        let whole = Fleet(seed: 5, replicas: toys(), links: [(0, 1)])
        whole.run()
        for cut in 0...whole.steps {
            let toys = toys()
            let fleet = Fleet(seed: 5, replicas: toys, links: [(0, 1)])
            for _ in 0..<cut { _ = fleet.step() }
            fleet.cut(0)
            let durable = toys.map { Set($0.frames.values.joined()) }
            fleet.open(0)
            fleet.run()
            #expect(fleet.brokenLaws == [], "cut after \(cut)")
            #expect(toys[0].vector == toys[1].vector, "cut after \(cut)")
            #expect(fleet.ends.map(\.standing) == [.inSync, .inSync], "cut after \(cut)")
            for (end, held) in zip(fleet.ends, durable.reversed()) {
                #expect(end.sentFrames.isDisjoint(with: held), "cut after \(cut)")
            }
        }
        #expect(whole.steps > 40)
    }

    @Test func `a cut costs at most the frames that were not merged`() {
        for cut in 0..<60 {
            let toys = toys()
            let fleet = Fleet(seed: 7, replicas: toys, links: [(0, 1)])
            for _ in 0..<cut { _ = fleet.step() }
            let before = fleet.ends.map(\.sentFrames)
            fleet.cut(0)
            let held = toys.map { Set($0.frames.values.joined()) }
            fleet.open(0)
            fleet.run()
            for place in 0...1 {
                let again = fleet.ends[place].sentFrames.intersection(before[place])
                #expect(again == before[place].subtracting(held[1 - place]), "cut after \(cut)")
            }
        }
    }

    @Test(arguments: 0..<UInt64(40))
    func `frames that do not open keep nobody waiting and come again when asked for`(seed: UInt64) {
        var random = Seeded(seed)
        let toys = [ToyReplica(toyWriter(1)), ToyReplica(toyWriter(2))]
        for writer in 3..<8 {
            for _ in 0..<20 { toys[0].append(to: toyWriter(writer), chain: random.next()) }
        }
        toys[1].lockedWriters = [toyWriter(4), toyWriter(6)]
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run(commits: 10)
        #expect(toys[1].vector.sequence(of: toyWriter(4)) == 0)
        #expect(toys[1].vector.sequence(of: toyWriter(3)) == 20)
        #expect(toys[1].vector.sequence(of: toyWriter(7)) == 20)
        #expect(fleet.ends[1].standing == .behind(peerLacks: 0, weLack: 2))
        #expect(fleet.ends[0].standing == .behind(peerLacks: 2, weLack: 0))

        toys[1].lockedWriters = []
        fleet.ends[1].askAgain(at: fleet.now)
        fleet.run()
        #expect(fleet.ends.flatMap(\.brokenLaws).filter { $0 != "sent twice in a session" } == [])
        #expect(toys[0].vector == toys[1].vector)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `a replica that lacks everything gets small writers early`() throws {
        var random = Seeded(3)
        let toys = [ToyReplica(toyWriter(1)), ToyReplica(toyWriter(2))]
        for _ in 0..<400 { toys[0].append(to: toyWriter(1), chain: random.next()) }
        for writer in 5..<15 { toys[0].append(to: toyWriter(writer), chain: random.next()) }
        toys[0].transactionsPerFrame = 1
        let fleet = Fleet(seed: 3, replicas: toys, links: [(0, 1)])
        fleet.run()
        let frames = fleet.ends[0].said.compactMap { message -> WriterID? in
            guard case .frame(let bytes) = message else { return nil }
            return try? ToyFrame(bytes).writer
        }
        let last = try #require(frames.lastIndex { $0 != toyWriter(1) })
        #expect(frames.count == 410)
        #expect(last < 25)
    }
}
