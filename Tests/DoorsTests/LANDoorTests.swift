import Certificates
import EdgeNode
import Foundation
import FrontDesk
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import Testing

@testable import LANAPI

/// Desks of the local network: who is let in, by which name, over what.
@Suite(.timeLimit(.minutes(5))) struct LANDoorTests {
    @Test func `a desk that was not let in sees the page and nothing else`() async throws {
        try await Self.served { _, client in
            for path in ["/", "/desk.css", "/root.pem", "/api/v1/health", "/api/v1/desks/current"] {
                #expect(try await Self.get(client, path).status == .ok, "\(path)")
            }
            for path in [
                "/api/v1/animals", "/api/v1/sessions/staff", "/api/v1/sync/status",
                "/api/v1/openapi.json", "/api/v1/events", "/api/v1/nothing", "//api/v1/animals",
                "/api//v1/animals", "///api/v1/animals", "/./api/v1/animals", "/api/v1/animals/",
                "/%61pi/v1/animals", "/API/v1/animals", "/nothing",
            ] {
                let answer = try await Self.get(client, path)
                #expect(answer.status == .unauthorized, "\(path)")
                #expect(String(buffer: answer.body).contains("not-enrolled"))
            }
        }
    }

    @Test func `a desk is let in by the code on its screen, and put out again`() async throws {
        try await Self.served { scene, client in
            let asked = try await Self.post(client, "desks:ask", #"{"name": "Desk 2"}"#)
            #expect(asked.status == .created)
            let cookie = try #require(asked.headers[.setCookie])
            #expect(cookie.contains("Secure; HttpOnly; SameSite=Strict"))
            let token = String(cookie.prefix { $0 != ";" })
            let waiting = try await Self.get(client, "/api/v1/animals", token)
            #expect(waiting.status == .unauthorized)
            let code = try #require(try Self.object(asked)["code"] as? String)
            let wrong = code == "000 001" ? "000 002" : "000 001"
            let refused = try await scene.local { local in
                try await Self.post(
                    local, "desks:approve", #"{"code": "\#(wrong)"}"#, scene.key.text)
            }
            #expect(refused.status == .notFound)
            let approved = try await scene.local { local in
                try await Self.post(
                    local, "desks:approve", #"{"code": "\#(code)"}"#, scene.key.text)
            }
            #expect(approved.status == .created)
            let current = try Self.object(
                try await Self.get(client, "/api/v1/desks/current", token))
            #expect(current["state"] as? String == "enrolled")
            // A desk that is in shows records to nobody in particular no more than any other.
            let nobody = try await Self.get(client, "/api/v1/animals", token)
            #expect(String(buffer: nobody.body).contains("not-signed-in"))
            #expect(try await Self.get(client, "/api/v1/sessions/staff", token).status == .ok)
            let id = try #require(current["id"] as? String)
            _ = try await scene.local { local in
                try await local.executeRequest(
                    uri: "/api/v1/desks/\(id)", method: .delete,
                    headers: [.authorization: "Bearer \(scene.key.text)"], body: nil)
            }
            let out = try await Self.get(client, "/api/v1/sessions/staff", token)
            #expect(String(buffer: out.body).contains("not-enrolled"))
        }
    }

    @Test func `the events of a desk end when it is put out`() async throws {
        let beats = QuickBeats()
        try await Self.served(in: beats.environment) { scene, client in
            let asked = try await Self.post(client, "desks:ask", #"{"name": "Desk 2"}"#)
            let desk = try #require(asked.headers[.setCookie]).prefix { $0 != ";" }
            let code = try #require(try Self.object(asked)["code"] as? String)
            _ = try await scene.local { local in
                try await Self.post(
                    local, "desks:approve", #"{"code": "\#(code)"}"#, scene.key.text)
            }
            let current = try Self.object(
                try await Self.get(client, "/api/v1/desks/current", String(desk)))
            let id = try #require(current["id"] as? String)
            let session = CookieNames(of: scene.box.node.box).session
            let cookies = "\(desk); \(session)=\(try await scene.box.token(.desk))"
            async let stream = Self.get(client, "/api/v1/events", cookies)
            await beats.pass(3)
            _ = try await scene.local { local in
                try await local.executeRequest(
                    uri: "/api/v1/desks/\(id)", method: .delete,
                    headers: [.authorization: "Bearer \(scene.key.text)"], body: nil)
            }
            #expect(String(buffer: try await stream.body).contains("event: hello"))
            let again = try await Self.get(client, "/api/v1/events", cookies)
            #expect(String(buffer: again.body).contains("not-enrolled"))
        }
    }

    @Test func `nobody lets a desk in without the right`() async throws {
        try await Self.served { scene, client in
            let asked = try await Self.post(client, "desks:ask", #"{"name": "Mine"}"#)
            let code = try #require(try Self.object(asked)["code"] as? String)
            let own = try await Self.post(client, "desks:approve", #"{"code": "\#(code)"}"#)
            #expect(own.status == .unauthorized)
            let staff = try await SampleStaff.make(at: scene.box.node, roles: [.desk, .manager])
            let tokens = try await [
                scene.box.door.signIn(staff: staff[0].id, pin: staff[0].pin),
                scene.box.door.signIn(staff: staff[2].id, pin: staff[2].pin),
            ].map(\.token)
            for (token, status) in zip(tokens, [HTTPResponse.Status.forbidden, .created]) {
                let answer = try await scene.local { local in
                    try await Self.post(
                        local, "desks:approve", #"{"code": "\#(code)"}"#, token)
                }
                #expect(answer.status == status)
            }
        }
    }

    @Test func `a host that is not this box and a page from elsewhere are refused`() async throws {
        try await Self.served(names: ["warren.local"]) { _, client in
            // The client asks for localhost, which is not among the names.
            let answer = try await Self.get(client, "/")
            #expect(answer.status == .misdirectedRequest)
        }
        try await Self.served { _, client in
            let answer = try await client.executeRequest(
                uri: "/api/v1/health", method: .get,
                headers: [.origin: "https://evil.example"], body: nil)
            #expect(answer.status == .forbidden)
        }
    }

    @Test(arguments: [
        ("warren.local", "warren.local"), ("WARREN.local:7443", "warren.local"),
        ("[fd00::7]:7443", "fd00::7"), ("192.168.7.20:7443", "192.168.7.20"), ("", ""),
        ("warren.local.evil.example:80", "warren.local.evil.example"), ("[", ""),
    ])
    func `a host is compared without its port`(host: String, name: String) {
        #expect(NameGuard.name(in: host) == name)
    }

    @Test func `a renewed certificate makes a new door, and one that cannot be read does not`()
        async throws
    {
        let looks = Mutex(0)
        var environment = NodeEnvironment.system
        environment.sleep = { wait in
            #expect(wait == .seconds(86_400))
            looks.withLock { $0 += 1 }
        }
        try await TemporaryNode.with(in: environment) { box in
            let root = try BoxAuthority(
                makingFor: "North", names: try ServerNames(["warren.local"]), at: Date())
            func door() throws -> LANDoor {
                let leaf = try root.issue(at: Date())
                return try LANDoor(
                    host: "127.0.0.1", port: 0, names: ["warren.local"],
                    certificate: leaf.certificate, key: leaf.key, root: root.certificate)
            }
            let (old, new) = (try door(), try door())
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let renewed = try await server.renewal(after: old) {
                switch looks.withLock({ $0 }) {
                case 1: throw LANDoor.Fault(description: "it is being written")
                case 2: old
                default: new
                }
            }
            #expect(renewed?.certificate == new.certificate)
            #expect(looks.withLock { $0 } == 3)
        }
    }

    @Test func `who asks without an end from one address displaces nobody else`() async throws {
        try await TemporaryNode.with { box in
            let desks = try DeskBook(box.node.directory, box.node.environment)
            let honest = try await desks.ask(name: "Front desk", from: "192.0.2.1")
            for number in 1...40 {
                _ = try await desks.ask(name: "Desk \(number)", from: "192.0.2.66")
            }
            #expect(await desks.standing(honest.token) == .waiting(honest.desk))
            #expect(await desks.asking.map(\.name) == ["Front desk", "Desk 39", "Desk 40"])
            // A page that is loaded anew asks anew; the first of its own makes room.
            _ = try await desks.ask(name: "Front desk", from: "192.0.2.1")
            #expect(await desks.standing(honest.token) == .waiting(honest.desk))
            _ = try await desks.ask(name: "Front desk", from: "192.0.2.1")
            #expect(await desks.standing(honest.token) == .unknown)
        }
    }

    @Test func `the waiting room is bounded, and its file survives a restart`() async throws {
        try await TemporaryNode.with { box in
            let desks = try DeskBook(box.node.directory, box.node.environment)
            var first = try await desks.ask(name: "One", from: "192.0.2.1")
            for number in 2...40 {
                _ = try await desks.ask(name: "Desk \(number)", from: "192.0.2.\(number)")
            }
            #expect(await desks.asking.count == 16)
            #expect(await desks.standing(first.token) == .unknown)
            first = try await desks.ask(name: "One", from: "192.0.2.1")
            _ = try await desks.approve(code: first.desk.code)
            let again = try DeskBook(box.node.directory, box.node.environment)
            guard case .enrolled(let desk) = await again.standing(first.token) else {
                Issue.record("the desk was forgotten")
                return
            }
            #expect(desk.name == "One")
            let file = box.node.directory.root.appendingPathComponent("desks.json")
            let text = try String(contentsOf: file, encoding: .utf8)
            #expect(!text.contains(first.token))
        }
    }

    @Test func `over a real socket openssl sees the box's own chain, and TLS 1.1 is refused`()
        async throws
    {
        try await TemporaryNode.with { box in
            let names = ["warren.local", "127.0.0.1"]
            let root = try BoxAuthority(
                makingFor: "North", names: try ServerNames(names), at: Date())
            let leaf = try root.issue(at: Date())
            let file = box.root.appendingPathComponent("root.pem")
            try Data(root.certificate.utf8).write(to: file)
            let port = try Self.freePort()
            let (listening, sink) = AsyncStream<Void>.makeStream()
            let server = try APIServer(
                box.node, box.desk, box.door, host: "127.0.0.1", port: 0,
                lan: {
                    try LANDoor(
                        host: "127.0.0.1", port: port, names: names,
                        certificate: leaf.certificate, key: leaf.key, root: root.certificate)
                }, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                onListening: { _ in sink.finish() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                for await _ in listening {}
                let base = ["s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", file.path]
                var said = ""
                while !said.contains("Verify return code") {
                    said = try Self.openssl(base + ["-verify_hostname", "warren.local"])
                }
                #expect(said.contains("Verify return code: 0 (ok)"))
                #expect(said.contains("TLSv1.3"))
                let old = try Self.openssl(
                    base + ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"])
                #expect(old.contains("alert protocol version"))
                group.cancelAll()
            }
        }
    }

    // MARK: - Hands

    /// A port that was free a moment ago.
    private static func freePort() throws -> Int {
        let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(handle) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(handle, $0, length) == 0 ? getsockname(handle, $0, &length) : -1
            }
        }
        try #require(status == 0)
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func openssl(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }

    private struct Scene: Sendable {
        let box: TemporaryNode
        let key: OperatorKey
        let server: APIServer

        /// Asks at the loopback door of the same server.
        func local<Answer: Sendable>(
            _ body: @Sendable @escaping (any TestClientProtocol) async throws -> Answer
        ) async throws -> Answer {
            try await Application(router: server.router()).test(.router) { try await body($0) }
        }
    }

    /// Lends a client that stands at the local network's door.
    private static func served(
        names: [String] = ["warren.local", "localhost"],
        in environment: NodeEnvironment = .system,
        _ body: @Sendable @escaping (Scene, any TestClientProtocol) async throws -> Void
    ) async throws {
        try await TemporaryNode.with(in: environment) { box in
            let key = try OperatorKey.draw(box.node.directory, box.node.environment)
            let root = try BoxAuthority(
                makingFor: "North", names: try ServerNames(names), at: Date())
            let leaf = try root.issue(at: Date())
            let door = try LANDoor(
                host: "0.0.0.0", port: 0, names: names, certificate: leaf.certificate,
                key: leaf.key, root: root.certificate)
            let server = try APIServer(
                box.node, box.desk, box.door, operatorKey: key, host: "127.0.0.1", port: 0,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let scene = Scene(box: box, key: key, server: server)
            try await Application(router: server.router(for: door)).test(.router) { client in
                try await body(scene, client)
            }
        }
    }

    private static func get(
        _ client: any TestClientProtocol, _ path: String, _ cookie: String? = nil
    ) async throws -> TestResponse {
        var headers: HTTPFields = [:]
        headers[.cookie] = cookie
        return try await client.executeRequest(
            uri: path, method: .get, headers: headers, body: nil)
    }

    private static func post(
        _ client: any TestClientProtocol, _ path: String, _ body: String, _ token: String? = nil
    ) async throws -> TestResponse {
        var headers: HTTPFields = [:]
        headers[.authorization] = token.map { "Bearer \($0)" }
        return try await client.executeRequest(
            uri: "/api/v1/" + path, method: .post, headers: headers,
            body: ByteBuffer(string: body))
    }

    private static func object(_ answer: TestResponse) throws -> [String: Any] {
        let data = Data(answer.body.readableBytesView)
        return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }
}
