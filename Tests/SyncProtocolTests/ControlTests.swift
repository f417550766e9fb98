import CRDT
import SyncProtocol
import Testing

@Suite struct ControlTests {
    @Test(arguments: 0..<UInt64(60))
    func `control lanes that differ become equal and every frame comes after`(seed: UInt64) {
        let toys = twoToys(common: 4, own: (9, 9), seed: seed)
        var random = Seeded(seed)
        let shared = toyHash(random.next())
        for toy in toys { toy.addControl(shared) }
        for _ in 0..<random.below(6) { toys[0].addControl(toyHash(random.next())) }
        for _ in 0..<random.below(6) { toys[1].addControl(toyHash(random.next())) }
        let fleet = Fleet(seed: seed, replicas: toys, links: [(0, 1)])
        fleet.run()
        #expect(fleet.brokenLaws == [])
        #expect(Set(toys[0].control) == Set(toys[1].control))
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
        for end in fleet.ends {
            let kinds = end.said.map(\.kind)
            if let last = kinds.lastIndex(of: .control), let first = kinds.firstIndex(of: .frame) {
                #expect(last < first)
            }
        }
    }

    @Test func `an item is never sent back to where it came from`() {
        let toys = twoToys(common: 4, own: (0, 0), seed: 1)
        let fleet = Fleet(seed: 1, replicas: toys, links: [(0, 1)])
        fleet.run()
        for _ in 0..<5 {
            fleet.addControl(0)
            fleet.run()
        }
        #expect(fleet.ends[0].said.count { $0.kind == .control } == 5)
        #expect(fleet.ends[1].said.count { $0.kind == .control } == 0)
        #expect(fleet.ends.map(\.standing) == [.inSync, .inSync])
    }

    @Test func `a control item goes ahead of frames that are already queued`() {
        let toys = twoToys(common: 4, own: (40, 0), seed: 2)
        toys[0].transactionsPerFrame = 1
        let fleet = Fleet(seed: 2, replicas: toys, links: [(0, 1)])
        while fleet.ends[0].said.count(where: { $0.kind == .frame }) < 5 { _ = fleet.step() }
        fleet.addControl(0)
        let before = fleet.ends[0].said.count { $0.kind == .frame }
        fleet.run()
        let kinds = fleet.ends[0].said.map(\.kind)
        let place = kinds.firstIndex(of: .control) ?? kinds.count
        #expect(kinds[..<place].count { $0 == .frame } == before)
    }

    @Test func `control items pass when the credit for frames is used up`() {
        let toys = twoToys(common: 0, own: (30, 0), seed: 3)
        toys[0].transactionsPerFrame = 1
        toys[0].filling = 200 << 10
        let fleet = Fleet(seed: 3, replicas: toys, links: [(0, 1)])
        // Nothing is settled at the receiver: the sender runs out of credit.
        while fleet.step(settling: false) {}
        let sent = fleet.ends[0].said.count { $0.kind == .frame }
        let room = SyncLimits.windowBytes - SyncLimits.controlReserveBytes
        #expect(sent == room / (200 << 10 + SyncLimits.deliveryCostBytes))
        fleet.addControl(0)
        while fleet.step(settling: false) {}
        #expect(fleet.ends[0].said.last?.kind == .control)
        fleet.run()
        #expect(toys[0].vector == toys[1].vector)
    }
}
