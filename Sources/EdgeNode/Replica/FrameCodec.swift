public import CRDT
public import ReplicaStorage
public import Signing

/// A frame as this node seals and opens it: the only place where the disk's runs meet the keys.
public protocol FrameCodec {
    /// Signs the run's head and seals it.
    func seal(_ run: UnsealedRun) throws(StorageError) -> [UInt8]
    /// Opens sealed bytes; `nil` with a reason for what does not open here.
    func open(_ sealed: [UInt8]) -> Result<OpenedFrame, FrameRefusal>
    /// From now on authors are known by these keys; `nil` for strangers.
    func adopt(_ signingKey: @escaping @Sendable (DeviceID) -> SigningKey?)
}

/// An opened frame and the author's signature over its end.
public struct OpenedFrame: Sendable {
    public let frame: IncomingFrame
    /// Whether the author, by the roster, signed this chain hash at the frame's end.
    public let isSigned: @Sendable (ContentHash) -> Bool

    public init(frame: IncomingFrame, isSigned: @escaping @Sendable (ContentHash) -> Bool) {
        self.frame = frame
        self.isSigned = isSigned
    }
}

/// Why sealed bytes gave no transactions. They are set aside; they never stop a session.
public struct FrameRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    public let reason: String
    public var description: String { reason }
    /// Whether nothing that may come yet can make them open.
    public let isFinal: Bool

    /// Says why.
    public init(_ reason: String, isFinal: Bool = false) {
        self.reason = reason
        self.isFinal = isFinal
    }
}
