/// Every bound of sealed bytes, with its reason.
public enum SealingLimits {
    /// Content of one frame before compression: two of the largest transactions.
    public static let openBytesMax = 2 << 20
    /// Sealed bytes of one frame (1.25 MiB): the largest transaction, incompressible and padded.
    public static let sealedBytesMax = 5 << 18
    /// Transactions of one frame: as many as one transaction has rows.
    public static let transactionsMax = 4_096
    /// Bytes of one control-lane or link message before padding: a vector of 4,096 writers.
    public static let controlBytesMax = 256 << 10
    /// The smallest padded control-lane or link message: a greeting fits and seals to 250 bytes.
    public static let controlPaddedMin = 208
}
