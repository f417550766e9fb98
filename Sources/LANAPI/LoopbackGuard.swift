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
        for name in ["127.0.0.1", "localhost", "[::1]"] {
            guard host.lowercased().hasPrefix(name) else { continue }
            let rest = host.dropFirst(name.count)
            if rest.isEmpty { return true }
            return rest.first == ":" && rest.dropFirst().allSatisfy(\.isNumber)
        }
        return false
    }

    /// Whether a page of this origin (RFC 6454) came from the host that it asks.
    static func isOwn(_ origin: String, of host: String?) -> Bool {
        guard let host else { return false }
        return origin == "http://" + host.lowercased()
    }
}

extension Request {
    /// Whom the request is for: said once, as RFC 9112 (3.2) asks. Two of them mean two hosts to
    /// two readers, and none would pass every look at the name.
    func host() throws(Problem) -> String {
        guard let host = head.authority, !host.isEmpty else {
            throw .badRequest("the Host header is missing; say whom the request is for")
        }
        guard headers[values: .host].isEmpty else {
            throw .badRequest("the Host header is there twice; say it once")
        }
        return host
    }
}

extension HTTPField.Name {
    fileprivate static let host = HTTPField.Name("host")!
}
