internal import CRDT

/// What a node takes from outside its own logic: time, randomness and how much room the disk has.
/// The simulation seeds the first two.
public struct NodeEnvironment: Sendable {
    /// Unix milliseconds of the wall clock, right or wrong.
    public var wallMilliseconds: @Sendable () -> Int64
    /// Milliseconds that never step back, for timers.
    public var steadyMilliseconds: @Sendable () -> Int64
    /// Returns so much later on the steady clock, or throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// That many random bytes from the system's source.
    public var randomBytes: @Sendable (Int) -> [UInt8]
    /// Bytes that may still be written where a path lies; nil where nobody can tell.
    public var roomBytes: @Sendable (String) -> Int64?

    public init(
        wallMilliseconds: @escaping @Sendable () -> Int64,
        steadyMilliseconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        randomBytes: @escaping @Sendable (Int) -> [UInt8],
        roomBytes: @escaping @Sendable (String) -> Int64? = { _ in nil }
    ) {
        self.wallMilliseconds = wallMilliseconds
        self.steadyMilliseconds = steadyMilliseconds
        self.sleep = sleep
        self.randomBytes = randomBytes
        self.roomBytes = roomBytes
    }

    public func randomNumber128() -> UInt128 {
        randomBytes(16).reduce(0) { $0 << 8 | UInt128($1) }
    }

    public func randomNumber64() -> UInt64 {
        randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
