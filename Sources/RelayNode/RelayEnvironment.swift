/// What a relay takes from outside its own logic.
public struct RelayEnvironment: Sendable {
    /// Seconds since 1970: for the age of invites only.
    public var unixSeconds: @Sendable () -> Int64
    /// Returns so much later on a steady clock, or throws when the task is cancelled.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// That many random bytes from the system's source.
    public var randomBytes: @Sendable (Int) -> [UInt8]

    /// Joins the parts.
    public init(
        unixSeconds: @escaping @Sendable () -> Int64,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        randomBytes: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.unixSeconds = unixSeconds
        self.sleep = sleep
        self.randomBytes = randomBytes
    }
}

/// How many may be there at a time.
public struct RelayCrowd: Sendable, Hashable {
    /// Connections that have not logged in. One more, and the oldest of them has to leave.
    public var strangersMax = 64
    /// Connections in one mailbox: no tenant takes the places of all. Each may make the relay hold
    /// some 6 MiB.
    public var mailboxMax = 128

    /// The defaults.
    public init() {}
}

/// What an operator may want to see. Nothing in it tells one tenant from another.
public enum RelayNotice: Sendable, Hashable {
    /// A box is in its mailbox.
    case entered
    /// A box that was in its mailbox has gone.
    case left(String)
    /// Somebody has gone who never logged in.
    case strangerLeft(String)
    /// The store has failed for good: the process is to be started again.
    case storeFailed
}
