import EdgeNode
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@testable import LANAPI

/// What a monitor and the desk's page are told.
@Suite(.timeLimit(.minutes(5))) struct HealthAPITests {
    @Test(arguments: [
        (1 << 40, 0o600, "ok", ""), (40 << 20, 0o600, "degraded", "Only 40 MiB are left"),
        (1 << 40, 0o644, "degraded", "may read the file secrets"),
    ])
    func `health says what a person must do before it is too late`(
        room: Int, mode: Int, status: String, words: String
    ) async throws {
        var environment = NodeEnvironment.system
        environment.roomBytes = { _ in Int64(room) }
        try await TemporaryNode.with(in: environment) { box in
            let secrets = box.node.directory.root.appendingPathComponent("secrets")
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: secrets.path)
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await Application(router: server.router()).test(.router) { client in
                let answer = try await client.execute(uri: "/api/v1/health", method: .get)
                #expect(answer.status == .ok)
                let health =
                    try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
                    as? [String: Any] ?? [:]
                #expect(health["status"] as? String == status)
                let alarms = health["alarms"] as? [String] ?? []
                #expect(words.isEmpty ? alarms.isEmpty : alarms.contains { $0.contains(words) })
                #expect(!alarms.contains { $0.contains(box.node.directory.root.path) })
            }
        }
    }
}
