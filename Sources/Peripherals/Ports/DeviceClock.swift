/// The time by which drivers wait. Tests turn their own.
public protocol DeviceClock: Sendable {
    /// The present moment; it never steps back.
    func moment() -> ContinuousClock.Instant
    /// Returns at that moment, or throws when the task is cancelled.
    func sleep(until: ContinuousClock.Instant) async throws
}
