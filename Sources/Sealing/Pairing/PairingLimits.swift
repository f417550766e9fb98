/// Every bound of a pairing, with its reason.
public enum PairingLimits {
    /// Bytes of a nonce: as many as a commitment hides behind.
    public static let nonceBytes = 32
    /// Bytes of a name that is shown to the person who approves.
    public static let nameBytesMax = 256
    /// Bytes of what the newcomer says at the end, its key towards a relay for example.
    public static let replyBytesMax = 1_024
    /// Bytes of what is handed over beside the keys, how the relay is reached for example.
    public static let handoverBytesMax = 16 << 10
    /// Epoch keys that are handed over: one a quarter for 60 years.
    public static let epochsMax = 240
    /// Bytes of roster entries in one letter: four of the largest.
    public static let partBytesMax = 256 << 10
    /// Bytes of one letter, the largest part sealed.
    public static let letterBytesMax = partBytesMax + 4_096
    /// Bytes of the whole roster that a newcomer takes before it has proof of anything.
    public static let rosterBytesMax = 32 << 20
}
