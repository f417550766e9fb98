/// A way to one other party that carries whole messages in order: the port below a session.
///
/// One party sends, one receives; both may happen at once. A link that loses, doubles or reorders
/// a message must end instead.
public protocol FrameLink: Sendable {
    /// Hands over one binary message and returns when the link could take another.
    ///
    /// - Parameter message: at most `SyncLimits.messageBytesMax` bytes and the seal around them.
    /// - Throws: when the link has ended; what was handed over before may be lost.
    func send(_ message: [UInt8]) async throws

    /// The next message, or `nil` once the link has ended, for whatever reason. A caller that does
    /// not ask holds the other side back.
    func receive() async -> [UInt8]?

    /// Ends the link in both directions; `receive` answers `nil`. More than once does no harm.
    func close() async
}

/// The link had ended before the message was taken.
public struct LinkEnded: Error, Hashable, Sendable {
    public init() {}
}
