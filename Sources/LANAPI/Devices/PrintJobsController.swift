internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird
internal import Peripherals

/// `GET /print-jobs?state=…`, `POST /print-jobs/{id}:retry|cancel|confirm`, and the label itself as
/// `GET /print-jobs/{id}/picture`.
struct PrintJobsController: Sendable {
    let node: Node
    let desk: Desk
    let hardware: Hardware?
    let records: RecordsController

    static let limitMax = 1_000

    /// With `state`, this box's jobs that are not over, the latest change first, in pages, and how
    /// many there are in all; without it, the collection as any other.
    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        guard request.uri.queryParameters["state"] != nil else {
            return try await records.list(
                request, context, collection: "print-jobs")
        }
        let query = try QueryTexts(request, known: ["state", "limit", "cursor"])
        let states = try Self.states(query["state"] ?? "")
        let list = ListMark("print-jobs", ["state": query["state"] ?? ""])
        let place = try query["cursor"].map { text throws(Problem) in
            try Self.place(text, in: list)
        }
        let collection = try records.paths.collection("print-jobs")
        let page = try node.printJobs(
            in: states, rowsOf: collection, after: place,
            limit: try query.limit(upTo: Self.limitMax))
        var json = JSONWriter(capacity: 256 + page.entries.count * 512)
        json.object { json in
            json.key("items")
            json.array { json in
                for entry in page.entries {
                    json.object { json in
                        json.members(of: entry.row, collection)
                        json.standing(entry.standing)
                    }
                }
            }
            json.member("total", page.total)
            json.member("next", orNull: page.next.map { Self.cursor($0, in: list) })
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    /// Decimal milliseconds, the job's id and the list's mark, with dots between.
    private static func cursor(_ place: PrintStanding.Place, in list: ListMark) -> String {
        list.cursor("\(place.since)", RowName.text(place.job))
    }

    private static func place(
        _ text: String, in list: ListMark
    ) throws(Problem) -> PrintStanding.Place {
        let (first, second) = try list.place(in: text)
        guard let since = Int64(first), let job = RowName.row(second) else {
            throw ListMark.foreign
        }
        return PrintStanding.Place(since: since, job: job)
    }

    /// Jobs come with what they are for.
    func create(_ request: Request, _ context: APIContext) async throws -> Response {
        throw Problem(
            .forbidden, "by-command", "Records of this kind are not written by hand",
            "print jobs are written by the commands that make them, stays:checkin for example")
    }

    /// One job, with `state` and what belongs to it where it is this box's, and `findings`: what
    /// its label does not show as it was asked for.
    func one(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        let id = try Self.row(try context.parameters.require("id"))
        let collection = try records.paths.collection("print-jobs")
        guard let row = try node.row(id, of: collection) else {
            throw Problem.notFound(try node.absence(of: id, in: collection))
        }
        let standing = try node.printJob(id)
        let findings = try await hardware?.printing.findings(of: id) ?? []
        var json = JSONWriter()
        json.object { json in
            json.members(of: row, collection)
            if let standing { json.standing(standing) }
            json.key("findings")
            json.array { json in for finding in findings { json.value(finding) } }
        }
        var response = Response.json(json.bytes)
        response.headers[.eTag] = "\"\(Desk.tag(of: row))\""
        return response
    }

    func picture(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        let id = try Self.row(try context.parameters.require("id"))
        guard let drawn = try await hardware?.printing.picture(of: id) else {
            throw Problem.notFound("there is no such print job; it may not have synced yet")
        }
        // Whoever looks must not take a drawing for paper, nor paper for none.
        let isVirtual = node.devices[drawn.printer]?.isVirtual ?? false
        let words = isVirtual ? "virtual: no paper" : "a drawing of the label"
        return .png(drawn.picture.captioned(words).png(comment: "virtual"))
    }

    /// `{id}:{wish}`.
    func act(_ request: Request, _ context: APIContext) async throws -> Response {
        let (text, word) = try DevicesController.split(try context.parameters.require("id"))
        guard let wish = PrintCommand.Wish(rawValue: word) else {
            throw Problem.notFound("print jobs take :retry, :cancel and :confirm")
        }
        let id = try Self.row(text)
        let session = try context.signedIn(for: .print)
        let key = try request.requiredIdempotencyKey()
        guard let hardware else { throw Problem.notFound("this box prints nothing") }
        let fingerprint = Array("POST /print-jobs/\(RowName.text(id)):\(word)\n".utf8)
        if let known = try desk.answer(to: key, request: fingerprint) { return .replay(known) }
        let command = PrintCommand(
            wish, id, by: session.staff, key: key, request: fingerprint, encode: Self.encode)
        do {
            return .json(Self.encode(try await hardware.printing.perform(command)))
        } catch {
            // The same wish may have come twice at once: the first one was done.
            guard let known = try desk.answer(to: key, request: fingerprint) else { throw error }
            return .replay(known)
        }
    }

    @Sendable private static func encode(_ answer: PrintAnswer) -> [UInt8] {
        var json = JSONWriter(capacity: 96)
        json.object { json in
            json.member("id", RowName.text(answer.job))
            json.member("state", answer.state.rawValue)
        }
        return json.bytes
    }

    private static func states(_ text: String) throws(Problem) -> Set<PrintJob.StateWord> {
        let open = PrintService.openStates
        if text == "open" { return open }
        guard let state = PrintJob.StateWord(rawValue: text), open.contains(state) else {
            let known = open.map(\.rawValue).sorted().joined(separator: ", ")
            throw .badRequest(
                "state is open or one of \(known); what is over is in print-job-events")
        }
        return [state]
    }

    private static func row(_ text: String) throws(Problem) -> RowID {
        guard let row = RowName.row(text) else {
            throw .badRequest("“\(text.prefix(64))” is no id; ids have 32 hexadecimal digits")
        }
        return row
    }
}

extension JSONWriter {
    fileprivate mutating func standing(_ standing: PrintStanding) {
        member("state", standing.state.rawValue)
        member("detail", orNull: standing.detail)
        member("attempt", standing.attempt)
        member("copy", standing.copy)
        member("printer", orNull: standing.printer)
        key("since")
        value(standing.since)
    }
}
