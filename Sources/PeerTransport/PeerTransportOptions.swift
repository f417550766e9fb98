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
    /// Connections that may be on their way to a link at a time; further ones are closed at once.
    public var upgradesMax = 256
    /// How long a closing side waits for its last bytes to leave.
    public var closeTimeout = TimeAmount.seconds(2)
    /// Links a listener serves at a time; one a device, so far above any tenant.
    public var linksMax = 64

    /// The path that is asked for when dialling, and the first at which links are offered.
    public var path = PeerAddress.path
    /// Further paths at which a listener offers links; each link says by which it came.
    public var morePaths: [String] = []
    /// TLS, or nothing on loopback.
    public var security = TransportSecurity.none

    /// The defaults.
    public init() {}

    /// How boxes and relays meet, at either end.
    ///
    /// - Parameter links: how many at a time, where they are offered.
    public static func relay(_ security: TransportSecurity, links: Int = 1) -> Self {
        var options = PeerTransportOptions()
        options.path = PeerAddress.relayPath
        options.messageBytesMax = RelayLimits.messageBytesMax
        options.linksMax = links
        options.security = security
        return options
    }
}

/// Where a peer listens or is dialled.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// The path at which boxes offer links to each other.
    public static let path = "/sync/v1"
    /// The path at which a box that admits others meets a newcomer.
    public static let pairingPath = "/pair/v1"
    /// The path at which a relay offers links.
    public static let relayPath = "/relay/v1"

    /// A name or a numeric address.
    public let host: String
    /// 0 lets the system choose when listening.
    public let port: Int

    /// - Parameter isSecured: whether TLS will be used there; otherwise it must be loopback.
    /// - Throws: `addressRefused` for what is no host or port, or needs TLS.
    public init(host: String, port: Int, isSecured: Bool = false) throws(TransportError) {
        guard !host.isEmpty, host.utf8.count <= 253 else {
            throw TransportError(.addressRefused, "“\(host)” is no host")
        }
        guard isSecured || Self.loopback.contains(host) else { throw Self.needsTLS(host) }
        guard (0...65_535).contains(port) else {
            throw TransportError(.addressRefused, "\(port) is no port; ports are 0 to 65535")
        }
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[::1]:port` or a port alone, which means 127.0.0.1.
    public init(_ text: String, isSecured: Bool = false) throws(TransportError) {
        let colon = text.lastIndex(of: ":")
        var host = colon.map { String(text[..<$0]) } ?? "127.0.0.1"
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let digits = colon.map { String(text[text.index(after: $0)...]) } ?? text
        guard let port = Int(digits) else {
            throw TransportError(
                .addressRefused, "“\(text)” is no address; write it as 127.0.0.1:7071")
        }
        try self.init(host: host, port: port, isSecured: isSecured)
    }

    /// Whether it never leaves this machine, so that TLS is not asked for.
    public var isLoopback: Bool { Self.loopback.contains(host) }

    private static let loopback = ["127.0.0.1", "::1", "localhost"]

    static func needsTLS(_ host: String) -> TransportError {
        TransportError(
            .addressRefused,
            """
            \(host) is not a loopback address. Links between machines need TLS 1.3: give a \
            certificate where that is possible, or use 127.0.0.1 or ::1.
            """)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
