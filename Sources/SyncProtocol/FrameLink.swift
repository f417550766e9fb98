/// A connection that carries whole messages in order, both ways, until it breaks.
///
/// A port: `PeerTransport` implements it over WebSocket, the simulation over a seeded queue.
public protocol FrameLink: Sendable {
    /// Messages from the other side; ends when the link does. Nothing in it is trusted.
    var messages: AsyncStream<[UInt8]> { get }
    /// Returns when the link has taken the message; waits while it is full.
    func send(_ message: [UInt8]) async throws
    func close() async
}
