internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import NIOWebSocket

/// Opens links to a listener, one for each call.
public struct PeerDialer: Sendable {
    /// Where the peer listens.
    public let address: PeerAddress
    private let options: PeerTransportOptions

    /// Dials nothing yet.
    public init(_ address: PeerAddress, options: PeerTransportOptions = PeerTransportOptions()) {
        self.address = address
        self.options = options
    }

    /// Dials, lends the link to `body`, and closes it afterwards.
    ///
    /// - Throws: `addressRefused`, `cannotReach`, `cut`, `untrusted` or `notAPeer`; `body` has not
    ///   run then.
    public func withLink(
        _ body: @escaping @Sendable (WebSocketLink) async -> Void
    ) async throws {
        try options.security.check(address)
        let upgraded: EventLoopFuture<PeerListener.Upgraded>
        do {
            upgraded = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connectTimeout(options.upgradeTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .connect(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try options.security.protect(channel, host: address.host)
                        return try upgrade(channel)
                    }
                }
        } catch {
            throw TransportError(
                .cannotReach,
                "nobody answers at \(address). Is the other box running, and is this its peer port?"
            )
        }
        let socket: PeerListener.Upgraded
        do {
            socket = try await upgraded.get()
        } catch let error as TransportError {
            throw error
        } catch {
            throw trouble(of: error)
        }
        await WebSocketLink.serve(socket, options, body)
    }

    /// Why a connection did not become a link.
    private func trouble(of error: any Error) -> TransportError {
        if TransportSecurity.isMistrust(error) {
            return TransportError(
                .untrusted, "\(address) shows a certificate that is not trusted here.")
        }
        if case NIOSSLError.handshakeFailed(.sslError(let stack)) = error,
            !stack.contains(.eofDuringHandshake)
        {
            return TransportError(
                .notAPeer, "\(address) answers but does not speak this TLS; is it a peer port?")
        }
        return TransportError(
            .cut,
            """
            the connection to \(address) ended before it became a link. Is the way there cut, or \
            is it no peer port?
            """)
    }

    private func upgrade(_ channel: any Channel) throws -> EventLoopFuture<PeerListener.Upgraded> {
        let upgrader = NIOTypedWebSocketClientUpgrader<PeerListener.Upgraded>(
            maxFrameSize: options.messageBytesMax, enableAutomaticErrorHandling: false,
            upgradePipelineHandler: { [options] channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    PeerListener.Upgraded(
                        socket: try channel.wrapAsLink(isInitiator: true, options),
                        path: options.path)
                }
            })
        var headers = HTTPHeaders()
        headers.add(name: "Host", value: "\(address)")
        headers.add(name: "Content-Length", value: "0")
        let request = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: options.path, headers: headers)
        let address = address
        let configuration = NIOTypedHTTPClientUpgradeConfiguration(
            upgradeRequestHead: request, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(
                    TransportError(
                        .notAPeer, "\(address) answers but offers no link; is it a peer port?"))
            })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
            upgradeConfiguration: configuration)
        // The listener may speak at once: its first frame can come in one read with the answer.
        pipeline.leftOverBytesStrategy = .forwardBytes
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline)
        let deadline = channel.eventLoop.scheduleTask(in: options.upgradeTimeout) {
            channel.close(promise: nil)
        }
        upgraded.whenComplete { _ in deadline.cancel() }
        return upgraded
    }
}
