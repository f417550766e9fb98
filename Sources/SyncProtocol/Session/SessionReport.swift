public import CRDT

/// What a session has found out; the node shows it and acts on it, the session only goes on.
///
/// `behind` to `notComparable` are standings: each is reported when it takes the place of another.
public enum SessionReport: Hashable, Sendable {
    /// The peer's hello was accepted.
    case greeted(Hello)
    /// The frontiers differ: so many writers of which the peer, and of which we, lack something.
    case behind(peerLacks: Int, weLack: Int)
    /// The frontiers are equal; the digests of this state were not compared yet.
    case caughtUp
    /// Frontiers and digests are equal: both replicas hold the same records.
    case inSync
    /// Equal frontier, floor, roster and schema, and yet other records: a fault in one of the two.
    case digestMismatch(ours: ContentDigest, theirs: ContentDigest)
    /// Equal frontiers, but these differ, so that the digests prove nothing yet.
    case notComparable([Difference])
    /// Two histories under one writer's name; told once a writer. Both are exchanged.
    case forkSuspected(WriterID, sequence: UInt64)
    /// The peer lacks history of these writers that is not kept here: it needs a snapshot or
    /// another peer.
    case historyUnavailable([WriterID])

    /// What must be equal before digests are compared.
    public enum Difference: Hashable, Sendable {
        case roster, schema, floor
    }
}

extension Summary {
    /// What two summaries prove; `nil` when their frontiers differ.
    public func verdict(against theirs: Summary) -> SessionReport? {
        guard vectorHash == theirs.vectorHash else { return nil }
        var differences: [SessionReport.Difference] = []
        if rosterHead != theirs.rosterHead { differences.append(.roster) }
        if schema != theirs.schema { differences.append(.schema) }
        if floor != theirs.floor { differences.append(.floor) }
        guard differences.isEmpty else { return .notComparable(differences) }
        return digest == theirs.digest
            ? .inSync : .digestMismatch(ours: digest, theirs: theirs.digest)
    }
}
