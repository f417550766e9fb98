internal import EdgeNode
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// One request: the id that answers and logs carry.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var requestID = ""
    /// Who is signed in.
    var session: StaffSession?
    /// The desk that asks, by its id.
    var desk = StaffDoor.ownDesk
    /// Where it came from, without the port; empty where that is not known.
    let address: String
    /// Whether it came by loopback, from this very machine.
    var isLocal = true
    /// Whether a verb of whoever owns the node's folder asks.
    var isOperator = false

    init(source: Source) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? ""
    }

    var maxUploadSize: Int { 1 << 20 }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name("x-request-id")!
    static let idempotencyKey = HTTPField.Name("idempotency-key")!
    static let contentTypeOptions = HTTPField.Name("x-content-type-options")!
    static let replayed = HTTPField.Name("idempotency-replayed")!
}

/// Gives every request its id, turns every error into a problem, and logs what the node got wrong.
struct RequestIDs: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext,
        next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.requestID =
            request.headers[.requestID].flatMap(Self.sane)
            ?? RowName.text(UInt64.random(in: .min ... .max))
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let problem = Problem(error)
            if problem.status.code >= 500 {
                context.logger.error(
                    "request failed",
                    metadata: [
                        "request": "\(context.requestID)", "status": "\(problem.status.code)",
                        "error": "\(FaultWords.of(error))",
                    ])
            }
            response = problem.response(requestID: context.requestID)
        }
        response.headers[.requestID] = context.requestID
        // The page's own files say how long they hold; answers hold for a moment.
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        response.headers[.contentTypeOptions] = "nosniff"
        return response
    }

    /// What may be echoed and logged.
    private static func sane(_ id: String) -> String? {
        let isSane =
            (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
        return isSane ? id : nil
    }
}
