import Foundation
import Testing

@testable import replica_benchmark

/// The whole engine against merges that share no code with it.
@Suite struct OracleTests {
    /// Made by `Tests/Oracles/tenant_workload.py`, whose words on what is right are in its
    /// `expected.json`.
    private static let tenantDay = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Data/tenant-day").path

    @Test func `three sites come to what the workload's own merge says`() throws {
        let figures = try OraclePhase.run(dataFolder: Self.tenantDay)
        #expect(figures["oracle"]?.line == "true")
        #expect(figures["lww_conflicts"]?.integer == figures["lww_winner_by_time"]?.integer)
        #expect(figures["verify"]?.text == "clean")
    }

    @Test(arguments: [1, 2, 3])
    func `three sites come to what a naive merge says`(seed: UInt64) throws {
        let figures = try SelfTest.run(seed: seed)
        #expect(figures["oracle"]?.line == "true")
    }
}
