/// A replica's own small number for a writer's history (a branch has its own). Never leaves the
/// replica, never decides anything: ties and digests use chain hashes.
public typealias WriterNumber = Int

/// The event that wrote a cell: the `sequence`th transaction of a writer, pinned by the first
/// 8 bytes of its chain hash.
public struct Dot: Hashable, Sendable {
    public let writer: WriterNumber
    public let sequence: UInt64
    public let chain: UInt64

    public init(writer: WriterNumber, sequence: UInt64, chain: UInt64) {
        self.writer = writer
        self.sequence = sequence
        self.chain = chain
    }
}

/// What a writer had applied when it wrote: per writer the highest sequence.
///
/// Two events are concurrent when neither's dot is covered by the other's context.
public struct Context: Hashable, Sendable {
    /// Highest covered sequence by writer number; a missing tail means 0, and none ends in 0.
    public private(set) var heads: [UInt64]

    public init(heads: [UInt64] = []) {
        self.heads = heads
        while self.heads.last == 0 { self.heads.removeLast() }
    }

    public func covers(_ dot: Dot) -> Bool {
        dot.writer < heads.count && heads[dot.writer] >= dot.sequence
    }

    public subscript(writer: WriterNumber) -> UInt64 {
        writer < heads.count ? heads[writer] : 0
    }

    /// Raises the entry of `writer`; never lowers it.
    public mutating func include(_ writer: WriterNumber, through sequence: UInt64) {
        guard sequence > 0 else { return }
        if writer >= heads.count {
            heads.append(contentsOf: repeatElement(0, count: writer + 1 - heads.count))
        }
        heads[writer] = max(heads[writer], sequence)
    }
}

/// Whether a writer's history leads from one of its transactions to a pinned later one.
public enum Lineage: Hashable, Sendable {
    case onBranch
    /// The pinned transaction is known, and it stands on another branch.
    case offBranch
    /// The pinned transaction is not here; it may come.
    case unknown
}

/// One line of a transaction's context, as it travels: 8 bytes of the chain hash pin the history.
public struct ContextEntry: Hashable, Sendable {
    public let writer: WriterID
    public let sequence: UInt64
    public let chain: UInt64

    public init(writer: WriterID, sequence: UInt64, chain: UInt64) {
        self.writer = writer
        self.sequence = sequence
        self.chain = chain
    }
}

/// When and by whom a cell or row was written. Order is (stamp, chain): the same on every replica.
public struct CellClock: Hashable, Sendable, Comparable {
    public let stamp: Stamp
    public let dot: Dot

    public init(stamp: Stamp, dot: Dot) {
        self.stamp = stamp
        self.dot = dot
    }

    public static func < (left: CellClock, right: CellClock) -> Bool {
        left.stamp != right.stamp
            ? left.stamp < right.stamp : left.dot.chain < right.dot.chain
    }
}
