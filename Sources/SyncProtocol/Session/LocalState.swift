public import CRDT

/// What the replica holds after a commit: the session's only knowledge of the disk.
///
/// All of it is read in one transaction, so that the parts fit each other.
public struct LocalState: Hashable, Sendable {
    /// The applied, durable frontier; at most `SyncLimits.vectorEntriesMax` entries,
    /// `SyncLimits.branchesMax` of one writer.
    public var vector: VersionVector
    /// The same state in short; `summary.vectorHash` is the hash of `vector`.
    public var summary: Summary
    /// The heads of the control lane and samples of what they follow, at growing distances back to
    /// the genesis; at most `SyncLimits.controlHeadsMax` hashes.
    public var controlHeads: [ContentHash]
    /// The replica's own running number of its newest control item, from 1; 0 for none.
    public var controlNumber: UInt64

    public init(
        vector: VersionVector, summary: Summary, controlHeads: [ContentHash] = [],
        controlNumber: UInt64 = 0
    ) {
        self.vector = vector
        self.summary = summary
        self.controlHeads = controlHeads
        self.controlNumber = controlNumber
    }

    var isWithinLimits: Bool {
        vector.entries.count <= SyncLimits.vectorEntriesMax
            && controlHeads.count <= SyncLimits.controlHeadsMax
            && vector.branchesByWriter.allSatisfy { $0.heads.count <= SyncLimits.branchesMax }
    }
}
