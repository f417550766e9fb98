internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird

/// `POST /stays:checkin`: `{"code": "WRN1:…"}` as scanned, or `{"booking": "…"}` by id.
struct CheckInController: Sendable {
    let desk: Desk
    let door: StaffDoor

    func checkIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try request.requiredIdempotencyKey()
        let session = try context.signedIn(for: .checkIn)
        let bytes = try await request.bytes(upTo: context.maxUploadSize)
        let object = try RequestObject(
            bytes, known: ["code", "booking", "animals", "handed_by", "approval"])
        var wish = CheckInWish(
            guest: try Self.guest(object), handedBy: try object.text("handed_by"))
        try judge(wish.handedBy, as: "handed_by", of: "stay_event", at: "handed_by")
        wish.staff = session.staff
        wish.animals = try object.texts("animals")?.map(Self.animal)
        // A key given before is answered before anybody's PIN is asked for again.
        let fingerprint =
            Array("POST /stays:checkin\n".utf8) + object.fingerprint(without: "pin")
        if let known = try desk.answer(to: key, request: fingerprint) { return Self.replay(known) }
        wish.approval = try await approval(
            object.object("approval", known: Self.approvalNames), at: context.desk)
        let made = try await desk.checkIn(
            wish, key: key, request: fingerprint, encode: Self.encode)
        return made.isReplayed ? Self.replay(made.answer) : .json(made.answer, .created)
    }

    private static let approvalNames: Set<String> = ["staff", "pin", "reason", "until"]

    private static func replay(_ answer: [UInt8]) -> Response {
        var response = Response.json(answer, .created)
        response.headers[.replayed] = "true"
        return response
    }

    private static func animal(_ text: String) throws(Problem) -> RowID {
        guard let row = RowName.row(text) else {
            throw .badRequest("“animals” names ids of 32 hexadecimal digits")
        }
        return row
    }

    /// A manager's word: `{"staff": "…", "pin": "9064", "reason": "…", "until": "2026-06-21"}`.
    private func approval(
        _ object: RequestObject?, at desk: String
    ) async throws -> Approval? {
        guard let object else { return nil }
        guard let staff = try object.text("staff").flatMap({ RowName.row($0) }),
            let pin = try object.text("pin"), let reason = try object.text("reason"),
            !reason.isEmpty, let until = try object.text("until").flatMap({ LocalDate($0) })
        else {
            throw Problem.badRequest(
                """
                an approval has “staff” (an id), “pin”, “reason” and “until”, a day like 2026-11-21
                """)
        }
        try judge(reason, as: "reason", of: "vaccine_waiver", at: "approval")
        try judge(until.isoText, as: "to_date", of: "vaccine_waiver", at: "approval")
        return try await door.approve(
            staff: staff, pin: pin, reason: reason, until: until, at: desk)
    }

    /// Holds what a person typed to the rules of the record that it goes into.
    ///
    /// - Throws: `invalid` with the member's pointer.
    private func judge(
        _ text: String?, as field: String, of collection: String, at pointer: String
    ) throws(Problem) {
        guard let text, let rule = desk.packs.rules.rule(for: field, of: collection),
            let reason = rule.fault(of: .text(text))
        else { return }
        throw Problem(
            .unprocessableContent, "invalid", "That cannot be done",
            "Nobody was checked in. \(field): \(reason).",
            [RecordFault(pointer, pointer == field ? reason : "\(field): \(reason)")])
    }

    private static func guest(_ object: RequestObject) throws(Problem) -> CheckInWish.Guest {
        switch (try object.text("code"), try object.text("booking")) {
        case (let code?, nil): return try guest(scanned: code)
        case (nil, let text?):
            guard let row = RowName.row(text) else {
                throw .badRequest("“booking” is no id; ids have 32 hexadecimal digits")
            }
            return .booking(row)
        case (nil, nil), (.some, .some):
            throw .badRequest("say either “code”, as scanned, or “booking”, its id")
        }
    }

    private static func guest(scanned code: String) throws(Problem) -> CheckInWish.Guest {
        let payload = try ScanPayload(scanned: code)
        switch payload.kind {
        case .animal: return .animal(payload.row)
        case .booking: return .booking(payload.row)
        case .stay, .resource, .printJob, .device:
            throw .badRequest("this code names no guest; scan an animal's or a booking's")
        }
    }

    @Sendable private static func encode(_ made: CheckedIn) -> [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("booking", RowName.text(made.booking))
            json.key("stays")
            json.array { json in for row in made.stays { json.value(RowName.text(row)) } }
            json.key("print_jobs")
            json.array { json in for row in made.printJobs { json.value(RowName.text(row)) } }
            json.key("remarks")
            json.array { json in for remark in made.remarks { write(remark, &json) } }
        }
        return json.bytes
    }

    private static func write(_ remark: CheckInRemark, _ json: inout JSONWriter) {
        switch remark {
        case .beforeArrival: json.value("before_arrival")
        case .afterDeparture: json.value("after_departure")
        case .notConfirmed: json.value("not_confirmed")
        case .runFull: json.value("run_full")
        case .noRun: json.value("no_run")
        case .noOwner: json.value("no_owner")
        case .vaccinationGap: json.value("vaccination_gap")
        }
    }
}
