import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import EdgeNode
@testable import LANAPI

/// Which routes answer nobody in particular.
@Suite(.timeLimit(.minutes(5))) struct OpenRoutesTests {
    private static let open: Set<String> = [
        "/health", "/openapi.json", "/sessions/staff", "/desks/current",
    ]

    @Test func `only health, the document and what lets people and desks in is read by nobody`()
        async throws
    {
        try await served { _, client in
            let paths = try await Self.described(client)
            #expect(paths.count > 50)
            for (path, methods) in paths {
                guard let get = methods["get"] else { continue }
                let isOpen = Self.open.contains(path)
                #expect((get["security"] == nil) == isOpen, "described: \(path)")
                for head in [HTTPRequest.Method.get, .head] {
                    let answer = try await Self.ask(client, path, head, token: "nobody")
                    #expect((answer == .unauthorized) == !isOpen, "\(head) \(path): \(answer)")
                }
            }
            let state = "/print-jobs?state=open"
            #expect(try await Self.ask(client, state, .get, token: "nobody") == .unauthorized)
        }
    }

    @Test func `staff and the folder's owner read what stands here`() async throws {
        try await TemporaryNode.with { box in
            let key = try OperatorKey.draw(box.node.directory, box.node.environment)
            let kennel = try await box.token(.kennel)
            let server = try APIServer(
                box.node, box.desk, box.door, operatorKey: key, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                for path in [
                    "/animals", "/print-jobs", "/print-jobs?state=open", "/devices", "/sync/status",
                ] {
                    for token in [key.text, kennel] {
                        let answer = try await Self.ask(client, path, .get, token: token)
                        #expect(answer == .ok, "\(path)")
                    }
                }
            }
        }
    }

    @Test func `a scan of every row is a manager's or the folder's owner's to ask for`()
        async throws
    {
        try await TemporaryNode.with { box in
            let key = try OperatorKey.draw(box.node.directory, box.node.environment)
            let (desk, manager) = try await (box.token(.desk), box.token(.manager))
            let server = try APIServer(
                box.node, box.desk, box.door, operatorKey: key, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                for (token, status) in [
                    ("nobody", HTTPResponse.Status.unauthorized), (desk, .forbidden),
                    (manager, .ok), (key.text, .ok),
                ] {
                    let answer = try await Self.ask(client, "/sync/verify", .post, token: token)
                    #expect(answer == status)
                }
            }
        }
    }

    private static func ask(
        _ client: any TestClientProtocol, _ path: String, _ method: HTTPRequest.Method,
        token: String
    ) async throws -> HTTPResponse.Status {
        let path = path.replacing("{id}", with: String(repeating: "0", count: 32))
        return try await client.execute(
            uri: "/api/v1" + path, method: method, headers: [.authorization: "Bearer \(token)"]
        ).status
    }

    private static func described(
        _ client: any TestClientProtocol
    ) async throws -> [String: [String: [String: Any]]] {
        let answer = try await client.execute(uri: "/api/v1/openapi.json", method: .get)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        let document = try #require(object as? [String: Any])
        return try #require(document["paths"] as? [String: [String: [String: Any]]])
    }
}
