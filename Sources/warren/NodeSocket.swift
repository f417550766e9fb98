internal import EdgeNode
internal import Foundation
internal import Glibc

/// Gives an order to the running node over the socket in its folder and reads the answer line by
/// line. Blocking.
struct NodeSocket {
    private let path: String

    init(_ socket: URL) { path = socket.path }

    /// - Parameter listener: told what happens, as it happens.
    /// - Throws: `VerbError` where nobody listens, the order is refused, or the node ends halfway.
    func order(_ order: ImportOrder, listener: (ImportNotice) throws -> Void) throws {
        let connection = try connect()
        defer { Glibc.close(connection) }
        let body = try JSONEncoder().encode(order)
        let head = """
            POST /imports HTTP/1.1\r\nHost: warren\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n
            """
        try write(Array(head.utf8) + Array(body), to: connection)
        var answer = AnswerLines(connection)
        let status = try answer.status()
        var isDone = false
        while let line = try answer.next() {
            guard status == 200 else {
                let problem = try? JSONSerialization.jsonObject(with: line) as? [String: Any]
                throw VerbError(problem?["detail"] as? String ?? "the node answered \(status)")
            }
            let notice = try JSONDecoder().decode(ImportNotice.self, from: line)
            try listener(notice)
            if case .finished = notice { isDone = true }
        }
        guard isDone else {
            throw VerbError(
                "the node ended before the import did; start it and import again: it goes on there")
        }
    }

    private func connect() throws -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw VerbError(
                "\(path) is too long for a socket; stop the node and import then")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let handle = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(handle, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard handle >= 0, status == 0 else {
            let reason = String(cString: strerror(errno))
            Glibc.close(handle)
            throw VerbError(
                """
                the node runs and does not answer at \(path) (\(reason)). Run this as the account \
                that the node runs under, or stop the node and import then.
                """)
        }
        return handle
    }

    private func write(_ bytes: [UInt8], to connection: Int32) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                Glibc.send(
                    connection, all.baseAddress.map { $0 + sent }, all.count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw VerbError("the node hung up") }
            sent += count
        }
    }
}

/// The lines of an HTTP/1.1 answer's body as they come, in chunks (RFC 9112, 7.1) or to the end.
private struct AnswerLines {
    private let connection: Int32
    private var bytes: [UInt8] = []
    private var index = 0
    /// What came of the body and is no whole line yet.
    private var body: [UInt8] = []
    private var isChunked = false
    private var isAtEnd = false

    init(_ connection: Int32) { self.connection = connection }

    mutating func status() throws -> Int {
        var status: Int?
        while let line = try rawLine(), !line.isEmpty {
            let text = String(decoding: line, as: UTF8.self).lowercased()
            if status == nil {
                let words = text.split(separator: " ")
                status = words.count > 1 ? Int(words[1]) : nil
            }
            if text.hasPrefix("transfer-encoding:"), text.hasSuffix("chunked") { isChunked = true }
        }
        guard let status else { throw VerbError("the node's socket does not speak HTTP") }
        return status
    }

    mutating func next() throws -> Data? {
        while true {
            if let end = body.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(body[..<end])
                body.removeFirst(end + 1)
                return line
            }
            if isAtEnd {
                defer { body = [] }
                return body.isEmpty ? nil : Data(body)
            }
            try readMoreBody()
        }
    }

    private mutating func readMoreBody() throws {
        guard isChunked else {
            isAtEnd = try !fill()
            body += bytes[index...]
            index = bytes.count
            return
        }
        guard let head = try rawLine(),
            let size = Int(String(decoding: head, as: UTF8.self), radix: 16), size > 0
        else {
            isAtEnd = true
            return
        }
        var left = size
        while left > 0 {
            if index == bytes.count, try !fill() {
                isAtEnd = true
                return
            }
            let count = min(left, bytes.count - index)
            body += bytes[index..<(index + count)]
            index += count
            left -= count
        }
        _ = try rawLine()
    }

    /// A line of the frame around the body, without its end.
    private mutating func rawLine() throws -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if index == bytes.count, try !fill() { return nil }
            let byte = bytes[index]
            index += 1
            if byte == UInt8(ascii: "\n") { return line }
            if byte != UInt8(ascii: "\r") { line.append(byte) }
        }
    }

    private mutating func fill() throws -> Bool {
        bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = bytes.withUnsafeMutableBytes { recv(connection, $0.baseAddress, $0.count, 0) }
        guard count >= 0 else { throw VerbError("the node does not answer any more") }
        bytes.removeLast(bytes.count - count)
        index = 0
        return count > 0
    }
}
