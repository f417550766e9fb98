internal import EdgeNode
internal import NodeClient

/// Somebody of the demo's staff, signed in at one box.
struct DemoSession {
    let name: String
    let token: String

    var headers: [String: String] { ["Authorization": "Bearer \(token)"] }

    /// Signs in over the API, as a desk's page does.
    init(_ person: SampleStaff, at box: DemoBox) async throws {
        let body = "{\"staff\":\"\(RowName.text(person.id))\",\"pin\":\"\(person.pin)\"}"
        let answer = try await box.post("sessions", body)
        guard answer.status == 201, let token = answer.object["token"] as? String else {
            throw VerbError(
                "\(person.name) cannot sign in: \(String(decoding: answer.body, as: UTF8.self))")
        }
        name = person.name
        self.token = token
    }
}
