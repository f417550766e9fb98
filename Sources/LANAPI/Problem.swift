internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What went wrong with a request, as RFC 9457 writes it. The only map from errors to statuses.
struct Problem: Error {
    let status: HTTPResponse.Status
    /// The last part of `type`: for programs.
    let kind: String
    /// For people: what this kind is.
    let title: String
    /// For people: what happened here, what to do.
    let detail: String
    /// What is wrong with each member of the body, where that is known.
    let faults: [RecordFault]
    /// The methods that the path takes, where another one was used.
    private(set) var allowed: String?
    /// After which the same may be asked again, where that is known.
    private(set) var waitSeconds: Int64?

    init(
        _ status: HTTPResponse.Status, _ kind: String, _ title: String, _ detail: String,
        _ faults: [RecordFault] = []
    ) {
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.faults = faults
    }

    /// What holds after a failure whose moment is not known: a commit may have reached the disk.
    static let inDoubt =
        "It is not known whether it was stored; try again with the same Idempotency-Key."

    static func badRequest(_ detail: String) -> Problem {
        Problem(.badRequest, "bad-request", "The request cannot be understood", detail)
    }

    static func notFound(_ detail: String) -> Problem {
        Problem(.notFound, "not-found", "There is no such thing here", detail)
    }

    static func notAllowed(_ allowed: String) -> Problem {
        var problem = Problem(
            .methodNotAllowed, "method", "This path does not take that method",
            "it takes \(allowed)")
        problem.allowed = allowed
        return problem
    }

    /// Any error that a route threw.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let refusal as DeskRefusal: self.init(refusal)
        case let http as HTTPError: self.init(http)
        case is NIOTooManyBytesError: self.init(HTTPError(.contentTooLarge))
        case let fault as NodeFault: self.init(fault)
        default:
            self.init(
                .internalServerError, "internal", "The node made a mistake",
                Self.inDoubt + " If it stays, report the request id.")
        }
    }

    private init(_ http: HTTPError) {
        switch http.status {
        case .notFound:
            self = .notFound("no such path; the paths begin with /api/v1/, health for example")
        case .contentTooLarge:
            self.init(
                http.status, "too-large", "The body is too large",
                "a body may have 1 MiB; send less")
        default:
            self.init(
                http.status, "http", "The request was refused",
                http.body ?? http.status.reasonPhrase)
        }
    }

    private init(_ refusal: DeskRefusal) {
        let (status, kind, title): (HTTPResponse.Status, String, String) =
            switch refusal.kind {
            case .unknown: (.notFound, "not-found", "There is no such thing here")
            case .conflict: (.conflict, "conflict", "That cannot be done now")
            case .changed: (.preconditionFailed, "changed", "It was changed meanwhile")
            case .invalid: (.unprocessableContent, "invalid", "That cannot be done")
            case .keyReused:
                (.unprocessableContent, "key-reused", "This key belongs to another request")
            case .notSignedIn: (.unauthorized, "not-signed-in", "Nobody is signed in")
            case .notAllowed: (.forbidden, "not-allowed", "This person may not do that")
            case .tooManyTries: (.tooManyRequests, "too-many-tries", "Too many wrong PINs")
            }
        self.init(status, kind, title, refusal.message, refusal.faults)
        waitSeconds = refusal.wait?.components.seconds
    }

    private init(_ fault: NodeFault) {
        switch fault.kind {
        case .diskFull:
            self.init(
                HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage"), "disk-full",
                "There is no room left on the disk",
                "Nothing was changed. Free some space and try again.")
        case .busy:
            self.init(
                .serviceUnavailable, "busy", "Another tool holds the file of this node",
                "Nothing was changed. Try again in a few seconds.")
        case .stopped:
            self.init(
                .serviceUnavailable, "stopped", "The storage of this node failed",
                Self.inDoubt + " If it stays, restart the node and look for the request id in "
                    + "its log.")
        case .refused:
            self.init(
                .unprocessableContent, "invalid", "That cannot be done", fault.message)
        }
    }

    /// The member by its JSON pointer (RFC 6901) in the form of a URI's fragment, as RFC 9457's own
    /// example names it.
    private static func write(_ fault: RecordFault, _ json: inout JSONWriter) {
        json.object { json in
            let name = (fault.field ?? "").utf8.reduce(into: "") { name, byte in
                switch byte {
                case UInt8(ascii: "~"): name += "~0"
                case UInt8(ascii: "/"): name += "~1"
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "."):
                    name.unicodeScalars.append(Unicode.Scalar(byte))
                default:
                    let digits = String(byte, radix: 16, uppercase: true)
                    name += byte < 16 ? "%0\(digits)" : "%\(digits)"
                }
            }
            let element = fault.element.map { "/\($0)" } ?? ""
            json.member("pointer", fault.field == nil ? "#" : "#/\(name)\(element)")
            json.member("detail", fault.reason)
        }
    }

    func response(requestID: String) -> Response {
        var json = JSONWriter(capacity: 512)
        json.object { json in
            json.member("type", "/problems/\(kind)")
            json.member("title", title)
            json.member("status", status.code)
            json.member("detail", detail)
            if !faults.isEmpty {
                json.key("errors")
                json.array { json in for fault in faults { Self.write(fault, &json) } }
            }
            json.member("request_id", requestID)
        }
        var headers: HTTPFields = [.contentType: "application/problem+json; charset=utf-8"]
        headers[.allow] = allowed
        headers[.retryAfter] = waitSeconds.map { "\($0)" }
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes)))
    }
}

extension Response {
    /// An answer of this API's own.
    static func json(_ bytes: [UInt8], _ status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
