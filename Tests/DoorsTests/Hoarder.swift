import NIOCore
import NIOPosix

/// Stands between a dialer and a listener and keeps what the listener says until it is `least`
/// bytes, so that the answer to the upgrade and the first message arrive as one.
struct Hoarder {
    typealias Socket = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let server: NIOAsyncChannel<Socket, Never>
    private let target: Int
    private let least: Int
    var port: Int { server.channel.localAddress?.port ?? 0 }

    static func bind(before target: Int, least: Int) async throws -> Hoarder {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Socket(wrappingChannelSynchronously: channel)
                }
            }
        return Hoarder(server: server, target: target, least: least)
    }

    /// Serves one dialer.
    func run() async throws {
        try await server.executeThenClose { dialers in
            guard let dialer = try await dialers.first(where: { _ in true }) else { return }
            let listener = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: target) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try Socket(wrappingChannelSynchronously: channel)
                    }
                }
            try await relay(dialer, listener)
        }
    }

    private func relay(_ dialer: Socket, _ listener: Socket) async throws {
        try await dialer.executeThenClose { asked, answering in
            try await listener.executeThenClose { answers, asking in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { for try await part in asked { try await asking.write(part) } }
                    group.addTask {
                        var hoard = ByteBuffer()
                        for try await part in answers {
                            hoard.writeImmutableBuffer(part)
                            guard hoard.readableBytes >= least else { continue }
                            try await answering.write(hoard)
                            hoard.clear()
                        }
                    }
                    try await group.next()
                    group.cancelAll()
                }
            }
        }
    }
}
