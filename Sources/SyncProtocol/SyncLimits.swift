/// Every bound of a session, with its reason.
public enum SyncLimits {
    /// Bytes of one message: the largest sealed frame (1.25 MiB) and its kind byte, rounded up.
    public static let messageBytesMax = (5 << 18) + 64
    /// Entries of one vector: the writers a tenant may have (see `Limits.contextEntriesMax`).
    public static let vectorEntriesMax = 4_096
    /// Bytes of one control-lane item.
    public static let controlBytesMax = 256 << 10
    /// Bytes a peer may send before we have made earlier ones durable: three frames at least, so
    /// that one is on the disk while one is on the wire.
    public static let creditBytes = 4 << 20
    /// No sum of grants goes above this; more is a violation.
    public static let creditBytesMax = 64 << 20
    /// Bytes asked of the storage at once; a live edit never waits behind more.
    public static let fetchBytes = 1 << 20
    /// How often a session tells its vector again for a gap without any frame between: a peer that
    /// never fills a gap must not keep us busy.
    public static let vectorRepeatsMax = 64
}
