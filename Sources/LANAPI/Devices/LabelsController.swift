internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// `POST /stays:print-labels`: `{"stay": "…", "role": "card"}`; without `role` all that a check-in
/// prints.
struct LabelsController: Sendable {
    let desk: Desk

    func make(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try request.requiredIdempotencyKey()
        let session = try context.signedIn(for: .print)
        let object = try RequestObject(
            try await request.bytes(upTo: context.maxUploadSize), known: ["stay", "role"])
        guard let stay = try object.text("stay").flatMap({ RowName.row($0) }) else {
            throw Problem.badRequest("“stay” is the id of a stay; GET /api/v1/in-house lists them")
        }
        let wish = LabelsWish(stay: stay, role: try object.text("role"), staff: session.staff)
        let fingerprint =
            Array("POST /stays:print-labels\n".utf8) + object.fingerprint(without: "pin")
        let made = try await desk.printLabels(wish, key: key, request: fingerprint) { jobs in
            Self.encode(stay, jobs)
        }
        var response = Response.json(made.answer, .created)
        if made.isReplayed { response.headers[.replayed] = "true" }
        return response
    }

    @Sendable private static func encode(_ stay: RowID, _ jobs: [RowID]) -> [UInt8] {
        var json = JSONWriter(capacity: 160)
        json.object { json in
            json.member("stay", RowName.text(stay))
            json.key("print_jobs")
            json.array { json in for row in jobs { json.value(RowName.text(row)) } }
        }
        return json.bytes
    }
}
