internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// `POST /{collection}`, `PATCH` (RFC 7396) and `DELETE /{collection}/{id}`.
struct WritingController: Sendable {
    let desk: Desk
    let door: StaffDoor
    let paths: CollectionPaths

    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        try await write(.create, request, context)
    }

    func change(_ request: Request, _ context: APIContext) async throws -> Response {
        try await write(.change, request, context)
    }

    func delete(_ request: Request, _ context: APIContext) async throws -> Response {
        try await write(.delete, request, context)
    }

    private func write(
        _ deed: RecordWish.Deed, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let collection = try paths.collection(try context.parameters.require("collection"))
        let session = try context.signedIn(for: try right(to: collection))
        let row = deed == .create ? nil : try RecordsController.id(context)
        if collection.name == "staff", let row { try await door.check(session, mayChange: row) }
        let bytes = deed == .delete ? [] : try await request.bytes(upTo: context.maxUploadSize)
        let wish = RecordWish(
            deed, collection, row,
            contents: deed == .delete
                ? [:] : try RecordDraft(RequestObject(anyOf: bytes), collection).contents,
            expectedTag: try request.expectedTag(),
            staff: session.staff)
        let key = try request.idempotencyKey()
        let fingerprint = Array("\(request.method) \(request.uri.path)\n".utf8) + bytes
        let made = try await desk.write(wish, key: key, request: fingerprint) { row in
            var json = JSONWriter(capacity: 64)
            json.object { $0.member("id", RowName.text(row)) }
            return json.bytes
        }
        var response =
            deed == .delete
            ? Response(status: .noContent)
            : Response.json(made.answer, deed == .create ? .created : .ok)
        if made.isReplayed { response.headers[.replayed] = "true" }
        return response
    }

    /// Who may write here at all.
    private func right(to collection: RowCollection) throws(Problem) -> StaffRight {
        let writers = desk.packs.writers[collection.name] ?? []
        // Else a manager would make admins of themselves.
        if collection.name == "staff_role" { return .grantRoles }
        if writers.contains(.desk) { return .editRecords }
        if writers.contains(.admin) { return .manageStaff }
        throw Problem(
            .forbidden, "by-command", "Records of this kind are not written by hand",
            "\(collection.name) is written by the commands that make it, stays:checkin for example")
    }
}
