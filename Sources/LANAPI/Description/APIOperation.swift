internal import CRDT
internal import EdgeNode
internal import Hummingbird

/// One route in words: what it is for, what it takes, what it answers.
struct APIOperation: Sendable {
    struct Parameter: Sendable {
        let name: String
        let place: String
        let schema: String
        var isRequired = false
        var says: String?
    }

    var summary: String
    var needsSession = false
    var parameters: [Parameter] = []
    /// A schema's name.
    var body: String?
    var status = "200"
    /// A schema's name; nil for an answer without a body.
    var answer: String?
    var contentType = "application/json"
    /// What `{id}` of the path is; a schema's name.
    var id = "Id"
    /// Filters of a list of this collection.
    var filters: RowCollection?

    static func plain(_ route: RouteTable.Route) -> APIOperation {
        APIOperation(summary: "\(route.method) \(route.path)", answer: "Anything")
    }

    /// Rows that only commands write.
    static let refused = APIOperation(
        summary: "Refused: these rows are written by the commands that make them",
        needsSession: true, status: "403", answer: "Problem",
        contentType: "application/problem+json")

    /// The same route of every collection.
    static func record(_ route: RouteTable.Route, _ collection: RowCollection) -> APIOperation {
        let name = RecordSchema.name(of: collection)
        let isOne = route.path.hasSuffix("{id}")
        switch route.method {
        case "GET" where isOne:
            return APIOperation(summary: "One \(collection.name)", needsSession: true, answer: name)
        case "GET":
            return APIOperation(
                summary: "A page of \(collection.name) rows, in this box's own order",
                needsSession: true,
                parameters: [
                    .limit(1_000), .cursor,
                    Parameter(name: "count", place: "query", schema: #"{"type":"boolean"}"#),
                ], answer: name + "Page", filters: collection)
        case "POST":
            return APIOperation(
                summary: "Make a \(collection.name)", needsSession: true,
                parameters: [.optionalKey], body: name + "Draft", status: "201", answer: "Made")
        case "PATCH":
            return APIOperation(
                summary: "Change fields of a \(collection.name) (RFC 7396)", needsSession: true,
                parameters: [.optionalKey, .ifMatch], body: name + "Patch", answer: "Made")
        default:
            return APIOperation(
                summary: "Delete a \(collection.name)", needsSession: true,
                parameters: [.optionalKey, .ifMatch], status: "204")
        }
    }

    func write(_ route: RouteTable.Route, _ path: String, _ json: inout JSONWriter) {
        json.object { json in
            json.member("summary", summary)
            json.member("operationId", Self.name(of: route.method, path))
            if needsSession {
                json.key("security")
                json.raw(#"[{"token":[]},{"cookie":[]}]"#)
            }
            writeParameters(path, &json)
            if let body {
                json.key("requestBody")
                json.object { json in
                    json.key("required")
                    json.value(true)
                    writeContent("application/json", body, &json)
                }
            }
            json.key("responses")
            json.object { json in
                json.key(status)
                json.object { json in
                    json.member("description", answer == nil ? "Done" : "The answer")
                    if let answer { writeContent(contentType, answer, &json) }
                }
                json.key("default")
                json.object { json in
                    json.member("description", "Why not, and what to do (RFC 9457)")
                    json.key("headers")
                    json.raw(Self.retryAfter)
                    writeContent("application/problem+json", "Problem", &json)
                }
            }
        }
    }

    /// Sent with 429, after too many wrong PINs (RFC 9110, 10.2.3).
    private static let retryAfter = #"""
        {"Retry-After":{"description":"With 429: seconds to wait",\#
        "schema":{"type":"integer","minimum":0}}}
        """#

    private func writeParameters(_ path: String, _ json: inout JSONWriter) {
        json.key("parameters")
        json.array { json in
            if path.contains("{id}") {
                json.parameter(
                    "id", in: "path", ##"{"$ref":"#/components/schemas/\##(id)"}"##,
                    isRequired: true)
            }
            for one in parameters {
                json.parameter(
                    one.name, in: one.place, one.schema, isRequired: one.isRequired,
                    says: one.says)
            }
            if let filters { RecordSchema.writeFilters(of: filters, &json) }
        }
    }

    private func writeContent(_ type: String, _ schema: String, _ json: inout JSONWriter) {
        json.key("content")
        json.object { json in
            json.key(type)
            json.object { json in
                json.key("schema")
                if schema == "Text" {
                    json.raw(#"{"type":"string"}"#)
                } else if schema == "Bytes" {
                    // OpenAPI 3.1: bytes of a media type need no schema.
                    json.object { _ in }
                } else {
                    json.reference(to: schema)
                }
            }
        }
    }

    /// `get_bookings_id_check_in`.
    private static func name(of method: String, _ path: String) -> String {
        let words = path.split { !$0.isLetter && !$0.isNumber }
        return ([Substring(method.lowercased())] + words).joined(separator: "_")
    }
}

extension APIOperation.Parameter {
    static func limit(_ most: Int) -> Self {
        Self(
            name: "limit", place: "query",
            schema: #"{"type":"integer","minimum":1,"maximum":\#(most)}"#)
    }

    static let cursor = Self(
        name: "cursor", place: "query", schema: ##"{"$ref":"#/components/schemas/Cursor"}"##,
        says: "`next` of the page before, with the same filters; another list answers 400, another "
            + "file 410 `reset`")
    private static let keySchema =
        #"{"type":"string","minLength":1,"maxLength":\#(Request.idempotencyKeyBytesMax)}"#
    static let optionalKey = Self(
        name: "Idempotency-Key", place: "header",
        schema: keySchema)
    static let keyForPaper = Self(
        name: "Idempotency-Key", place: "header",
        schema: keySchema,
        says: "needed where paper may come, by `:feed-test`; kept for 72 hours")
    static let key = Self(
        name: "Idempotency-Key", place: "header",
        schema: keySchema, isRequired: true,
        says: "the same for each try of one wish; kept for 72 hours")
    static let ifMatch = Self(
        name: "If-Match", place: "header", schema: #"{"type":"string"}"#,
        says: "the one ETag that was read, or *; refused with 412 if somebody changed it since")
}
