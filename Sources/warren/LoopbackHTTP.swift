internal import Foundation
internal import Glibc

/// A small HTTP client for verbs that speak to a node on this machine. Blocking; one request a
/// connection.
struct LoopbackHTTP {
    let port: Int
    /// How long an answer may take.
    var patienceSeconds = 120

    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: Data

        /// The body as an object; empty for anything else.
        var object: [String: Any] {
            (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:]
        }
    }

    func send(
        _ method: String, _ path: String, headers: [String: String] = [:], body: String = ""
    ) throws -> Answer {
        let connection = try connect()
        defer { close(connection) }
        var request = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        request += "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n"
        for (name, value) in headers { request += "\(name): \(value)\r\n" }
        try write(Array((request + "\r\n" + body).utf8), to: connection)
        return try parse(try readAll(connection))
    }

    private func connect() throws -> Int32 {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var patience = timeval(tv_sec: patienceSeconds, tv_usec: 0)
        setsockopt(
            handle, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard handle >= 0, status == 0 else {
            close(handle)
            throw VerbError("nobody answers at 127.0.0.1:\(port)")
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
            guard count > 0 else { throw VerbError("the node at port \(port) hung up") }
            sent += count
        }
    }

    private func readAll(_ connection: Int32) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes {
                recv(connection, $0.baseAddress, $0.count, 0)
            }
            guard count >= 0 else { throw VerbError("the node at port \(port) does not answer") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    private func parse(_ bytes: [UInt8]) throws -> Answer {
        guard let end = Data(bytes).range(of: Data("\r\n\r\n".utf8)) else {
            throw VerbError("the node at port \(port) did not answer in full")
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else {
            throw VerbError("port \(port) does not speak HTTP")
        }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return Answer(status: status, headers: headers, body: Data(bytes[end.upperBound...]))
    }
}

/// Why a verb could not do its work, in a sentence.
struct VerbError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
