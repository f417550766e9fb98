internal import Glibc

/// The disk by itself: 4 KiB appended and synced, the least that a durable edit costs.
struct DiskSync {
    private let path: String

    init(folder: String) { path = folder + "/disk-sync" }

    /// Syncs a second.
    func rate(times: Int) throws -> Double {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw BenchmarkError("\(path) cannot be made: error \(errno)") }
        defer {
            close(file)
            unlink(path)
        }
        let block = [UInt8](repeating: 0x5A, count: 4_096)
        var watch = Stopwatch()
        try watch.time {
            for _ in 0..<times {
                guard write(file, block, block.count) == block.count, fdatasync(file) == 0 else {
                    throw BenchmarkError("\(path) cannot be synced: error \(errno)")
                }
            }
        }
        return Double(times) / watch.seconds
    }
}
