internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOWebSocket
public import SyncProtocol

/// One link over one socket, lent by a listener or a dialer for as long as their closure runs.
public final class WebSocketLink: FrameLink {
    /// Who is at the other end, for logs: an address and port.
    public let peer: String
    /// The certificate, DER, that the end which was dialled showed; `nil` without TLS. Both ends
    /// know the same, unless somebody stands between.
    public let serverCertificate: [UInt8]?
    /// The path by which it was asked for.
    public let path: String
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let inbox: Inbox
    private let channel: any Channel
    private let messageBytesMax: Int
    /// Bytes that were sent since the event loop was last waited for.
    private let unseenBytes = NIOLockedValueBox(0)

    private init(
        _ upgraded: PeerListener.Upgraded, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        _ inbox: Inbox, _ messageBytesMax: Int, _ serverCertificate: [UInt8]?
    ) {
        let channel = upgraded.channel
        path = upgraded.path
        self.serverCertificate = serverCertificate
        peer = channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "unknown"
        self.channel = channel
        self.outbound = outbound
        self.inbox = inbox
        self.messageBytesMax = messageBytesMax
    }

    /// Sends one message; waits while the socket takes no more.
    public func send(_ message: [UInt8]) async throws {
        guard message.count <= messageBytesMax else {
            throw TransportError(
                .messageTooLarge,
                "a message of \(message.count) bytes is above the limit of \(messageBytesMax)")
        }
        do {
            try await keepPace(message.count)
            try await outbound.write(ByteBuffer(bytes: message))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw TransportError(.closed, "the link is closed; nothing more can be sent")
        }
    }

    /// The writer takes whatever it is given until the event loop tells it that the socket is full.
    /// A loop that is kept waiting says so late, and meanwhile messages would heap up without end.
    private func keepPace(_ count: Int) async throws {
        let mustWait = unseenBytes.withLockedValue { bytes in
            bytes += count
            guard bytes > Self.unseenBytesMax else { return false }
            bytes = count
            return true
        }
        if mustWait { try await channel.eventLoop.submit {}.get() }
    }

    private static let unseenBytesMax = 1 << 20

    /// The next message; `nil` once the link has ended, see `trouble`. One caller at a time; while
    /// nobody asks, the socket is not read.
    public func receive() async -> [UInt8]? {
        await inbox.take().map { Array($0.readableBytesView) }
    }

    /// Why the link ended, if it was not by a close.
    public var trouble: TransportError? { inbox.trouble }

    /// Ends the link; a waiting `receive` returns `nil`.
    public func close() async {
        inbox.end(.success(()))
        // It may be closed already; that is what was asked for.
        try? await channel.close()
    }

    /// Lends a link on a socket that has become one, and closes it afterwards.
    ///
    /// - Parameter heard: told of the first message.
    static func serve(
        _ upgraded: PeerListener.Upgraded, _ options: PeerTransportOptions,
        heard: @escaping @Sendable () async -> Void = {},
        _ body: @escaping @Sendable (WebSocketLink) async -> Void
    ) async {
        let inbox = Inbox()
        let certificate = await options.security.serverCertificate(of: upgraded.channel)
        // Whatever ends the socket was told to the inbox; who serves the link hears it from there.
        try? await upgraded.socket.executeThenClose { inbound, outbound in
            let link = WebSocketLink(
                upgraded, outbound, inbox, options.messageBytesMax, certificate)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    do {
                        var isFirst = true
                        for try await message in inbound {
                            if isFirst { await heard() }
                            isFirst = false
                            await inbox.put(message)
                        }
                        inbox.end(.success(()))
                    } catch {
                        inbox.end(.failure(TransportError(wrapping: error)))
                    }
                }
                await body(link)
                inbox.end(.success(()))
                group.cancelAll()
            }
        }
    }
}

extension TransportError {
    /// Says in this room's words what NIO reported.
    init(wrapping error: any Error) {
        switch error {
        case let known as TransportError: self = known
        case NIOWebSocketError.invalidFrameLength:
            self.init(.messageTooLarge, "the peer sent a message above the limit; link closed")
        case is NIOWebSocketError:
            self.init(.misbehaved, "the peer broke the rules of WebSocket; link closed")
        default: self.init(.closed, "the link broke: \(Self.reason(error))")
        }
    }

    /// The system's own words where it spoke, without the name of its function.
    static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else {
            return "the other side ended it without a goodbye, or the way between was cut"
        }
        // `connect(descriptor:addr:size:): Connection refused (errno: 111)`
        var words = Substring(error.description)
        if let end = words.firstRange(of: "): ") { words = words[end.upperBound...] }
        if let number = words.firstRange(of: " (errno") { words = words[..<number.lowerBound] }
        while words.last == ")" { words.removeLast() }
        return String(words)
    }
}
