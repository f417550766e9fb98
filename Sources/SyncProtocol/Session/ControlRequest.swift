public import CRDT

/// Asks for items of the control lane that the peer lacks.
public struct ControlRequest: Hashable, Sendable {
    /// Comes back in the answer; an answer to an older request is dropped.
    public let number: UInt64
    /// Only items with a greater running number of this replica are wanted.
    public let after: UInt64
    /// Items the peer has: neither these nor what they follow are wanted. Unknown hashes do not
    /// count. At most `SyncLimits.controlHeadsMax + controlMemoryMax`.
    public let peerHolds: [ContentHash]
    /// Items wanted at most, and the sum of their bytes; the first item may exceed the sum.
    public let itemsMax: Int
    public let bytesMax: Int
}

/// An item of the control lane on its way to the peer: a roster entry, an erasure or a key wrap.
public struct OutgoingControl: Hashable, Sendable {
    /// Names the item on every replica.
    public let id: ContentHash
    /// The item as stored, 1 to `SyncLimits.controlBytesMax` bytes.
    public let bytes: [UInt8]

    public init(id: ContentHash, bytes: [UInt8]) {
        self.id = id
        self.bytes = bytes
    }
}

/// What was found for a `ControlRequest`: items in an order in which each follows what it needs.
public struct ControlAnswer: Hashable, Sendable {
    public let number: UInt64
    public let items: [OutgoingControl]
    /// The running number up to which the replica has looked; the next request goes on after it.
    public let through: UInt64

    public init(number: UInt64, items: [OutgoingControl], through: UInt64) {
        self.number = number
        self.items = items
        self.through = through
    }
}

/// What became of the oldest delivered frame or control item that was not yet settled.
///
/// Settled means: what had to be durable is durable. Opened or not, merged, pending or refused,
/// each delivery is settled exactly once, frames in the order of their delivery and control items
/// in theirs.
public enum Settlement: Hashable, Sendable {
    /// With the frame's place where it opened, so that it is not sent back; else `nil`.
    case frame(FrameSpan?)
    /// With the item's id where it opened; else `nil`.
    case control(ContentHash?)
}
