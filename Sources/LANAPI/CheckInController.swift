internal import EdgeNode
internal import Hummingbird

/// `POST /stays:checkin`.
struct CheckInController: Sendable {
    let node: Node

    func checkIn(_ request: Request, _ context: APIContext) async throws -> Response {
        throw Problem.notFound("not built yet")
    }
}
