internal import EdgeNode
internal import FrontDesk
internal import Hummingbird

/// Who works here: `POST /staff:enrol` adds a person, `POST /staff:set-pin` gives another PIN.
struct StaffController: Sendable {
    let door: StaffDoor

    /// `{"name": "Rosa Diaz", "role": "desk", "pin": "4821", "at": "all-sites"}`; without `at`, at
    /// this site.
    func enrol(_ request: Request, _ context: APIContext) async throws -> Response {
        let giver = try context.staffKeeper()
        let object = try RequestObject(
            try await request.bytes(upTo: 4_096), known: ["name", "role", "pin", "at"])
        guard let name = try object.text("name"), let pin = try object.text("pin"),
            let role = try object.text("role").flatMap(StaffRole.init)
        else {
            throw Problem.badRequest(
                "“name”, “pin” and “role” are needed; a role is one of "
                    + StaffRole.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let place = try object.text("at") ?? "this-site"
        guard ["this-site", "all-sites"].contains(place) else {
            throw Problem.badRequest("“at” is this-site or all-sites")
        }
        let member = try await door.enrol(
            name: name, role: role, pin: pin, isEverywhere: place == "all-sites", by: giver)
        var json = JSONWriter(capacity: 128)
        json.object { json in
            json.member("id", RowName.text(member.id))
            json.member("display", member.display)
        }
        return .json(json.bytes, .created)
    }

    /// `{"staff": "…", "pin": "7350"}`.
    func setPIN(_ request: Request, _ context: APIContext) async throws -> Response {
        let giver = try context.staffKeeper()
        let object = try RequestObject(
            try await request.bytes(upTo: 4_096), known: ["staff", "pin"])
        guard let staff = try object.text("staff").flatMap({ RowName.row($0) }),
            let pin = try object.text("pin")
        else { throw Problem.badRequest("“staff”, an id, and “pin” are needed") }
        try await door.change(pin: pin, of: staff, by: giver)
        return Response(status: .noContent)
    }
}

extension APIContext {
    /// Who keeps the staff list: the folder's owner, or somebody with the right.
    fileprivate func staffKeeper() throws(Problem) -> StaffDoor.Keeper {
        isOperator ? .owner : .staff(try signedIn(for: .manageStaff))
    }
}
