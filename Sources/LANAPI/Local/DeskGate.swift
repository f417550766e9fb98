internal import EdgeNode
internal import HTTPTypes
internal import Hummingbird

/// On the local network only enrolled desks ask for anything but the page, health and to be
/// enrolled themselves.
struct DeskGate: RouterMiddleware {
    /// What a desk that is not in may ask; whatever else is asked for, it is refused.
    private static let open: Set<String> =
        Set(PageController.paths).union([
            "/root.pem", "/api/v1/health", "/api/v1/desks:ask", "/api/v1/desks/current",
        ])

    let desks: DeskBook
    let cookies: CookieNames

    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.isLocal = false
        // Byte for byte: a router that reads `//api` as `/api` finds no way past this.
        if !Self.open.contains(request.uri.path) {
            guard let token = cookies.deskToken(request),
                case .enrolled(let desk) = await desks.standing(token)
            else {
                throw Problem(
                    .unauthorized, "not-enrolled", "This desk was not let in yet",
                    "open the page of this box here, and let the desk in by the code it shows")
            }
            context.desk = desk.id
        }
        return try await next(request, context)
    }
}

/// Answers only to the names of this box, and to pages that it served itself: a foreign page whose
/// name was pointed at it (DNS rebinding) is none of them.
struct NameGuard: RouterMiddleware {
    let names: Set<String>

    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let host = try request.host()
        guard names.contains(Self.name(in: host)) else {
            throw Problem(
                .misdirectedRequest, "host", "This is not that host",
                "this box is called " + names.sorted().joined(separator: ", "))
        }
        if let origin = request.headers[.origin], origin != "https://" + host {
            throw Problem(
                .forbidden, "origin", "Pages from elsewhere may not ask",
                "this API answers programs and its own pages only")
        }
        return try await next(request, context)
    }

    /// A host without its port: `[fd00::7]:7443` is `fd00::7`.
    static func name(in host: String) -> String {
        if host.first == "[" {
            return host.dropFirst().prefix { $0 != "]" }.lowercased()
        }
        return host.prefix { $0 != ":" }.lowercased()
    }
}
