internal import CRDT
internal import EdgeNode
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// `POST /stays:checkin`: `{"code": "WRN1:…"}` as scanned, or `{"booking": "…"}` by id.
struct CheckInController: Sendable {
    let desk: Desk

    private static let keyBytesMax = 128

    func checkIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = try Self.key(request)
        let bytes = try await Self.body(request, upTo: context.maxUploadSize)
        let object = try RequestObject(bytes, known: ["code", "booking", "handed_by"])
        let wish = CheckInWish(
            guest: try Self.guest(object), handedBy: try object.text("handed_by"))
        let made = try await desk.checkIn(
            wish, key: key, request: Array("POST /stays:checkin\n".utf8) + bytes,
            encode: Self.encode)
        var response = Response.json(made.answer, .created)
        if made.isReplayed { response.headers[.replayed] = "true" }
        return response
    }

    private static func body(_ request: Request, upTo bytesMax: Int) async throws -> [UInt8] {
        do {
            return Array(try await request.body.collect(upTo: bytesMax).readableBytesView)
        } catch let error where error is NIOTooManyBytesError || error is HTTPError {
            throw error
        } catch let cancelled as CancellationError {
            throw cancelled
        } catch {
            // Whoever asked hung up; that is no mistake of this node.
            throw Problem.badRequest("the request ended before its body did")
        }
    }

    private static func key(_ request: Request) throws(Problem) -> String {
        guard let key = request.headers[.idempotencyKey],
            (1...keyBytesMax).contains(key.utf8.count)
        else {
            throw .badRequest(
                """
                a check-in needs an Idempotency-Key header of 1 to \(keyBytesMax) bytes, the same \
                for each try of one wish: it makes paper
                """)
        }
        return key
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
        let payload: ScanPayload
        do throws(ScanPayload.Problem) {
            payload = try ScanPayload.parse(code)
        } catch {
            switch error {
            case .foreign: throw .badRequest("this code is not one of ours; scan the collar tag")
            case .newerForm: throw .badRequest("this code needs a newer program; update this box")
            case .wrongLength, .unknownKind, .badCharacter, .wrongCheck, .outOfRange:
                throw .badRequest("the code was misread; scan it again")
            }
        }
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
        }
    }
}
