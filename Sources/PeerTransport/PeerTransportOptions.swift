public import NIOCore
internal import SyncProtocol

/// The bounds of a link. The defaults serve; tests shorten the times.
public struct PeerTransportOptions: Sendable {
    /// Bytes of one message: the protocol's greatest, with room for its tag and seal.
    public var messageBytesMax = SyncLimits.messageBytesMax + 256
    /// How long a link is quiet before it is pinged.
    public var pingInterval = TimeAmount.seconds(15)
    /// How long nothing may be heard, pongs included, before the link counts as dead.
    public var silenceMax = TimeAmount.seconds(45)
    /// Pings and pongs that may come in one `pingInterval`: a box sends one of each.
    public var beatsMax = 64
    /// How long a connection may take to become a link.
    public var upgradeTimeout = TimeAmount.seconds(10)
    /// How long a closing side waits for its last bytes to leave.
    public var closeTimeout = TimeAmount.seconds(2)
    /// Links a listener serves at a time; one a device, so far above any tenant.
    public var linksMax = 64

    /// The defaults.
    public init() {}
}

/// Where a peer listens or is dialled.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// The one path at which links are offered.
    public static let path = "/sync/v1"

    /// A numeric loopback address or `localhost`.
    public let host: String
    /// 0 lets the system choose when listening.
    public let port: Int

    /// - Throws: `addressRefused` for anything but loopback, which needs TLS first.
    public init(host: String, port: Int) throws(TransportError) {
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw TransportError(
                .addressRefused,
                """
                \(host) is not a loopback address. Links between machines need TLS 1.3, which this \
                version does not have yet; use 127.0.0.1 or ::1.
                """)
        }
        guard (0...65_535).contains(port) else {
            throw TransportError(.addressRefused, "\(port) is no port; ports are 0 to 65535")
        }
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[::1]:port` or a port alone, which means 127.0.0.1.
    public init(_ text: String) throws(TransportError) {
        let colon = text.lastIndex(of: ":")
        var host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let digits = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard let port = Int(digits) else {
            throw TransportError(
                .addressRefused, "“\(text)” is no address; write it as 127.0.0.1:7071")
        }
        try self.init(host: host, port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
