internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// Finds out who asks: by the `Authorization: Bearer` header of a program, or by the cookie of a
/// page that signed in here. It refuses nobody; each route says what it needs (`signedIn`).
struct SignedIn: RouterMiddleware {
    private static let tokenBytesMax = 128
    /// Letters in either case (RFC 9110, 11.1), a space; setting the bit of small letters leaves a
    /// space as it is, and only NUL becomes one by it, which no header has.
    private static let bearer = Array("bearer ".utf8)

    let door: StaffDoor
    let operatorKey: OperatorKey?
    let cookies: CookieNames

    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = token(request) {
            context.isOperator = operatorKey?.matches(token) ?? false
            if !context.isOperator { context.session = try door.session(token) }
        }
        return try await next(request, context)
    }

    private func token(_ request: Request) -> String? {
        if let header = request.headers[.authorization] {
            // Bytes, not characters: every request is asked.
            let rest = header.utf8.dropFirst(Self.bearer.count).drop { $0 == UInt8(ascii: " ") }
            guard header.utf8.starts(with: Self.bearer, by: { $0 | 0x20 == $1 }),
                !rest.isEmpty, rest.count <= Self.tokenBytesMax
            else { return nil }
            return String(rest)
        }
        return cookies.sessionToken(request)
    }
}

extension APIContext {
    /// Lets the owner of the node's folder pass, and staff with the right. Every route asks this or
    /// `signedIn`, but those by which people and desks come in, health, the page and the document.
    func operated(for right: StaffRight) throws(Problem) {
        if !isOperator { _ = try signedIn(for: right) }
    }

    /// Who asks, if they may.
    ///
    /// - Throws: `not-signed-in` or `not-allowed`, each with what to do.
    func signedIn(for right: StaffRight) throws(Problem) -> StaffSession {
        guard let session else {
            throw Problem(
                .unauthorized, "not-signed-in", "Nobody is signed in",
                "sign in with POST /api/v1/sessions and send its token as “Authorization: Bearer …”"
            )
        }
        guard session.may(right) else {
            throw Problem(
                .forbidden, "not-allowed", "This person may not do that",
                "\(session.display) has no right to it; ask a manager")
        }
        return session
    }
}
