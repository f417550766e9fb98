/// Every bound of records and their encodings, with its reason.
public enum Limits {
    /// Rows of one transaction: bounds the time the writer lock is held (DESIGN 2.5).
    public static let transactionRowsMax = 4_096
    /// Encoded bytes of one transaction: a frame must be able to hold it.
    public static let transactionBytesMax = 1 << 20
    /// Fields of one row operation: far above any pack, small enough to allocate blindly.
    public static let rowCellsMax = 512
    /// Fields of one collection, retired ones left out: a set of them fits one machine word.
    public static let collectionFieldsMax = 64
    /// Bytes of one text or blob cell; larger things are blobs outside the database.
    public static let valueBytesMax = 1 << 18
    /// Writers a context delta may name: 512 devices with a few incarnations each.
    public static let contextEntriesMax = 4_096
    /// Histories under one writer: more forks of one device than a person would repair.
    public static let branchesMax = 16
    /// Distinct id prefixes of one transaction.
    public static let prefixesMax = 4_096
    /// Subjects of one transaction.
    public static let sectionsMax = 4_096
    /// Elements of one set cell; an add beyond it is refused by the command.
    public static let setElementsMax = 1_024
}
