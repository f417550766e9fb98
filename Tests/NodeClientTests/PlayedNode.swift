import Foundation
import Glibc

@testable import NodeClient

/// Takes one connection of this machine, hears one request without a body, and says prepared bytes.
final class PlayedNode: Sendable {
    let place: NodeClient.Place
    private let requests: AsyncStream<String>

    struct NoSocket: Error {}

    /// - Parameters:
    ///   - said: nil for nothing at all; then it stays until the other side goes.
    ///   - isStaying: whether it stays though it has spoken.
    init(_ said: String?, isStaying: Bool = false) throws {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listening >= 0 else { throw NoSocket() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listening, $0, length) == 0 && listen(listening, 1) == 0
                    && getsockname(listening, $0, &length) == 0
            }
        }
        guard bound else { throw NoSocket() }
        place = .loopback(port: Int(UInt16(bigEndian: address.sin_port)))
        let (requests, sink) = AsyncStream<String>.makeStream()
        self.requests = requests
        Thread.detachNewThread {
            let connection = accept(listening, nil, nil)
            var heard: [UInt8] = []
            while !heard.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                var byte: UInt8 = 0
                guard read(connection, &byte, 1) == 1 else { break }
                heard.append(byte)
            }
            if let said {
                // Whoever has gone already is what some tests are about.
                _ = send(connection, said, said.utf8.count, Int32(MSG_NOSIGNAL))
            }
            sink.yield(String(decoding: heard, as: UTF8.self))
            sink.finish()
            var byte: UInt8 = 0
            if said == nil || isStaying { while read(connection, &byte, 1) == 1 {} }
            close(connection)
            close(listening)
        }
    }

    /// What was asked, once it was heard and answered.
    var request: String? {
        get async {
            var iterator = requests.makeAsyncIterator()
            return await iterator.next()
        }
    }
}
