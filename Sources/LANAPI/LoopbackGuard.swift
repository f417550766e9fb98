internal import HTTPTypes
internal import Hummingbird

/// Answers this machine's own names only. Without log-ins the loopback address is the only door,
/// and a foreign page whose name was pointed at it (DNS rebinding) would be through.
struct LoopbackGuard: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        if let host = request.head.authority, !Self.isLoopback(host) {
            throw Problem(
                .misdirectedRequest, "host", "This is not that host",
                "use http://127.0.0.1 or http://localhost; other names need TLS and log-ins first")
        }
        if let origin = request.headers[.origin], !Self.isOwnOrigin(origin) {
            throw Problem(
                .forbidden, "origin", "Pages from elsewhere may not ask",
                "this API answers programs and pages of this machine only")
        }
        return try await next(request, context)
    }

    /// A host as requests name it, with or without a port.
    static func isLoopback(_ host: String) -> Bool {
        for name in ["127.0.0.1", "localhost", "[::1]"] {
            guard host.lowercased().hasPrefix(name) else { continue }
            let rest = host.dropFirst(name.count)
            if rest.isEmpty { return true }
            return rest.first == ":" && rest.dropFirst().allSatisfy(\.isNumber)
        }
        return false
    }

    static func isOwnOrigin(_ origin: String) -> Bool {
        origin.hasPrefix("http://") && isLoopback(String(origin.dropFirst("http://".count)))
    }
}
