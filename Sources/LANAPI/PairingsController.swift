internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// Admitting another box: `POST /pairings` opens one, `GET /pairings/current` shows the code,
/// `:approve` and `:decline` say what a person saw on the other box.
struct PairingsController: Sendable {
    let host: PairingHost

    /// `{"role": "desk"}`; without a body likewise.
    func open(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .admitBoxes)
        let bytes = try await request.bytes(upTo: 4_096)
        let word =
            bytes.isEmpty ? nil : try RequestObject(bytes, known: ["role"]).text("role")
        guard let role = BoxRole(rawValue: word ?? BoxRole.desk.rawValue) else {
            throw Problem.badRequest(
                "“role” is one of "
                    + BoxRole.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return .json(Self.json(try await host.open(as: role)), .created)
    }

    func current(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .admitBoxes)
        return .json(Self.json(await host.current))
    }

    /// `{"code": "042 917"}`: what the *other* box shows.
    func approve(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .admitBoxes)
        let object = try RequestObject(try await request.bytes(upTo: 4_096), known: ["code"])
        guard let code = try object.text("code") else {
            throw Problem.badRequest("“code” is what the other box shows, as in 042 917")
        }
        return .json(Self.json(try await host.approve(code)), .accepted)
    }

    func decline(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .admitBoxes)
        return .json(Self.json(await host.decline()))
    }

    private static func json(_ standing: PairingStanding) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            json.member("state", standing.phase.rawValue)
            if let role = standing.role { json.member("role", role.rawValue) }
            if let code = standing.code { json.member("code", code) }
            if let guest = standing.guest { json.member("guest", guest) }
            if let site = standing.site { json.member("site", site) }
            if let trouble = standing.trouble { json.member("trouble", trouble) }
            if let endsAt = standing.endsAt { json.member("ends_at_ms", Int(endsAt)) }
        }
        return json.bytes
    }
}
