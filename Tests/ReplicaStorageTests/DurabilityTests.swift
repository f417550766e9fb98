import CFaultVFS
import CRDT
import ReplicaStorage
import Testing

/// Whatever call to the disk fails, nothing acknowledged is lost and nothing half-done is kept.
///
/// A part of the calls by default; WARREN_FULL=1 sweeps all of them under three kinds of crash.
struct DurabilityTests {
    @Test(
        arguments: Scenario.all,
        [FVFS_IOERR, FVFS_SHORT, FVFS_FULL, FVFS_POWER_CUT].map(\.rawValue))
    func `a failing call loses nothing acknowledged`(scenario: Scenario, fault: UInt32) throws {
        var sweep = try Sweep(scenario, fvfs_fault(fault))
        try sweep.run(
            everyNth: Sweep.isFull ? 1 : 11,
            modes: Sweep.isFull ? [FVFS_DROP, FVFS_KEEP, FVFS_TEAR, FVFS_TRASH] : [FVFS_TEAR])
        print("sweep \(scenario), fault \(fault): \(sweep.count.line)")
        // A fault of writes finds none to fail after the last write.
        #expect(sweep.count.injected * 10 > sweep.count.runs * 9)
        #expect(sweep.count.surfaced > 0)
    }

    /// The kernel may answer a failed sync by forgetting what it could not write.
    @Test(arguments: Scenario.all)
    func `a failing sync that forgets loses nothing acknowledged`(scenario: Scenario) throws {
        var sweep = try Sweep(scenario, FVFS_FORGET)
        try sweep.run(everyNth: Sweep.isFull ? 1 : 13, modes: [FVFS_DROP, FVFS_TEAR])
        print("sweep \(scenario), forgotten syncs: \(sweep.count.line)")
        #expect(sweep.count.surfaced > 0)
    }

    @Test(arguments: Scenario.all)
    func `a disk that lies about a sync takes nothing sent without its being named`(
        scenario: Scenario
    ) throws {
        var sweep = try Sweep(scenario, FVFS_LOST)
        try sweep.run(everyNth: Sweep.isFull ? 1 : 13, modes: [FVFS_DROP, FVFS_TEAR])
        print("sweep \(scenario), lost syncs: \(sweep.count.line)")
        #expect(sweep.count.injected > 0)
        #expect(sweep.count.namedLost > 0 || scenario.description != "seal")
    }
}
