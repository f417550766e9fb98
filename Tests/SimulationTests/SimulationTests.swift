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

    /// Seeds that once failed stay (104: a log recovered after a torn crash, then added to).
    @Test(arguments: [5, 104])
    func `a seed that once failed stays green`(seed: Int) throws {
        try World(seed: UInt64(seed)).run()
    }

    @Test func `one seed gives one day`() throws {
        let (first, second) = (try World(seed: 3), try World(seed: 3))
        try first.run()
        try second.run()
        #expect(first.trace == second.trace)
        let other = try World(seed: 4)
        try other.run()
        #expect(other.trace != first.trace)
    }

    @Test func `a day with real keys and signatures holds as well`() throws {
        var settings = WorldSettings()
        settings.isRealCrypto = true
        try World(seed: 11, settings: settings).run()
    }
}
