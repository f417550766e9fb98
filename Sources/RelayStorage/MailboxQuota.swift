/// How much one mailbox may hold.
public struct MailboxQuota: Sendable, Hashable {
    /// Bytes of all its items.
    public let bytesMax: UInt64
    /// How many items.
    public let itemsMax: UInt64

    /// The defaults hold years of a tenant's work: a busy site makes some 10 MB a day, sealed.
    public init(bytesMax: UInt64 = 4 << 30, itemsMax: UInt64 = 1_000_000) {
        self.bytesMax = bytesMax
        self.itemsMax = itemsMax
    }
}
