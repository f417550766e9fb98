import Simulation
import Testing

/// A few days in debug; `make simulate` lives thousands in release.
struct SimulationTests {
    @Test(arguments: 1...8)
    func `a fleet keeps its promises on a bad day`(seed: Int) throws {
        let world = try World(seed: UInt64(seed))
        try world.run()
        #expect(world.report.steps == 400)
        #expect(world.report.crashes > 0)
        #expect(world.report.partitions > 0)
        #expect(world.report.duplicates > 0)
        #expect(world.report.acknowledged > 100)
    }

    /// Seeds that once failed stay (104: a log recovered after a torn crash, then added to; 69: a
    /// clock that jumped made a box forget what it had answered).
    @Test(arguments: [5, 69, 104])
    func `a seed that once failed stays green`(seed: Int) throws {
        try World(seed: UInt64(seed)).run()
    }

    /// 16 judges by the real roster.
    @Test(arguments: [3, 16])
    func `one seed gives one day`(seed: UInt64) throws {
        let (first, second) = (try World(seed: seed), try World(seed: seed))
        try first.run()
        try second.run()
        #expect(first.trace == second.trace)
        #expect((first.report.thefts > 0) == (seed == 16))
        let other = try World(seed: seed + 1)
        try other.run()
        #expect(other.trace != first.trace)
    }

    @Test func `a day with real keys and signatures holds as well`() throws {
        var settings = WorldSettings()
        settings.isRealCrypto = true
        try World(seed: 11, settings: settings).run()
    }
}
