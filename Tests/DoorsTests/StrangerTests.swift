import Logging
import NIOCore
import NIOPosix
import PeerTransport
import Testing

/// Whoever reaches the peer port without being a box.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StrangerTests {
    @Test func `pings without end close the link`() async throws {
        // All within one interval, however slow the machine is, and nobody is called silent.
        let patient = PeerTransportOptions.patient
        let listener = try await listener(patient)
        let (troubles, sink) = AsyncStream<TransportError?>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    _ = await link.receive()
                    sink.yield(link.trouble)
                    sink.finish()
                }
            }
            let ping: [UInt8] = [0x89, 0x80, 0, 0, 0, 0]
            let stranger = try await upgraded(listener.address.port)
            let pings = (0..<patient.beatsMax * 4).flatMap { _ in ping }
            try await stranger.writeAndFlush(ByteBuffer(bytes: pings))
            for await trouble in troubles {
                #expect(trouble == TransportError(.misbehaved, ""))
            }
            try? await stranger.close()
            group.cancelAll()
        }
    }

    @Test func `silent strangers on every place make room for a box`() async throws {
        var tight = PeerTransportOptions.patient
        tight.linksMax = 2
        let listener = try await listener(tight)
        let (opened, sink) = AsyncStream<Void>.makeStream()
        let (echoes, echo) = AsyncStream<[UInt8]?>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in
                    sink.yield()
                    while let message = await link.receive() { try? await link.send(message) }
                }
            }
            let port = listener.address.port
            let strangers = [try await upgraded(port), try await upgraded(port)]
            var openings = opened.makeAsyncIterator()
            for _ in strangers { await openings.next() }
            try await PeerDialer(listener.address).withLink { link in
                try? await link.send([1, 2, 3])
                echo.yield(await link.receive())
                echo.finish()
            }
            for await message in echoes { #expect(message == [1, 2, 3]) }
            for stranger in strangers { try? await stranger.close() }
            group.cancelAll()
        }
    }

    @Test func `connections that never become links are few; one more is closed at once`()
        async throws
    {
        // Only one end is waited for: the others stay until this test ends.
        var tight = PeerTransportOptions.patient
        tight.upgradesMax = 2
        let listener = try await listener(tight)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run { _ in } }
            var silent: [any Channel] = []
            for _ in 0..<3 {
                silent.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: listener.address.port).get())
            }
            // Whichever came last: each is set up on an event loop of its own.
            let (ends, sink) = AsyncStream<Void>.makeStream()
            for channel in silent { channel.closeFuture.whenComplete { _ in sink.yield() } }
            for await _ in ends { break }
            let kept = silent.filter(\.isActive)
            #expect(kept.count == 2)
            for channel in kept { try? await channel.close() }
            group.cancelAll()
        }
    }

    private func listener(_ options: PeerTransportOptions) async throws -> PeerListener {
        try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A raw socket that has asked for a link and reads nothing.
    private func upgraded(_ port: Int) async throws -> any Channel {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .connect(host: "127.0.0.1", port: port).get()
        let request = """
            GET /sync/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        try await channel.writeAndFlush(ByteBuffer(string: request))
        return channel
    }
}
