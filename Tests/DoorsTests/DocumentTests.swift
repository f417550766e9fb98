import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import EdgeNode
@testable import LANAPI

/// The API's description and the API are one thing.
@Suite(.timeLimit(.minutes(5))) struct DocumentTests {
    @Test func `every route is described, and nothing else is`() async throws {
        try await TemporaryNode.with { box in
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let router = server.router()
            let collections = CollectionPaths(box.packs.schema, hidden: box.packs.hidden).all
                .map(\.path)
            let described = try await Self.operations(router)
            // What a path does not take is answered 405 by a route of its own: ask instead of
            // believing.
            let paths = Set(router.routes.map { "\($0.path)" }).filter { $0.hasPrefix("/api/") }
            let answered = try await Application(router: router).test(.router) { client in
                var answered: Set<String> = []
                for path in paths {
                    for name in path.contains("{collection}") ? collections : [""] {
                        let concrete = path.replacingOccurrences(of: "{collection}", with: name)
                        answered.formUnion(try await Self.methods(of: concrete, at: client))
                    }
                }
                return answered
            }
            #expect(described.subtracting(answered) == [])
            #expect(answered.subtracting(described) == [])
        }
    }

    @Test func `every reference leads somewhere, and hidden collections are not there`()
        async throws
    {
        try await served { _, client in
            let text = String(
                buffer: try await client.execute(uri: "/api/v1/openapi.json", method: .get).body)
            let document =
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
            let schemas =
                (document["components"] as? [String: Any])?["schemas"] as? [String: Any] ?? [:]
            let named = Set(
                text.matches(of: #/#\/components\/schemas\/([A-Za-z]+)/#).map { String($0.1) })
            #expect(named.count > 50)
            #expect(named.subtracting(schemas.keys) == [])
            #expect(!text.contains("credential"))
            let enrolment = schemas["StaffEnrolment"] as? [String: Any]
            #expect(enrolment?["required"] as? [String] == ["name", "role", "pin"])
            #expect(document["openapi"] as? String == "3.1.0")
        }
    }

    @Test func `the document is sent once, then only named`() async throws {
        try await served { _, client in
            let first = try await client.execute(uri: "/api/v1/openapi.json", method: .get)
            let tag = try #require(first.headers[.eTag])
            let again = try await client.execute(
                uri: "/api/v1/openapi.json", method: .get, headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified)
        }
    }

    private static func operations(_ router: Router<APIContext>) async throws -> Set<String> {
        try await Application(router: router).test(.router) { client in
            let answer = try await client.execute(uri: "/api/v1/openapi.json", method: .get)
            let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
            let paths = (object as? [String: Any])?["paths"] as? [String: [String: Any]] ?? [:]
            return Set(
                paths.flatMap { path, methods in
                    methods.keys.map { "\($0.uppercased()) \(path)" }
                })
        }
    }

    /// Methods of a path that are not answered 405.
    private static func methods(
        of path: String, at client: any TestClientProtocol
    ) async throws -> Set<String> {
        var methods: Set<String> = []
        let uri = path.replacingOccurrences(of: "{id}", with: String(repeating: "0", count: 32))
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            let answer = try await client.execute(uri: uri, method: method)
            if answer.status == .methodNotAllowed { continue }
            // A row may be unknown; a path may not.
            if String(buffer: answer.body).contains("no such path") { continue }
            let template = RouteTable.template(path.dropFirst("/api/v1/".count))
            methods.insert("\(method.rawValue) /\(template)")
        }
        return methods
    }
}
