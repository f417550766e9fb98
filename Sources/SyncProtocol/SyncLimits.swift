import CRDT

/// Every bound of a session and its messages, with its reason.
public enum SyncLimits {
    /// The protocol versions this build speaks.
    public static let protocolVersions: ClosedRange<UInt8> = 1...1

    /// Bytes of one frame (1.25 MiB): the largest transaction, incompressible, padded and sealed.
    public static let frameBytesMax = 5 << 18
    /// Bytes of one control-lane item: a small sealed message holds it with room for its padding.
    public static let controlBytesMax = 192 << 10
    /// Writers and branches of one vector: as many as a transaction's context may name.
    public static let vectorEntriesMax = Limits.contextEntriesMax
    /// Histories under one writer: as many as a replica keeps.
    public static let branchesMax = Limits.branchesMax
    /// How often one side may say its vector while neither sends a frame or a control item: twice
    /// as often as an honest one asks again for what did not come.
    public static let vectorsInARowMax = 16
    /// Ends of histories on record for one writer: every branch and as many on their way.
    static let headsOnRecordMax = 2 * branchesMax
    /// Pins of one message: 64 distances back from each of the branches.
    public static let pinsMax = 64 * branchesMax
    /// Hashes by which a side describes its control lane: heads and samples back to the genesis.
    public static let controlHeadsMax = 256

    /// Bytes of frames and control items that may be on their way or unmerged in one direction:
    /// three of the largest frames, so that one can be sent while another is merged, and little
    /// enough that a hundred peers at once fit a small box.
    public static let windowBytes = 4 << 20
    /// What every frame and control item costs beyond its bytes: bounds how many of them can wait.
    public static let deliveryCostBytes = 64
    /// The part of the window that frames leave free, so that control items never wait for them.
    public static let controlReserveBytes = 256 << 10
    /// Credit is given back in parcels of this size: a live edit costs no message for it. With the
    /// reserve it must leave room for the largest frame, or a link could stand still.
    public static let creditParcelBytes = windowBytes / 4

    /// Bytes asked of the storage at once: enough to fill a fast link for one turn of the disk.
    public static let fetchBytesMax = 1 << 20
    /// The next frames are fetched when fewer bytes than this are queued.
    public static let fetchLowWaterBytes = 256 << 10
    /// Cost of the frames that may wait for the link: a fetch on top of what was left.
    public static let queueCostMax = fetchLowWaterBytes + fetchBytesMax + frameBytesMax
    /// Writers in one fetch: each gets a fair part of it that is still worth reading.
    public static let fetchGapsMax = 64
    /// Items in one control fetch.
    public static let controlItemsMax = 256
    /// Forked writers whose branches one session repairs; the rest have their turn in the next one.
    public static let forkedWritersMax = 64
    /// Ids of control items remembered as held by the peer: forgetting one costs one echo.
    public static let controlMemoryMax = 1_024

    /// How long a hello may take: a satellite link and a box that is just starting.
    public static let greetingTimeout: Duration = .seconds(30)
    /// The least time between two digests sent on one link: they audit, they do not carry records.
    public static let statusInterval: Duration = .seconds(5)

    /// The longest message on a link without its seal: what a link must be ready to take in.
    public static let messageBytesMax = 1 + frameBytesMax
}
