public import CRDT

/// What a replica says of itself, for a peer to compare.
public struct ReplicaState: Hashable, Sendable {
    public var vector: VersionVector
    public var vectorHash: ContentHash
    public var digest: ContentDigest
    public var rosterHead: ContentHash
    public var schemaVersion: UInt32
    public var floor: ContentHash

    public init(
        vector: VersionVector, vectorHash: ContentHash, digest: ContentDigest,
        rosterHead: ContentHash, schemaVersion: UInt32, floor: ContentHash
    ) {
        self.vector = vector
        self.vectorHash = vectorHash
        self.digest = digest
        self.rosterHead = rosterHead
        self.schemaVersion = schemaVersion
        self.floor = floor
    }

    public var summary: StateSummary {
        StateSummary(
            vectorHash: vectorHash, digest: digest, rosterHead: rosterHead,
            schemaVersion: schemaVersion, floor: floor)
    }
}

/// The part of a state that decides whether two replicas agree: 141 bytes at most on the wire.
public struct StateSummary: Hashable, Sendable {
    public var vectorHash: ContentHash
    public var digest: ContentDigest
    public var rosterHead: ContentHash
    public var schemaVersion: UInt32
    public var floor: ContentHash

    public init(
        vectorHash: ContentHash, digest: ContentDigest, rosterHead: ContentHash,
        schemaVersion: UInt32, floor: ContentHash
    ) {
        self.vectorHash = vectorHash
        self.digest = digest
        self.rosterHead = rosterHead
        self.schemaVersion = schemaVersion
        self.floor = floor
    }

    /// Digests say something only of replicas that applied the same under the same rules.
    public func isComparable(to other: StateSummary) -> Bool {
        vectorHash == other.vectorHash && rosterHead == other.rosterHead
            && schemaVersion == other.schemaVersion && floor == other.floor
    }
}

/// One message on a link (`Wire-Format.md`).
public enum Message: Hashable, Sendable {
    /// First from both sides.
    case hello(versions: ClosedRange<UInt8>, StateSummary)
    /// Everything held, told when the hellos differ and again for a gap.
    case vector([ContextEntry])
    /// A sealed run of transactions, opaque here.
    case frame([UInt8])
    /// What is durable since the last word of it.
    case acknowledge([ContextEntry])
    /// So many more bytes of frames may come.
    case credit(UInt64)
    /// A sealed item of the control lane; it goes ahead of frames.
    case control([UInt8])
    /// Told when a side believes that both hold the same.
    case state(StateSummary)
    case close(CloseReason)

    /// Frames and control items are sealed already; everything else is sealed for the link.
    public var isSealedAlready: Bool {
        switch self {
        case .frame: true
        case .hello, .vector, .acknowledge, .credit, .control, .state, .close: false
        }
    }
}

/// Why a session ended.
public enum CloseReason: UInt8, Hashable, Sendable, CaseIterable {
    case done = 0
    /// No protocol version in common.
    case version = 1
    /// The other side broke the rules of `Session-States.md`.
    case violation = 2
    /// Our storage failed; come back later.
    case storage = 3
}
