public import CRDT

/// Where a frame lies in its writer's history.
public struct FrameSpan: Hashable, Sendable {
    public let writer: WriterID
    /// The first and the last sequence in the frame.
    public let low: UInt64
    public let high: UInt64
    /// The first 8 bytes of the chain hash before `low` and at `high`.
    public let previous: UInt64
    public let chain: UInt64

    public init(writer: WriterID, low: UInt64, high: UInt64, previous: UInt64, chain: UInt64) {
        self.writer = writer
        self.low = low
        self.high = high
        self.previous = previous
        self.chain = chain
    }

    /// The entry of whoever holds this frame and all before it.
    public var through: ContextEntry {
        ContextEntry(writer: writer, sequence: high, chain: chain)
    }
}

/// A stored frame on its way to the peer.
public struct OutgoingFrame: Hashable, Sendable {
    public let span: FrameSpan
    /// The sealed bytes as stored, 1 to `SyncLimits.frameBytesMax`.
    public let bytes: [UInt8]

    public init(span: FrameSpan, bytes: [UInt8]) {
        self.span = span
        self.bytes = bytes
    }
}

/// Asks the storage for frames that the peer lacks.
public struct FrameRequest: Hashable, Sendable {
    /// One writer whose history the peer lacks in part.
    public struct Gap: Hashable, Sendable {
        public let writer: WriterID
        /// What the replica holds of it, one entry a branch. Frames of other branches, which may
        /// have come since, are not wanted; newer frames of these are.
        public let held: [ContextEntry]
        /// What the peer holds or was sent. A frame is wanted when it goes beyond the greatest of
        /// these that lies on its history; entries of unknown histories do not count.
        public let peerHolds: [ContextEntry]
        /// The writer has forked between the two replicas and `peerHolds` includes the peer's pins:
        /// when none of them is known, begin at the oldest frame and report nothing as diverged.
        public let isForked: Bool

        public init(
            writer: WriterID, held: [ContextEntry], peerHolds: [ContextEntry], isForked: Bool
        ) {
            self.writer = writer
            self.held = held
            self.peerHolds = peerHolds
            self.isForked = isForked
        }
    }

    /// Comes back in the answer; an answer to an older request is dropped.
    public let number: UInt64
    /// At least one; the writers that were sent the least come first.
    public let gaps: [Gap]
    /// The sum of frame bytes wanted. Only the very first frame of an answer may exceed it.
    public let bytesMax: Int
    /// What one writer should take of it, so that small ones are not kept waiting.
    public let bytesPerWriter: Int

    public init(number: UInt64, gaps: [Gap], bytesMax: Int, bytesPerWriter: Int) {
        self.number = number
        self.gaps = gaps
        self.bytesMax = bytesMax
        self.bytesPerWriter = bytesPerWriter
    }
}

/// What the storage found for a `FrameRequest`. Frames of one writer come oldest first.
public struct FrameAnswer: Hashable, Sendable {
    public let number: UInt64
    public let frames: [OutgoingFrame]
    /// Writers whose gap was looked at and holds no frame to send.
    public let nothing: [WriterID]
    /// Writers of which the peer lacks what is compacted away or not kept here.
    public let unavailable: [WriterID]
    /// Entries of `peerHolds` at or below our own head that lie on no history held here: a fork.
    public let diverged: [ContextEntry]

    public init(
        number: UInt64, frames: [OutgoingFrame], nothing: [WriterID] = [],
        unavailable: [WriterID] = [], diverged: [ContextEntry] = []
    ) {
        self.number = number
        self.frames = frames
        self.nothing = nothing
        self.unavailable = unavailable
        self.diverged = diverged
    }
}
