public import Logging
internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOWebSocket

/// Offers links at one path, or a few, on one address.
public struct PeerListener: Sendable {
    /// Where it really listens: the port is never 0.
    public let address: PeerAddress
    private let socket: NIOAsyncChannel<EventLoopFuture<Upgraded?>, Never>
    private let options: PeerTransportOptions
    private let logger: Logger

    /// A connection that has become a link.
    struct Upgraded: Sendable {
        let socket: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        let path: String

        var channel: any Channel { socket.channel }
    }

    /// Binds the address. Connections queue until `run`.
    ///
    /// - Throws: `cannotListen` with what to do.
    public static func bind(
        _ address: PeerAddress, options: PeerTransportOptions = PeerTransportOptions(),
        logger: Logger
    ) async throws(TransportError) -> PeerListener {
        try options.security.check(address)
        let pending = NIOLockedValueBox(0)
        do {
            let socket = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .serverChannelOption(.backlog, value: 64)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: address.host, port: address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try options.security.protect(channel, host: address.host)
                        return try upgrade(channel, options, pending)
                    }
                }
            let port = socket.channel.localAddress?.port ?? address.port
            return PeerListener(
                address: try PeerAddress(host: address.host, port: port, isSecured: true),
                socket: socket,
                options: options, logger: logger)
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(
                .cannotListen,
                """
                cannot listen for peers on \(address): \(TransportError.reason(error)). Stop what \
                uses the port, or choose another.
                """)
        }
    }

    /// Serves each link in a task of its own until cancelled; then every link is closed.
    public func run(_ serve: @escaping @Sendable (WebSocketLink) async -> Void) async throws {
        let places = Places(options.linksMax)
        try await withThrowingDiscardingTaskGroup { group in
            try await socket.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await accept(connection, places, serve) }
                }
            }
            group.cancelAll()
        }
    }

    private func accept(
        _ connection: EventLoopFuture<Upgraded?>, _ places: Places,
        _ serve: @escaping @Sendable (WebSocketLink) async -> Void
    ) async {
        // A connection that never became a link was answered and closed by its handlers.
        guard let link = try? await connection.get() else { return }
        guard let place = await places.take(link.channel) else {
            if await places.isNews {
                logger.info("peers are turned away: as many links as allowed are open")
            }
            try? await link.channel.close()
            return
        }
        await WebSocketLink.serve(link, options, heard: { await places.hear(place) }, serve)
        await places.leave(place)
    }

    private static func upgrade(
        _ channel: any Channel, _ options: PeerTransportOptions,
        _ pending: NIOLockedValueBox<Int>
    ) throws -> EventLoopFuture<Upgraded?> {
        guard pending.withLockedValue({ $0 < options.upgradesMax }) else {
            // In a turn of its own: the channel is not set up yet, and an error would leave it.
            channel.eventLoop.execute { channel.close(promise: nil) }
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        let isElsewhere = NIOLoopBoundBox(false, eventLoop: channel.eventLoop)
        let upgrader = NIOTypedWebSocketServerUpgrader<Upgraded?>(
            maxFrameSize: options.messageBytesMax, enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let isOurs = head.uri == options.path || options.morePaths.contains(head.uri)
                isElsewhere.value = !isOurs
                return channel.eventLoop.makeSucceededFuture(isOurs ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    Upgraded(
                        socket: try channel.wrapAsLink(isInitiator: false, options),
                        path: head.uri)
                }
            })
        let configuration = NIOTypedHTTPServerUpgradeConfiguration<Upgraded?>(
            upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        NoLink(path: options.path, isElsewhere: isElsewhere.value))
                    return nil
                }
            })
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
            configuration: .init(upgradeConfiguration: configuration))
        let deadline = channel.eventLoop.scheduleTask(in: options.upgradeTimeout) {
            channel.close(promise: nil)
        }
        pending.withLockedValue { $0 += 1 }
        upgraded.whenComplete { _ in
            deadline.cancel()
            pending.withLockedValue { $0 -= 1 }
        }
        return upgraded
    }
}

/// Who holds one of so many places. A box says hello at once; so when all places are taken, who has
/// said nothing for longest makes room.
private actor Places {
    private let count: Int
    private var next = 0
    private var held: [Int: any Channel] = [:]
    /// Places of those who have said nothing yet, oldest first.
    private var silent: [Int] = []
    private var toldAt: NIODeadline?

    init(_ count: Int) { self.count = count }

    func take(_ channel: any Channel) -> Int? {
        if held.count >= count {
            guard let oldest = silent.first else { return nil }
            held[oldest]?.close(promise: nil)
            leave(oldest)
        }
        next += 1
        held[next] = channel
        silent.append(next)
        return next
    }

    func hear(_ place: Int) { silent.removeAll { $0 == place } }

    func leave(_ place: Int) {
        held[place] = nil
        hear(place)
    }

    /// At most once a minute: nobody outside fills the log.
    var isNews: Bool {
        if let toldAt, NIODeadline.now() - toldAt < .minutes(1) { return false }
        toldAt = .now()
        return true
    }
}

/// Answers what does not become a link, and closes.
private final class NoLink: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let path: String
    /// Whether a link was asked for at another path.
    private let isElsewhere: Bool
    private var hasAnswered = false

    init(path: String, isElsewhere: Bool) {
        self.path = path
        self.isElsewhere = isElsewhere
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasAnswered else { return }
        switch Self.unwrapInboundIn(data) {
        case .head:
            answer(
                .upgradeRequired,
                "Here boxes of one tenant sync: WebSocket at \(path). People use the API.\n",
                context)
        // The head of an upgrade that was refused goes no further than its refusal.
        case .body where isElsewhere, .end where isElsewhere:
            answer(.notFound, "There is no link at this path; links are at \(path).\n", context)
        case .body, .end:
            answer(
                .badRequest,
                "This asks for an upgrade that is none: WebSocket, version 13, with a key "
                    + "(RFC 6455) is spoken at \(path).\n", context)
        }
    }

    private func answer(
        _ status: HTTPResponseStatus, _ text: String, _ context: ChannelHandlerContext
    ) {
        hasAnswered = true
        var headers: HTTPHeaders = [
            "content-type": "text/plain; charset=utf-8", "content-length": "\(text.utf8.count)",
            "connection": "close",
        ]
        if status == .upgradeRequired { headers.add(name: "upgrade", value: "websocket") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(
            Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }
}

extension Channel {
    /// On the channel's event loop, after the upgrade.
    func wrapAsLink(
        isInitiator: Bool, _ options: PeerTransportOptions
    ) throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        try pipeline.syncOperations.addHandler(
            MessageHandler(isInitiator: isInitiator, options: options))
        // The older initializer, on purpose: a listener that ends drops connections that became
        // links in that very moment, and one of the newer kind that nobody has used ends the
        // process.
        return try NIOAsyncChannel(
            synchronouslyWrapping: self,
            configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 4)))
    }
}
