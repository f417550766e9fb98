import CRDT
import Testing

@Suite struct StampTests {
    static let seeds = Array(UInt64(1)...20)
    static let top = GoodTransactions.top

    @Test func `a stamp of 2^62 or more is none`() {
        #expect(Stamp(Stamp.limit) == nil)
        #expect(Stamp(.max) == nil)
        #expect(Stamp(Stamp.limit - 1)?.value == Stamp.limit - 1)
    }

    @Test(
        arguments: [
            (Int64.min, 0), (-1, 0), (0, 0), (1, 1), (1 << 46 - 1, 1 << 46 - 1),
            (1 << 46, 1 << 46 - 1), (.max, 1 << 46 - 1),
        ] as [(Int64, Int64)])
    func `a clock out of range is put at its edge`(wall: Int64, milliseconds: Int64) {
        #expect(Stamp(milliseconds: wall).milliseconds == milliseconds)
    }

    @Test func `a bump is the next stamp, and the top stays`() {
        #expect(Stamp.zero.bumped.value == 1)
        #expect(Stamp(0xFFFF)?.bumped.milliseconds == 1)
        #expect(Self.top.bumped == Self.top)
    }

    @Test(arguments: seeds)
    func `a tick is later than every earlier tick even when the wall clock steps back`(
        seed: UInt64
    ) {
        var random = SplitMix64(seed: seed)
        var clock = HybridLogicalClock()
        var last = Stamp.zero
        for _ in 0..<2_000 {
            let tick = clock.tick(wallMilliseconds: Int64(random.number(bits: 45)) - 1_000)
            #expect(tick > last)
            last = tick
        }
    }

    @Test(arguments: [Int64.min, 0, .max])
    func `a clock at the top still ticks`(wall: Int64) {
        var clock = HybridLogicalClock(last: Self.top)
        #expect(clock.tick(wallMilliseconds: wall) == Self.top)
    }

    @Test func `more ticks in a millisecond than the counter holds go on into the next`() {
        var clock = HybridLogicalClock()
        let ticks = (0...0x1_0000).map { _ in clock.tick(wallMilliseconds: 5) }
        #expect(ticks.first?.milliseconds == 5)
        #expect(ticks.last?.milliseconds == 6)
    }

    @Test func `a tick is at least the wall clock`() {
        var clock = HybridLogicalClock()
        #expect(clock.tick(wallMilliseconds: 1_000).milliseconds == 1_000)
        #expect(clock.tick(wallMilliseconds: 2_000).milliseconds == 2_000)
    }

    @Test(
        arguments: [
            (0, 600_000, true), (0, 600_001, false), (1_000, 601_000, true),
            (1_000, 601_001, false),
            (-5, 600_000, true), (.min, 600_001, false), (.max, 1_000, true),
        ] as [(Int64, Int64, Bool)])
    func `a foreign stamp is followed ten minutes ahead and no further`(
        wall: Int64, foreign: Int64, isFollowed: Bool
    ) {
        var clock = HybridLogicalClock()
        let stamp = Stamp(milliseconds: foreign)
        clock.observe(stamp, wallMilliseconds: wall)
        #expect((clock.last == stamp) == isFollowed)
    }

    @Test func `an earlier foreign stamp changes nothing`() {
        var clock = HybridLogicalClock(last: Stamp(milliseconds: 9))
        clock.observe(Stamp(milliseconds: 8), wallMilliseconds: 9)
        #expect(clock.last == Stamp(milliseconds: 9))
    }
}

@Suite struct IdentityTests {
    @Test func `a row id is its prefix and its counter`() {
        let row = RowID(prefix: 1 << 79 | 5, counter: 1 << 47 | 3)
        #expect(row.prefix == UInt128(1) << 79 | 5)
        #expect(row.counter == UInt64(1) << 47 | 3)
        #expect(RowID(prefix: 1 << 80 | 7, counter: 1 << 48 | 9) == RowID(prefix: 7, counter: 9))
    }

    @Test func `a source never draws a row twice`() {
        var source = RowIDSource(prefix: .max)
        let rows = (0..<100).map { _ in source.draw() }
        #expect(Set(rows).count == 100)
        #expect(rows == rows.sorted())
        #expect(Set(rows.map(\.prefix)) == [UInt128(1) << 80 - 1])
    }

    @Test func `writers are ordered by device, then by incarnation`() {
        let writers = [(0, 9), (1, 1), (1, 2)].map { GoodTransactions.writer($0, $1) }
        #expect(writers.reversed().sorted() == writers)
    }
}
