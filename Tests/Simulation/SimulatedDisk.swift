import CFaultVFS
import CRDT
import ReplicaStorage

/// One box's disk: SQLite's files and the anchor, with the faults of the fault VFS.
// Sendable because the fault VFS guards each disk with a lock of its own.
final class SimulatedDisk: @unchecked Sendable {
    let handle: OpaquePointer

    init(seed: UInt64) { handle = fvfs_create(seed, 512) }

    deinit { fvfs_destroy(handle) }

    var vfs: String { String(cString: fvfs_name(handle)) }

    func anchor() -> SimulatedAnchor { SimulatedAnchor(disk: self, boot: fvfs_boot(handle)) }

    /// The power goes: un-synced sectors stay or go, each by itself.
    func crash(seed: UInt64, mode: fvfs_crash_mode = FVFS_TEAR) {
        fvfs_crash(handle, seed, mode)
        fvfs_clear_faults(handle)
    }

    /// The power will go inside one of the next `calls` input or output calls.
    func armPowerCut(within calls: Int, _ dice: inout Dice) {
        let call = fvfs_calls(handle, FVFS_ANY) + 1 + UInt64(dice.below(calls))
        _ = fvfs_fail_at(handle, FVFS_ANY, call, FVFS_POWER_CUT, true, nil)
    }

    /// One of the next calls fails once.
    func armError(_ fault: fvfs_fault, within calls: Int, _ dice: inout Dice) {
        let call = fvfs_calls(handle, FVFS_ANY) + 1 + UInt64(dice.below(calls))
        _ = fvfs_fail_at(handle, FVFS_ANY, call, fault, false, nil)
    }

    func disarm() { fvfs_clear_faults(handle) }

    var statistics: fvfs_stats { fvfs_statistics(handle) }
}

/// The anchor file on a simulated disk, alive for one boot.
struct SimulatedAnchor: Anchor {
    let disk: SimulatedDisk
    let boot: UInt64
    private static let name = "anchor"

    func read() throws(StorageError) -> [UInt8]? {
        try checkAlive()
        let size = fvfs_file_size(disk.handle, Self.name)
        guard size >= 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(size))
        var length: Int64 = 0
        let result = fvfs_file_read(disk.handle, Self.name, 0, &bytes, size, &length)
        guard result == 0 else { throw StorageError(.inputOutput, "the anchor does not read") }
        return Array(bytes.prefix(Int(length)))
    }

    /// Written beside, synced, renamed, directory synced: whole or not at all.
    func write(_ bytes: [UInt8]) throws(StorageError) {
        try checkAlive()
        let fresh = "anchor-new"
        let results = [
            { fvfs_file_write(disk.handle, fresh, bytes, Int64(bytes.count)) },
            { fvfs_file_sync(disk.handle, fresh) },
            { fvfs_file_rename(disk.handle, fresh, Self.name) },
            { fvfs_directory_sync(disk.handle) },
        ]
        for step in results where step() != 0 {
            throw StorageError(.inputOutput, "the anchor could not be written")
        }
    }

    private func checkAlive() throws(StorageError) {
        guard fvfs_boot(disk.handle) == boot else {
            throw StorageError(.inputOutput, "this process died in a crash")
        }
    }
}
