public import CRDT

/// One utterance on a link (`Wire-Format.md`).
public enum Message: Hashable, Sendable {
    /// The first message of each side, and nothing but the first.
    case hello(Hello)
    /// All that the sender has durably applied. Said again, it asks for every gap again.
    case vector(VersionVector)
    /// A sealed run of one writer's transactions; opaque here.
    case frame([UInt8])
    /// What the sender newly has, durable and applied: every branch of each writer it names.
    case acknowledge([ContextEntry])
    /// The receiver may be sent so many more bytes of frames and control items, 1 or more.
    case credit(UInt32)
    /// An item of the control lane; opaque here.
    case control([UInt8])
    /// Hashes of control-lane items that the sender has together with all they follow.
    case controlHeads([ContentHash])
    /// Points of the sender's histories of forked writers, at growing distances back from each
    /// head.
    case pins([ContextEntry])
    /// The sender's state now, to be compared: sent when it has nothing left to send.
    case status(Summary)
    /// The last message of a side.
    case close(CloseReason)

    public var kind: MessageKind {
        switch self {
        case .hello: .hello
        case .vector: .vector
        case .frame: .frame
        case .acknowledge: .acknowledge
        case .credit: .credit
        case .control: .control
        case .controlHeads: .controlHeads
        case .pins: .pins
        case .status: .status
        case .close: .close
        }
    }

    /// After it, its side says nothing.
    public var isGoodbye: Bool { kind == .close }
}

/// The first byte of a message. 0 is never a kind: the layer that seals may mark its bytes with it.
public enum MessageKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case vector = 2
    case frame = 3
    case acknowledge = 4
    case credit = 5
    case control = 6
    case controlHeads = 7
    case pins = 8
    case status = 9
    case close = 10

    /// Whether the layer above seals messages of this kind for the link. A frame is sealed already;
    /// a close says no more than the end of the connection does, and must be sayable without keys.
    public var isSealedForLink: Bool {
        switch self {
        case .frame, .close: false
        case .hello, .vector, .acknowledge, .credit, .control, .controlHeads, .pins, .status: true
        }
    }
}

/// What each side says first. Two replicas with equal hellos are done.
public struct Hello: Hashable, Sendable {
    /// The oldest and the newest protocol version that the sender speaks.
    public let versions: ClosedRange<UInt8>
    /// 16 random bytes of this session, most significant first. The layer above binds keys to both.
    public let nonce: UInt128
    public let summary: Summary

    /// - Precondition: versions count from 1.
    public init(
        versions: ClosedRange<UInt8> = SyncLimits.protocolVersions, nonce: UInt128,
        summary: Summary
    ) {
        precondition(versions.lowerBound >= 1, "protocol versions count from 1")
        self.versions = versions
        self.nonce = nonce
        self.summary = summary
    }
}

/// A replica's state in 148 bytes. `Summary.verdict` says what two of them prove.
public struct Summary: Hashable, Sendable {
    /// The life of the replica: a restore or a rebuild changes it.
    public var generation: UInt64
    public var schema: UInt32
    /// The hash that names the whole control lane: roster, erasures, key wraps.
    public var rosterHead: ContentHash
    /// `VersionVector.hash` of the applied frontier.
    public var vectorHash: ContentHash
    /// The sum over all rows at that frontier.
    public var digest: ContentDigest
    /// The hash of the compaction floor.
    public var floor: ContentHash

    public init(
        generation: UInt64, schema: UInt32, rosterHead: ContentHash, vectorHash: ContentHash,
        digest: ContentDigest, floor: ContentHash
    ) {
        self.generation = generation
        self.schema = schema
        self.rosterHead = rosterHead
        self.vectorHash = vectorHash
        self.digest = digest
        self.floor = floor
    }
}

/// Why a session ended. On the wire as one byte.
public enum CloseReason: UInt8, Error, Hashable, Sendable, CaseIterable {
    /// The node stops, or another session with the same peer takes over.
    case goingAway = 1
    case noCommonVersion = 2
    /// Bytes that are no message, or sealed bytes that did not open.
    case malformed = 3
    /// A message that has no place in this state of the session.
    case outOfTurn = 4
    /// More bytes than were granted, or a grant beyond the window.
    case creditExceeded = 5
    /// A vector larger than `SyncLimits.vectorEntriesMax`.
    case limitExceeded = 6
    /// Our own hello came back.
    case reflected = 7
    case greetingTimedOut = 8
    /// The link ended without a word. Never sent.
    case linkLost = 9
    /// The roster does not know the peer, or no longer.
    case notTrusted = 10
}
