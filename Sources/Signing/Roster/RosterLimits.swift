/// Every bound of the roster and of erase orders, with its reason.
public enum RosterLimits {
    /// Devices a tenant admits, the revoked included: 100 sites with five boxes each.
    public static let devicesMax = 512
    /// Bytes of one entry or erase order: the largest revocation is 23 KiB.
    public static let entryBytesMax = 64 << 10
    /// Parents of one entry: more tips than this are joined by more entries.
    public static let parentsMax = 4
    /// Entries of one roster: 512 devices with 30 new incarnations each.
    public static let entriesMax = 16_384
    /// Entries that wait for a parent: one step of a returning box.
    public static let waitingMax = 2_048
    /// Bytes of all waiting entries.
    public static let waitingBytesMax = 4 << 20
    /// Collections that one device's rights name.
    public static let collectionsMax = 1_024
    /// Writers of one device that one cut names.
    public static let cutsMax = 512
    /// Tips of one head: every device may be cut off from every other.
    public static let tipsMax = 512
    /// Heads of several tips that are remembered.
    public static let headsMax = 4_096
    /// Sections that one erase order names: they fit `entryBytesMax`.
    public static let eraseSectionsMax = 1_024
}
