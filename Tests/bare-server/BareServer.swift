import CSQLite
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The least that an HTTP server of the same framework can do, for `make bench-api` to measure the
/// node beside it: `bare-server ANSWER DATABASE`.
///
/// `GET /animals/{id}` answers ANSWER, a file of header lines, an empty line and a body, whatever
/// the id. `PATCH /animals/{id}` writes its body into the row's `marks` by one commit with
/// `synchronous=FULL` and then answers. It looks at nothing else, knows nobody and keeps nothing.
/// Its port is the first line of its output.
@main struct BareServer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else { throw BareFault("usage: bare-server ANSWER DATABASE") }
        let (headers, body) = try answer(arguments[1])
        let commits = try Commits(path: arguments[2])
        let router = Router()
        router.get("animals/:id") { _, _ in
            Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
        }
        router.patch("animals/:id") { request, context in
            let id = try context.parameters.require("id")
            let marks = try await request.body.collect(upTo: 1 << 20)
            try await commits.write(marks, to: id)
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody(byteBuffer: ByteBuffer(string: "{\"id\":\"\(id)\"}")))
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                FileHandle.standardOutput.write(Data("\(port)\n".utf8))
            })
        try await application.runService()
    }

    /// What stands in the file. Lengths are the server's own to say.
    private static func answer(_ path: String) throws -> (HTTPFields, ByteBuffer) {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        guard let end = text.range(of: "\n\n") else { throw BareFault("\(path) has no body") }
        var headers = HTTPFields()
        for line in text[..<end.lowerBound].split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let name = HTTPField.Name(String(parts[0])) else {
                throw BareFault("\(line) is no header")
            }
            headers[name] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return (headers, ByteBuffer(string: String(text[end.upperBound...])))
    }
}

struct BareFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// One connection, one prepared statement, one commit at a time.
actor Commits {
    private let database: OpaquePointer
    private let update: OpaquePointer

    init(path: String) throws {
        var opened: OpaquePointer?
        var prepared: OpaquePointer?
        guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, let opened,
            sqlite3_exec(opened, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL", nil, nil, nil)
                == SQLITE_OK,
            sqlite3_prepare_v2(
                opened, "UPDATE animal SET marks = ? WHERE id = ?", -1, &prepared, nil)
                == SQLITE_OK, let prepared
        else { throw BareFault("\(path) cannot be opened") }
        (database, update) = (opened, prepared)
    }

    func write(_ marks: ByteBuffer, to id: String) throws {
        let text = String(buffer: marks)
        let done = text.withCString { marks in
            id.withCString { id in
                sqlite3_bind_text(update, 1, marks, -1, nil)
                sqlite3_bind_text(update, 2, id, -1, nil)
                defer { sqlite3_reset(update) }
                return sqlite3_step(update)
            }
        }
        guard done == SQLITE_DONE, sqlite3_changes(database) == 1 else {
            throw BareFault("a commit failed")
        }
    }
}
