internal import CRDT

/// What the store keeps in memory of its log tables. A value: a failed transaction puts the copy
/// from before it back, so memory never runs ahead of the disk.
struct EngineState {
    struct WriterState {
        let id: WriterID
        /// The history this branch parted from, with the last shared sequence; `nil` for a trunk. A
        /// parent has the smaller number.
        let parent: (number: WriterNumber, fork: UInt64)?
        var head: UInt64
        var chain: ContentHash
        /// The last sequence that a stored frame of it holds: past `head` while frames wait.
        var framed: UInt64
        /// The last sequence of it that our own context cites.
        var cited: UInt64
        /// What it had seen at its head.
        var context: Context
        var rosterHead: ContentHash?

        /// Where its own transactions begin: what lies below belongs to its parent.
        var fork: UInt64 { parent?.fork ?? 0 }
        /// The last sequence whose chain hash is stored here.
        var reach: UInt64 { max(head, framed) }
    }

    var writers: [WriterState] = []
    var local: WriterNumber = 0
    var clock = HybridLogicalClock()
    var digests: [UInt32: ContentDigest] = [:]
    /// Rows in `warren_hidden`: while none, an insert needs no look-up there.
    var hiddenRows = 0

    /// When a history was first left out because there were too many, in Unix milliseconds.
    var crowdedSince: Int64?

    /// The furthest stamp from others that lay ahead of the clock here, and whether it is not on
    /// disk yet.
    var ahead: StampAhead?
    var hasNewAhead = false

    /// What the control lane's table holds.
    var control = ControlTally()

    /// What must reach the tables before COMMIT.
    var changedWriters: Set<WriterNumber> = []
    var changedDigests: Set<UInt32> = []

    /// What the open transaction did to rows.
    var changedRows = ChangedRows()

    /// Rows with a pending transaction on them (`ReplicaStore+Quarantine`).
    var heldRows: Set<RowKey> = []

    /// Pinned transactions that are not here and for which delivered ones wait
    /// (`ReplicaStore+Lineage`), and whether one of them has come since.
    var awaitedPins: Set<TransactionName> = []
    var hasReachedPin = false

    private var histories: [WriterID: [WriterNumber]] = [:]

    mutating func changeDigest(
        of collection: UInt32, adding added: ContentHash, removing removed: ContentHash?
    ) {
        if let removed { digests[collection, default: ContentDigest()].remove(removed) }
        digests[collection, default: ContentDigest()].insert(added)
        if !changedDigests.contains(collection) { changedDigests.insert(collection) }
    }

    mutating func append(_ writer: WriterState) {
        histories[writer.id, default: []].append(writers.count)
        writers.append(writer)
    }

    /// The trunk of a writer.
    func number(of writer: WriterID) -> WriterNumber? { histories[writer]?.first }

    /// Every history under a writer's name: its trunk, then its branches as they were found.
    func histories(of writer: WriterID) -> [WriterNumber] { histories[writer] ?? [] }

    /// The last sequence applied of any history under a writer's name.
    func head(of writer: WriterID) -> UInt64 {
        histories(of: writer).map { writers[$0].head }.max() ?? 0
    }

    /// Covers a history through a sequence, and with it what it shares with its parents.
    func cover(_ number: WriterNumber, through sequence: UInt64, in context: inout Context) {
        context.include(number, through: sequence)
        var number = number
        while let parent = writers[number].parent {
            context.include(parent.number, through: parent.fork)
            number = parent.number
        }
    }

    /// The history through `first` and the one through `second` share what lies at or below this.
    func shared(
        _ first: (number: WriterNumber, sequence: UInt64),
        _ second: (number: WriterNumber, sequence: UInt64)
    ) -> UInt64 {
        var (left, right) = (first, second)
        while left.number != right.number {
            if left.number > right.number { swap(&left, &right) }
            // The greater number is the branch: its parent's is smaller.
            guard let parent = writers[right.number].parent else { return 0 }
            right = (parent.number, min(right.sequence, parent.fork))
        }
        return min(left.sequence, right.sequence)
    }

    /// Everything applied here, as a context: what a local write has seen.
    var frontier: Context { Context(heads: writers.map(\.head)) }

    /// A branch of which nothing is applied has no entry yet: the others hold what it shares.
    var vector: VersionVector {
        VersionVector(
            writers.filter { $0.head > $0.fork }.map {
                ContextEntry(writer: $0.id, sequence: $0.head, chain: $0.chain.prefix)
            })
    }
}
