internal import HTTPTypes
internal import Hummingbird

/// The routes under `/api/v1`: what the router answers and the document names is this one list.
struct RouteTable {
    struct Route: Hashable {
        let method: String
        /// As OpenAPI writes it: `bookings/{id}/check-in`.
        let path: String
    }

    typealias Handler = @Sendable (Request, APIContext) async throws -> Response

    static let prefix = "/api/v1/"
    private let router: Router<APIContext>
    private(set) var routes: [Route] = []

    init(_ router: Router<APIContext>) { self.router = router }

    mutating func get(_ path: String, use handler: @escaping Handler) {
        add(.get, path, handler)
    }

    mutating func post(_ path: String, use handler: @escaping Handler) {
        add(.post, path, handler)
    }

    mutating func patch(_ path: String, use handler: @escaping Handler) {
        add(.patch, path, handler)
    }

    mutating func delete(_ path: String, use handler: @escaping Handler) {
        add(.delete, path, handler)
    }

    private mutating func add(
        _ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler
    ) {
        router.on(RouterPath(Self.prefix + path), method: method, use: handler)
        routes.append(Route(method: method.rawValue, path: Self.template(path)))
    }

    /// `:id` as a router writes it is `{id}` in a document.
    static func template(_ path: some StringProtocol) -> String {
        path.split(separator: "/")
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }
            .joined(separator: "/")
    }

    /// Answers 405 to every method that a known path does not take. To be called last.
    func refuseOthers() {
        let methods = Dictionary(grouping: routes, by: \.path)
        for (path, routes) in methods {
            let taken = Set(routes.map(\.method))
            let allowed = Self.all.filter {
                taken.contains($0.rawValue) || ($0 == .head && taken.contains("GET"))
            }
            let names = allowed.map(\.rawValue).joined(separator: ", ")
            for method in Self.all where !allowed.contains(method) {
                router.on(Self.routerPath(path), method: method) { _, _ -> Response in
                    throw Problem.notAllowed(names)
                }
            }
        }
    }

    private static func routerPath(_ template: String) -> RouterPath {
        RouterPath(
            prefix
                + template.split(separator: "/")
                .map { part in
                    let isCapture = part.hasPrefix("{") && part.hasSuffix("}")
                    return isCapture ? ":\(part.dropFirst().dropLast())" : String(part)
                }
                .joined(separator: "/"))
    }

    private static let all: [HTTPRequest.Method] = [
        .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
        // A GET with a body, on its way to a standard.
        HTTPRequest.Method("QUERY")!,
    ]
}
