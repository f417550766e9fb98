internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import Hummingbird
internal import NIOCore

/// `GET /devices`, `GET /devices/{id}`, `POST /devices/{id}:retry|feed-test`, and for virtual ones
/// `:scan` and `:fault`, and the last label as `GET /devices/{id}/picture`.
struct DevicesController: Sendable {
    let node: Node
    let desk: Desk
    let hardware: Hardware?

    func list(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        var json = JSONWriter()
        json.object { json in
            json.key("items")
            json.array { json in for standing in node.devices.all { json.device(standing) } }
            json.key("as_of")
            json.value(node.environment.wallMilliseconds())
        }
        return .json(json.bytes)
    }

    func one(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        var json = JSONWriter()
        json.device(try standing(try context.parameters.require("id")))
        return .json(json.bytes)
    }

    func picture(_ request: Request, _ context: APIContext) async throws -> Response {
        try context.operated(for: .editRecords)
        let standing = try standing(try context.parameters.require("id"))
        guard let png = await hardware?.control?.picture(of: standing.id) else {
            throw Problem.notFound("this device has made no picture; only virtual printers do")
        }
        return .png(png)
    }

    /// `{id}:{deed}`.
    func act(_ request: Request, _ context: APIContext) async throws -> Response {
        let (id, deed) = try Self.split(try context.parameters.require("id"))
        let standing = try standing(id)
        guard let hardware else { throw Problem.notFound("this box looks after no device") }
        switch deed {
        case "retry":
            _ = try context.signedIn(for: .print)
            await hardware.control?.retry(id)
        case "feed-test":
            _ = try context.signedIn(for: .print)
            return try await feedTest(id, request, hardware)
        case "scan":
            _ = try context.signedIn(for: .editRecords)
            let object = try await body(request, context, ["code"])
            guard let code = try object.text("code"), !code.isEmpty else {
                throw Problem.badRequest("“code” is missing: what the scanner is to read")
            }
            guard standing.isVirtual, await hardware.control?.scan(code, on: id) ?? false else {
                throw Self.notPlayed("a scan can be played on a virtual scanner only")
            }
        case "fault":
            _ = try context.signedIn(for: .print)
            let known = VirtualFault.allCases.map(\.rawValue).joined(separator: ", ")
            guard let word = try await body(request, context, ["fault"]).text("fault"),
                let fault = VirtualFault(rawValue: word)
            else { throw Problem.badRequest("“fault” is one of \(known)") }
            guard standing.isVirtual, await hardware.control?.set(fault, of: id) ?? false else {
                throw Self.notPlayed("only a virtual device can be broken on purpose, in its way")
            }
        default:
            throw Problem.notFound(
                "devices take :retry and :feed-test, virtual ones :scan and :fault too")
        }
        var json = JSONWriter()
        json.device(try self.standing(id))
        return .json(json.bytes)
    }

    /// One key makes at most one label: the answer, as the device stands now, is kept before the
    /// printer is asked. A printer that takes none now refuses before that, and the key stays new.
    private func feedTest(
        _ id: String, _ request: Request, _ hardware: Hardware
    ) async throws -> Response {
        let key = try request.requiredIdempotencyKey()
        let fingerprint = Array("POST /devices/\(id):feed-test\n".utf8)
        var json = JSONWriter()
        json.device(try standing(id))
        do { try await hardware.printing.checkTest(of: id) } catch {
            // Perhaps it is this very test that the printer has.
            guard try desk.answer(to: key, request: fingerprint) != nil else { throw error }
        }
        if let known = try await desk.keep(json.bytes, for: key, request: fingerprint) {
            return .replay(known)
        }
        _ = try await hardware.printing.test(id)
        return .json(json.bytes)
    }

    private func standing(_ id: String) throws(Problem) -> DeviceStanding {
        guard let standing = node.devices[id] else {
            throw .notFound("there is no device of this name; GET /api/v1/devices lists them")
        }
        return standing
    }

    private func body(
        _ request: Request, _ context: APIContext, _ known: Set<String>
    ) async throws -> RequestObject {
        try RequestObject(try await request.bytes(upTo: context.maxUploadSize), known: known)
    }

    private static func notPlayed(_ detail: String) -> Problem {
        Problem(.conflict, "conflict", "That cannot be done now", detail)
    }

    /// The last colon parts a name from a deed: a name may have colons of its own.
    static func split(_ text: String) throws(Problem) -> (id: String, deed: String) {
        guard let colon = text.lastIndex(of: ":") else {
            throw .notFound("say what is to be done behind a colon, {id}:retry for example")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}

extension JSONWriter {
    fileprivate mutating func device(_ standing: DeviceStanding) {
        object { json in
            json.member("id", standing.id)
            json.member("kind", standing.kind)
            json.member("title", standing.title)
            json.member("profile", orNull: standing.profile)
            json.member("state", standing.state.rawValue)
            json.member("sentence", orNull: standing.sentence)
            json.key("conditions")
            json.array { json in for word in standing.conditions { json.value(word) } }
            json.member("port", orNull: standing.port)
            json.key("is_virtual")
            json.value(standing.isVirtual)
            json.member("scans", standing.scans)
            json.key("since")
            json.value(standing.since)
        }
    }

    mutating func member(_ name: String, orNull text: String?) {
        key(name)
        if let text { value(text) } else { null() }
    }
}

extension Response {
    /// What a key was answered before.
    static func replay(_ answer: [UInt8]) -> Response {
        var response = Response.json(answer)
        response.headers[.replayed] = "true"
        return response
    }

    /// A picture that is another one tomorrow and may show somebody's name.
    static func png(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "image/png", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
