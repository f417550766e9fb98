import EdgeNode
import NIOCore
import NIOPosix
import Testing

@testable import LANAPI

/// One address of the local network cannot take the places of the others.
@Suite(.timeLimit(.minutes(5))) struct AddressQuotaTests {
    @Test func `one address fills its own share, and what leaves makes room`() {
        let quota = AddressQuota()
        for _ in 0..<AddressQuota.connectionsMax { #expect(quota.enter("10.0.0.1")) }
        #expect(!quota.enter("10.0.0.1"))
        #expect(quota.enter("10.0.0.2"))
        quota.leave("10.0.0.1")
        #expect(quota.enter("10.0.0.1"))
        #expect(!quota.enter("10.0.0.1"))
    }

    @Test func `a connection beyond the share is closed, and one that ends gives its place back`()
        async throws
    {
        let quota = AddressQuota()
        for _ in 1..<AddressQuota.connectionsMax { #expect(quota.enter("127.0.0.1")) }
        let (ends, sink) = AsyncStream<Void>.makeStream()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers(
                        AddressQuotaGuard(quota), Greeter(ends: sink))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await Self.connection(to: port).executeThenClose { words, _ in
            for try await _ in words { break }
            #expect(!quota.enter("127.0.0.1"))
            // What is turned away held no place and gives none back.
            for _ in 0..<2 {
                #expect(try await !Self.isGreeted(at: port))
                await Self.one(of: ends)
                #expect(!quota.enter("127.0.0.1"))
            }
        }
        await Self.one(of: ends)
        #expect(try await Self.isGreeted(at: port))
        await Self.one(of: ends)
        #expect(quota.enter("127.0.0.1"))
        #expect(!quota.enter("127.0.0.1"))
        try await server.close()
    }

    // MARK: - Hands

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private static func connection(to port: Int) async throws -> Connection {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Connection(wrappingChannelSynchronously: channel)
                }
            }
    }

    /// Whether a new connection is let in; it ends at once.
    private static func isGreeted(at port: Int) async throws -> Bool {
        try await connection(to: port).executeThenClose { words, _ in
            for try await _ in words { return true }
            return false
        }
    }

    private static func one(of ends: AsyncStream<Void>) async {
        for await _ in ends { return }
    }

    /// Says a byte to each connection that the guard lets pass, and tells when one has ended:
    /// behind the guard it is the later of both to leave.
    private final class Greeter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let ends: AsyncStream<Void>.Continuation

        init(ends: AsyncStream<Void>.Continuation) { self.ends = ends }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "!")), promise: nil)
        }

        func handlerRemoved(context: ChannelHandlerContext) { ends.yield() }
    }
}
