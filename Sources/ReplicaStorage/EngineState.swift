internal import CRDT

/// What the store keeps in memory of its log tables. A value: a failed transaction puts the copy
/// from before it back, so memory never runs ahead of the disk.
struct EngineState {
    struct WriterState {
        let id: WriterID
        /// The trunk this history forked from, with the last shared sequence.
        let parent: (number: WriterNumber, fork: UInt64)?
        var head: UInt64
        var chain: ContentHash
        /// The last sequence of it that our own context cites.
        var cited: UInt64
        /// What it had seen at its head.
        var context: Context
        var rosterHead: ContentHash?
    }

    var writers: [WriterState] = []
    var local: WriterNumber = 0
    var clock = HybridLogicalClock()
    var digests: [UInt32: ContentDigest] = [:]
    /// Rows in `warren_hidden`: while none, an insert needs no look-up there.
    var hiddenRows = 0

    /// What the control lane's table holds.
    var control = ControlTally()

    /// What must reach the tables before COMMIT.
    var changedWriters: Set<WriterNumber> = []
    var changedDigests: Set<UInt32> = []

    private var numbers: [WriterID: WriterNumber] = [:]

    mutating func append(_ writer: WriterState) {
        if writer.parent == nil { numbers[writer.id] = writers.count }
        writers.append(writer)
    }

    /// The trunk of a writer.
    func number(of writer: WriterID) -> WriterNumber? { numbers[writer] }

    /// Everything applied here, as a context: what a local write has seen.
    var frontier: Context { Context(heads: writers.map(\.head)) }

    var vector: VersionVector {
        VersionVector(
            writers.filter { $0.head > 0 }.map {
                ContextEntry(writer: $0.id, sequence: $0.head, chain: $0.chain.prefix)
            })
    }
}
