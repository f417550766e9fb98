internal import EdgeNode
internal import HTTPTypes
internal import Hummingbird

/// `GET /openapi.json`: the description of this API, made from the packs and the routes.
struct DocumentController: Sendable {
    private let bytes: [UInt8]
    private let tag: String

    init(
        _ packs: InstalledPacks, describing routes: [RouteTable.Route], cookies: CookieNames
    ) {
        let own = RouteTable.Route(method: "GET", path: "openapi.json")
        bytes = APIDocument(packs, routes + [own], cookies).json
        tag = PageController.tag(of: bytes)
    }

    @Sendable func show(_ request: Request, _ context: APIContext) async throws -> Response {
        if request.headers[.ifNoneMatch] == tag {
            return Response(status: .notModified, headers: [.eTag: tag])
        }
        var response = Response.json(bytes)
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = "no-cache"
        return response
    }
}
