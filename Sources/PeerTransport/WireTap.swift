internal import NIOConcurrencyHelpers
internal import NIOCore
internal import NIOPosix

/// Stands between two boxes on loopback and passes every byte on: to record what a listener on the
/// wire would see, and to cut the wire. For demos and proofs, never between real boxes.
public final class WireTap: Sendable {
    /// Who sent the bytes.
    public enum Direction: Sendable, Hashable {
        /// From whoever dialled the tap.
        case outgoing
        /// From the box behind the tap.
        case returning
    }

    /// Where to dial instead of the box behind.
    public let address: PeerAddress
    private let target: PeerAddress
    private let socket: NIOAsyncChannel<Wire, Never>
    private let state = NIOLockedValueBox(State())

    private typealias Wire = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    private struct State {
        var isCut = false
        var next = 0
        var open: [Int: any Channel] = [:]
    }

    private init(
        _ address: PeerAddress, _ target: PeerAddress, _ socket: NIOAsyncChannel<Wire, Never>
    ) {
        self.address = address
        self.target = target
        self.socket = socket
    }

    /// Listens on a free port of 127.0.0.1.
    public static func bind(to target: PeerAddress) async throws -> WireTap {
        let socket = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Wire(wrappingChannelSynchronously: channel)
                }
            }
        let port = socket.channel.localAddress?.port ?? 0
        return WireTap(try PeerAddress(host: "127.0.0.1", port: port), target, socket)
    }

    /// Ends every connection and turns new ones away until `mend`.
    public func cut() {
        let open = state.withLockedValue { state in
            state.isCut = true
            return state.open.values.map { $0 }
        }
        for channel in open { channel.close(promise: nil) }
    }

    /// Lets connections through again.
    public func mend() { state.withLockedValue { $0.isCut = false } }

    /// Whether connections are turned away.
    public var isCut: Bool { state.withLockedValue { $0.isCut } }

    /// Passes connections on until cancelled.
    ///
    /// - Parameter record: sees every byte, in order for each direction of one connection.
    public func run(_ record: @escaping @Sendable (Direction, [UInt8]) -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            try await socket.executeThenClose { connections in
                for try await near in connections {
                    // A broken connection is the business of the two boxes; the tap goes on.
                    group.addTask { try? await self.pass(near, record) }
                }
            }
            group.cancelAll()
        }
    }

    private func pass(
        _ near: Wire, _ record: @escaping @Sendable (Direction, [UInt8]) -> Void
    ) async throws {
        let number = state.withLockedValue { state -> Int? in
            if state.isCut { return nil }
            state.next += 1
            state.open[state.next] = near.channel
            return state.next
        }
        defer { if let number { state.withLockedValue { $0.open[number] = nil } } }
        guard number != nil else { return try await near.channel.close() }
        let far = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: target.host, port: target.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Wire(wrappingChannelSynchronously: channel)
                }
            }
        try await near.executeThenClose { nearIn, nearOut in
            try await far.executeThenClose { farIn, farOut in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await Self.copy(nearIn, farOut, .outgoing, record) }
                    group.addTask { await Self.copy(farIn, nearOut, .returning, record) }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    private static func copy(
        _ source: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ sink: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ direction: Direction,
        _ record: @Sendable (Direction, [UInt8]) -> Void
    ) async {
        do {
            for try await bytes in source {
                record(direction, Array(bytes.readableBytesView))
                try await sink.write(bytes)
            }
        } catch {
            // The other copy ends too, and both sockets close.
        }
    }
}
