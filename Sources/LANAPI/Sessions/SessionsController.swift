internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// Signing in by PIN: `POST`, `GET` and `DELETE /sessions`, and the names to choose from.
struct SessionsController: Sendable {
    let door: StaffDoor
    let cookies: CookieNames

    /// `{"staff": "…", "pin": "4821"}`.
    func signIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let bytes = try await request.bytes(upTo: 4_096)
        let object = try RequestObject(bytes, known: ["staff", "pin"])
        guard let name = try object.text("staff"), let staff = RowName.row(name) else {
            throw Problem.badRequest(
                "“staff” is the id of who signs in; GET /api/v1/sessions/staff lists them")
        }
        guard let pin = try object.text("pin"), !pin.isEmpty else {
            throw Problem.badRequest("“pin” is missing")
        }
        let session = try await door.signIn(staff: staff, pin: pin, at: context.desk)
        var response = Response.json(Self.json(session, isNew: true), .created)
        // Cookies know no ports: without `Secure` a plain page under the box's name would get it.
        response.headers[.setCookie] =
            "\(cookies.session)=\(session.token); Path=/; HttpOnly; SameSite=Strict"
            + (context.isLocal ? "" : "; Secure")
        return response
    }

    func current(_ request: Request, _ context: APIContext) async throws -> Response {
        .json(Self.json(try context.signedIn(for: .editRecords), isNew: false))
    }

    func signOut(_ request: Request, _ context: APIContext) async throws -> Response {
        if let session = context.session { door.signOut(session.token) }
        var response = Response(status: .noContent)
        response.headers[.setCookie] =
            "\(cookies.session)=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
        return response
    }

    /// Names only: whoever stands at the desk sees them on the door anyway. Who may approve is for
    /// colleagues.
    func members(_ request: Request, _ context: APIContext) async throws -> Response {
        let members = try await door.members()
        var json = JSONWriter(capacity: 64 + members.count * 80)
        json.object { json in
            json.key("items")
            json.array { json in
                for member in members {
                    json.object { json in
                        json.member("id", RowName.text(member.id))
                        json.member("display", member.display)
                        if context.session != nil {
                            json.key("may_approve")
                            json.value(member.mayApprove)
                        }
                    }
                }
            }
        }
        return .json(json.bytes)
    }

    private static func json(_ session: StaffSession, isNew: Bool) -> [UInt8] {
        var json = JSONWriter(capacity: 256)
        json.object { json in
            if isNew { json.member("token", session.token) }
            json.member("staff", RowName.text(session.staff))
            json.member("display", session.display)
            json.key("roles")
            json.array { json in
                for role in session.roles.map(\.rawValue).sorted() { json.value(role) }
            }
            json.member("idle_seconds", Int(StaffDoor.idleMax.components.seconds))
        }
        return json.bytes
    }
}
