import EdgeNode
import Foundation
import Glibc
import Logging
import Testing

@testable import LANAPI

/// How a server ends while others begin.
@Suite struct EndingTests {
    static let rounds = 20
    static let callers = 48

    @Test func `a server that is cancelled while desks call ends, and its process goes on`()
        async throws
    {
        try await TemporaryNode.with { box in
            for _ in 0..<Self.rounds {
                let (listening, sink) = AsyncStream<Int>.makeStream()
                let server = try APIServer(
                    box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    onListening: { port in
                        sink.yield(port)
                        sink.finish()
                    })
                var calls: [Int32] = []
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await server.run() }
                    for await port in listening {
                        // The kernel takes them; the server finds them while it ends.
                        calls = (0..<Self.callers).map { _ in Self.call(port) }
                    }
                    group.cancelAll()
                }
                for call in calls { close(call) }
            }
        }
    }

    private static func call(_ port: Int) -> Int32 {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return handle
    }
}
