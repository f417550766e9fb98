internal import Glibc

/// Wall and processor seconds of what it was asked to time, added up. On a machine with other work
/// the processor's figure is the steadier one.
struct Stopwatch {
    private(set) var seconds = 0.0
    private(set) var processorSeconds = 0.0

    mutating func time<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let processor = Self.now(CLOCK_PROCESS_CPUTIME_ID)
        let wall = Self.now(CLOCK_MONOTONIC)
        defer {
            seconds += Self.now(CLOCK_MONOTONIC) - wall
            processorSeconds += Self.now(CLOCK_PROCESS_CPUTIME_ID) - processor
        }
        return try body()
    }

    static var wall: Double { now(CLOCK_MONOTONIC) }
    static var processor: Double { now(CLOCK_PROCESS_CPUTIME_ID) }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension Array where Element == Double {
    /// The value that `share` of all lie below; 0 of nothing.
    func percentile(_ share: Double) -> Double {
        isEmpty ? 0 : sorted()[Swift.min(count - 1, Int(share * Double(count)))]
    }
}
