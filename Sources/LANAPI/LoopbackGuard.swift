internal import HTTPTypes
internal import Hummingbird

/// Answers this machine's own names only, and of pages only those that this very port served: else
/// a foreign page whose name was pointed at it (DNS rebinding), or that some other program of this
/// machine serves, could ask in the name of whoever is signed in.
struct LoopbackGuard: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let host = try request.host()
        if !Self.isLoopback(host) {
            throw Problem(
                .misdirectedRequest, "host", "This is not that host",
                "use http://127.0.0.1 or http://localhost; other names need TLS and log-ins first")
        }
        if let origin = request.headers[.origin], !Self.isOwn(origin, of: host) {
            throw Problem(
                .forbidden, "origin", "Pages from elsewhere may not ask",
                "this API answers programs and its own pages only")
        }
        return try await next(request, context)
    }

    /// Whether a host, as requests name it, is this machine; with or without a port.
    static func isLoopback(_ host: String) -> Bool {
        // Bytes, not characters: every request is asked.
        names.contains { name in
            guard host.utf8.starts(with: name, by: { lowered($0) == $1 }) else { return false }
            let rest = host.utf8.dropFirst(name.count)
            guard let first = rest.first else { return true }
            return first == UInt8(ascii: ":")
                && rest.dropFirst().allSatisfy {
                    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                }
        }
    }

    private static let names = ["127.0.0.1", "localhost", "[::1]"].map { Array($0.utf8) }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// Whether a page of this origin (RFC 6454) came from the host that it asks.
    static func isOwn(_ origin: String, of host: String?) -> Bool {
        guard let host else { return false }
        return origin == "http://" + host.lowercased()
    }
}

extension Request {
    /// Whom the request is for: said once, as RFC 9112 (3.2) asks. Two of them mean two hosts to
    /// two readers, and none would pass every look at the name. A body in another coding than
    /// `chunked` (6.1) ends elsewhere for every reader.
    func host() throws(Problem) -> String {
        guard let host = head.authority, !host.isEmpty else {
            throw .badRequest("the Host header is missing; say whom the request is for")
        }
        guard headers[values: .host].isEmpty else {
            throw .badRequest("the Host header is there twice; say it once")
        }
        if let coding = headers[.transferEncoding], coding.lowercased() != "chunked" {
            throw .badRequest("the Transfer-Encoding is not known; send a length, or chunked")
        }
        return host
    }
}

extension HTTPField.Name {
    fileprivate static let host = HTTPField.Name("host")!
}
