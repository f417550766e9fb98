/// Every bound of what boxes and relays say to each other, with its reason.
public enum RelayLimits {
    /// The versions of the relay wire that this build speaks.
    public static let versions: ClosedRange<UInt8> = 1...1
    /// Bytes of a relay key, by the signature scheme.
    public static let keyBytes = 32
    /// Bytes of a challenge.
    public static let nonceBytes = 32
    /// Bytes of an invite token: beyond guessing.
    public static let inviteBytes = 32
    /// Bytes of a signature, by the scheme.
    public static let signatureBytes = 64

    /// Bytes of one item: the largest sealed frame with room for a tag and a seal around it.
    public static let itemBytesMax = SyncLimits.frameBytesMax + 256
    /// Bytes of the longest message: an item with its kind and number.
    public static let messageBytesMax = 9 + itemBytesMax
    /// Bytes of the longest message before a box is admitted.
    public static let greetingBytesMax = 256
    /// Items that one box may have on their way without an answer.
    public static let appendsOpenMax = 64
    /// Bytes of such items: three of the largest, as between replicas.
    public static let appendBytesOpenMax = 4 << 20

    /// Items of one page.
    public static let pageItemsMax = 256
    /// Bytes of one page beyond its first item; a page always holds one if there is one.
    public static let pageBytesMax = 1 << 20
    /// Relay keys of one mailbox: far above the boxes of any tenant; a list fits one message.
    public static let keysMax = 1_024
    /// Numbers of items stay below this, as sequences do.
    public static let numberMax: UInt64 = 1 << 62 - 1

    /// How long a box may take to log in after the challenge.
    public static let loginTimeout: Duration = .seconds(20)
}
