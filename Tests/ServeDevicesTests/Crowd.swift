import Foundation

/// Many desks that send one request at the same moment, each on a connection of its own; whoever is
/// refused or cut comes again.
struct Crowd {
    struct Answer: Hashable {
        let status: Int
        let isReplayed: Bool
        let body: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let port: Int
    let request: [UInt8]
    /// So many stand at the door, their request sent but for its last byte, before all send it.
    let together: Int

    private static let triesMax = 50
    private static let patienceMilliseconds: Int32 = 60_000

    /// One desk on its way.
    private struct Caller {
        var handle: Int32 = -1
        var sent = 0
        var received: [UInt8] = []
        var tries = 0
        var answer: Answer?
    }

    func send(_ count: Int) throws -> [Answer] {
        var callers = [Caller](repeating: Caller(), count: count)
        defer { for caller in callers where caller.handle >= 0 { close(caller.handle) } }
        var isReleased = false
        while callers.contains(where: { $0.answer == nil }) {
            for place in callers.indices
            where callers[place].answer == nil && callers[place].handle < 0 {
                try open(&callers[place])
            }
            if !isReleased {
                isReleased =
                    callers.count { $0.sent == request.count - 1 }
                    >= min(together, count)
            }
            let last = isReleased ? request.count : request.count - 1
            var waits = callers.map { caller in
                let events = caller.sent < last ? POLLOUT : isReleased ? POLLIN : 0
                return pollfd(
                    fd: caller.answer == nil ? caller.handle : -1, events: Int16(events),
                    revents: 0)
            }
            guard poll(&waits, nfds_t(waits.count), Self.patienceMilliseconds) > 0 else {
                let open = callers.count { $0.answer == nil }
                throw Failure(description: "nothing comes for \(open) of \(count) desks")
            }
            for (place, wait) in waits.enumerated() where wait.revents != 0 {
                go(on: &callers[place], upTo: last)
            }
        }
        return callers.compactMap(\.answer)
    }

    private func open(_ caller: inout Caller) throws {
        caller.tries += 1
        guard caller.tries <= Self.triesMax else {
            throw Failure(description: "a desk was turned away \(Self.triesMax) times")
        }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
        caller.handle = socket(AF_INET, kind, 0)
        guard caller.handle >= 0 else { throw Failure(description: "no more sockets") }
        (caller.sent, caller.received) = (0, [])
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(caller.handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0, errno != EINPROGRESS { leave(&caller) }
    }

    /// Sends or reads what is possible now.
    private func go(on caller: inout Caller, upTo last: Int) {
        if caller.sent < last {
            let part = request[caller.sent..<last]
            let count = part.withUnsafeBytes {
                Foundation.send(caller.handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { caller.sent += count } else if errno != EAGAIN { leave(&caller) }
            return
        }
        var piece = [UInt8](repeating: 0, count: 4_096)
        let count = recv(caller.handle, &piece, piece.count, 0)
        if count > 0 {
            caller.received += piece[..<count]
        } else if count == 0 || errno != EAGAIN {
            caller.answer = Self.answer(caller.received)
            leave(&caller)
        }
    }

    private func leave(_ caller: inout Caller) {
        close(caller.handle)
        caller.handle = -1
    }

    /// What a whole answer says; the request asks for the connection to be closed behind it.
    private static func answer(_ bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n"), text.hasPrefix("HTTP/1.1 "),
            let status = Int(text.dropFirst(9).prefix(3))
        else { return nil }
        let head = text[..<end.lowerBound].lowercased()
        let body = String(text[end.upperBound...])
        let length = head.split(separator: "\r\n")
            .first { $0.hasPrefix("content-length:") }
            .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) }
        guard length == body.utf8.count else { return nil }
        return Answer(
            status: status, isReplayed: head.contains("idempotency-replayed: true"), body: body)
    }
}
