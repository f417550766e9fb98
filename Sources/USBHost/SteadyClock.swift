public import Peripherals

/// The machine's own steady clock.
public struct SteadyClock: DeviceClock {
    public init() {}

    public func moment() -> ContinuousClock.Instant { ContinuousClock.now }

    public func sleep(until moment: ContinuousClock.Instant) async throws {
        try await Task.sleep(until: moment, clock: .continuous)
    }
}

extension DeviceClock {
    /// - Returns: nil when the time was over first; the work is cancelled and waited for.
    func within<Answer: Sendable>(
        _ time: Duration, _ work: @escaping @Sendable () async -> Answer
    ) async -> Answer? {
        let due = moment().advanced(by: time)
        return await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await work() }
            group.addTask {
                try? await sleep(until: due)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
