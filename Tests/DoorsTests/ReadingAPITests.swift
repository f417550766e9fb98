import CRDT
import EdgeNode
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import Testing

@testable import LANAPI

@Suite(.timeLimit(.minutes(5))) struct ReadingAPITests {
    @Test func `pages cover every row once`() async throws {
        try await served { box, client in
            _ = try await box.importDogs(25)
            var names: [String] = []
            var next: String? = "/api/v1/animals?limit=7"
            while let uri = next {
                let page = try await Self.object(client, uri)
                let items = page["items"] as? [[String: Any]] ?? []
                names += items.compactMap { $0["name"] as? String }
                next = (page["next"] as? String).map { "/api/v1/animals?limit=7&cursor=\($0)" }
            }
            #expect(names == (0..<25).map { "Rover-\($0)" })
            let counted = try await Self.object(client, "/api/v1/animals?count=true")
            #expect(counted["total"] as? Int == 25)
        }
    }

    @Test func `filters narrow, by value and by beginning`() async throws {
        try await served { box, client in
            _ = try await box.importDogs(25)
            let one = try await Self.object(client, "/api/v1/animals?name=Rover-3")
            #expect((one["items"] as? [Any])?.count == 1)
            let some = try await Self.object(client, "/api/v1/animals?name.begins=rover-1")
            #expect((some["items"] as? [Any])?.count == 11)
        }
    }

    @Test(arguments: [
        ("/api/v1/animals?limit=0", 400), ("/api/v1/animals?limit=many", 400),
        ("/api/v1/animals?nmae=Rex", 400), ("/api/v1/animals?cursor=zz", 400),
        ("/api/v1/animals?tags=x", 400), ("/api/v1/animals?cursor=1.5", 400),
        ("/api/v1/unicorns", 404), ("/api/v1/animals/xyz", 400),
        ("/api/v1/animals/00000000000000000000000000000001", 404), ("/nowhere", 404),
    ])
    func `what cannot be answered says why, as a problem`(uri: String, status: Int) async throws {
        try await served { _, client in
            let answer = try await client.execute(
                uri: uri, method: .get, headers: [.requestID: "abc-1"])
            #expect(answer.status.code == status)
            #expect(answer.headers[.contentType]?.hasPrefix("application/problem+json") == true)
            #expect(answer.headers[.requestID] == "abc-1")
            let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
            let problem = object as? [String: Any] ?? [:]
            #expect(problem["status"] as? Int == status)
            #expect((problem["detail"] as? String)?.isEmpty == false)
            #expect(problem["request_id"] as? String == "abc-1")
        }
    }

    @Test func `rows of an import that has not ended are not shown`() async throws {
        try await served { box, client in
            let animals = try box.collection("animal")
            let ids = await box.node.replica.drawRowIDs(2)
            let fields = try ["name", "import_batch"].map { name in
                try #require(animals.field(named: name)).id
            }
            let cells = [
                CellOperation(field: fields[0], action: .assign(.text("Early"))),
                CellOperation(field: fields[1], action: .assign(.reference(ids[1]))),
            ]
            _ = try await box.node.replica.commit([
                RowOperation(
                    collection: animals.id, row: ids[0], kind: .insert,
                    cells: cells.sorted { $0.field < $1.field })
            ])
            let page = try await Self.object(client, "/api/v1/animals")
            #expect((page["items"] as? [Any])?.isEmpty == true)
            let one = try await client.execute(
                uri: "/api/v1/animals/\(RowName.text(ids[0]))", method: .get)
            #expect(one.status == .notFound)
        }
    }

    @Test func `the status names writer, vector and digest, and the scan agrees`() async throws {
        try await served { box, client in
            _ = try await box.importDogs(5)
            let manager = try await box.token(.manager)
            let status = try await Self.object(client, "/api/v1/sync/status")
            #expect((status["vector"] as? [Any])?.count == 1)
            let scan = try await client.execute(
                uri: "/api/v1/sync/verify", method: .post,
                headers: [.authorization: "Bearer \(manager)"])
            let object = try JSONSerialization.jsonObject(with: Data(scan.body.readableBytesView))
            let report = object as? [String: Any] ?? [:]
            #expect(report["digest"] as? String == status["digest"] as? String)
            #expect((report["findings"] as? [Any])?.isEmpty == true)
        }
    }

    @Test(arguments: ["0.0.0.0", "192.168.1.2", "box.local"])
    func `an address beyond this machine is refused until there is TLS`(host: String)
        async throws
    {
        try await TemporaryNode.with { box in
            #expect(throws: NodeFault.self) {
                try APIServer(
                    box.node, box.desk, box.door, host: host, port: 0, logger: Logger(label: "test")
                )
            }
        }
    }

    @Test func `odd text stays valid JSON`() throws {
        var json = JSONWriter()
        let text = "q\" b\\ n\n t\t z\u{0} é 🐕 \u{2028}"
        json.object { json in
            json.member("text", text)
            json.key("list")
            json.array { json in
                json.value(1.5)
                json.value(Double.nan)
                json.value(true)
                json.object { _ in }
            }
        }
        let object = try JSONSerialization.jsonObject(with: Data(json.bytes))
        let members = object as? [String: Any] ?? [:]
        #expect(members["text"] as? String == text)
        #expect((members["list"] as? [Any])?.count == 4)
    }

    private static func object(
        _ client: any TestClientProtocol, _ uri: String
    ) async throws -> [String: Any] {
        let answer = try await client.execute(uri: uri, method: .get)
        #expect(answer.status == .ok)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.readableBytesView))
        return object as? [String: Any] ?? [:]
    }
}
