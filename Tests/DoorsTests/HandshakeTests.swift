import Logging
import NIOCore
import NIOPosix
import PeerTransport
import Testing

/// The first bytes at the peer port, from whoever sends them.
@Suite(.serialized, .timeLimit(.minutes(5))) struct HandshakeTests {
    @Test(arguments: [
        ("/nowhere", "Upgrade: websocket\r\nConnection: Upgrade\r\n" + webSocketKey, "404"),
        ("/sync/v1", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "400"),
        // With a body of two bytes: the end of what is sent.
        (
            "/sync/v1",
            "Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 2\r\n\r\n", "400"
        ),
        ("/sync/v1", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "400"),
        ("/nowhere", "", "426"),
    ])
    func `whatever does not become a link is answered and closed`(
        path: String, headers: String, status: String
    ) async throws {
        let request = "GET \(path) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
        let answer = try await Self.answer(to: Array(request.utf8))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
        #expect(text.contains("/sync/v1"))
    }

    @Test(
        arguments: [
            // Binary, ping and close, each without the mask that an initiator owes.
            [0x82, 0x03, 1, 2, 3], [0x89, 0x00], [0x88, 0x00],
        ] as [[UInt8]])
    func `a frame without a mask ends the link with 1002`(frame: [UInt8]) async throws {
        let request =
            "GET /sync/v1 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + webSocketKey + "\r\n"
        let answer = try await Self.answer(to: Array(request.utf8) + frame)
        // A close frame, two bytes, 1002 (RFC 6455, 7.4.1).
        #expect(Array(answer.suffix(4)) == [0x88, 0x02, 0x03, 0xEA])
    }

    /// All that comes back until the listener closes.
    private static func answer(to bytes: [UInt8]) async throws -> [UInt8] {
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await listener.run { link in _ = await link.receive() } }
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: listener.address.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                            wrappingChannelSynchronously: channel)
                    }
                }
            let answer = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: bytes))
                var answer: [UInt8] = []
                for try await part in inbound { answer += part.readableBytesView }
                return answer
            }
            group.cancelAll()
            return answer
        }
    }
}

private let webSocketKey =
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
