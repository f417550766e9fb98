internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// Workstations of the local network: `POST /desks:ask` by the new one, `POST /desks:approve` at
/// one that is in, `GET /desks/current`, `GET /desks`, `DELETE /desks/{id}`.
struct DesksController: Sendable {
    let desks: DeskBook
    let cookies: CookieNames

    /// Browsers keep a cookie at most 400 days; each look at `current` begins them anew.
    private static let cookieSeconds = 400 * 86_400

    /// `{"name": "Front desk 2"}`; the answer's cookie is what will let it in.
    func ask(_ request: Request, _ context: APIContext) async throws -> Response {
        let object = try RequestObject(try await request.bytes(upTo: 4_096), known: ["name"])
        guard let name = try object.text("name") else {
            throw Problem.badRequest("“name” is what people call this desk")
        }
        let (token, desk) = try await desks.ask(name: name, from: context.address)
        var response = Response.json(Self.json(.waiting(desk)), .created)
        response.headers[.setCookie] = cookie(token)
        return response
    }

    func current(_ request: Request, _ context: APIContext) async throws -> Response {
        guard !context.isLocal else { return .json(Self.local) }
        guard let token = cookies.deskToken(request) else { return .json(Self.json(.unknown)) }
        let standing = await desks.standing(token)
        var response = Response.json(Self.json(standing))
        if case .enrolled = standing { response.headers[.setCookie] = cookie(token) }
        return response
    }

    /// `{"code": "042 917"}`: what the new desk's screen shows.
    func approve(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .enrolDesks)
        let object = try RequestObject(try await request.bytes(upTo: 4_096), known: ["code"])
        guard let code = try object.text("code") else {
            throw Problem.badRequest("“code” is what the new desk shows, as in 042 917")
        }
        return .json(Self.json(.enrolled(try await desks.approve(code: code))), .created)
    }

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .enrolDesks)
        let (all, asking) = (await desks.all, await desks.asking)
        var json = JSONWriter(capacity: 128 + all.count * 128)
        json.object { json in
            json.key("items")
            json.array { json in
                for desk in all { json.object { json in Self.write(desk, &json) } }
            }
            json.key("waiting")
            json.array { json in
                // Without the codes: those are read from the screens themselves.
                for desk in asking { json.object { json in json.member("name", desk.name) } }
            }
        }
        return .json(json.bytes)
    }

    func remove(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .enrolDesks)
        try await desks.remove(try context.parameters.require("id"))
        return Response(status: .noContent)
    }

    private func cookie(_ token: String) -> String {
        "\(cookies.desk)=\(token); Path=/; Max-Age=\(Self.cookieSeconds); Secure; HttpOnly; "
            + "SameSite=Strict"
    }

    /// The box's own screen needs nobody's word.
    private static var local: [UInt8] {
        var json = JSONWriter(capacity: 32)
        json.object { json in json.member("state", "local") }
        return json.bytes
    }

    private static func json(_ standing: DeskBook.Standing) -> [UInt8] {
        var json = JSONWriter(capacity: 128)
        json.object { json in
            switch standing {
            case .unknown: json.member("state", "unknown")
            case .waiting(let desk):
                json.member("state", "waiting")
                json.member("name", desk.name)
                json.member("code", desk.code)
                json.member("ends_at_ms", Int(desk.endsAt))
            case .enrolled(let desk):
                json.member("state", "enrolled")
                write(desk, &json)
            }
        }
        return json.bytes
    }

    private static func write(_ desk: EnrolledDesk, _ json: inout JSONWriter) {
        json.member("id", desk.id)
        json.member("name", desk.name)
        json.member("enrolled_at_ms", Int(desk.enrolledAt))
    }
}
