import EdgeNode
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import LANAPI

/// Requests as bytes on a socket: what a test client would never send.
@Suite(.timeLimit(.minutes(5))) struct HostTests {
    @Test(arguments: [
        ("", "400", "the Host header is missing"),
        ("Host: 127.0.0.1\r\nHost: 127.0.0.1\r\n", "400", "the Host header is there twice"),
        ("Host: 127.0.0.1\r\nhost: evil.example\r\n", "400", "the Host header is there twice"),
        ("Host:\r\n", "400", "the Host header is missing"),
        ("Host: evil.example\r\n", "421", "127.0.0.1"),
        ("Host: 127.0.0.1\r\nTransfer-Encoding: xchunked\r\n", "400", "Transfer-Encoding"),
        ("Host: 127.0.0.1\r\nTransfer-Encoding: gzip, chunked\r\n", "400", "Transfer-Encoding"),
        ("Host: 127.0.0.1\r\n", "200", "\"status\":\"ok\""),
    ])
    func `a request says once whom it is for, and how it ends`(
        headers: String, status: String, words: String
    ) async throws {
        try await TemporaryNode.with { box in
            let (ports, port) = AsyncStream<Int>.makeStream()
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) { port.yield($0) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                for await port in ports {
                    let request =
                        "GET /api/v1/health HTTP/1.1\r\n\(headers)Connection: close\r\n\r\n"
                    let answer = try await Self.answer(to: request, at: port)
                    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
                    #expect(answer.contains(words), "\(answer)")
                    break
                }
                group.cancelAll()
            }
        }
    }

    private static func answer(to request: String, at port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var answer: [UInt8] = []
            for try await part in inbound { answer += part.readableBytesView }
            return String(decoding: answer, as: UTF8.self)
        }
    }
}
