import EdgeNode
import Foundation
import FrontDesk
import PeerTransport
import Testing

/// Three programs over real sockets: a relay and two sites that know nothing of each other's place.
@Suite(.serialized, .timeLimit(.minutes(3))) struct TwoSitesTests {
    private static let canary = "Canarywright"

    @Test func `edits at one site reach the other through the relay, also after it was down`()
        async throws
    {
        let folder = try TemporaryFolder()
        let (data, pem) = (
            folder.url.appending(path: "relay"), folder.url.appending(path: "relay.pem")
        )
        try RelayTLSTests.makeCertificate("relay", in: folder.url)
        let secured = [
            "--certificate", pem.path, "--key", folder.url.appending(path: "relay.key").path,
        ]
        var relay = try RelayProcess(data: data, secured)
        let (north, south) = (Self.node(folder, "north"), Self.node(folder, "south"))
        try Self.verb("init", north, "--site", "North")
        try Self.verb(
            "relay", "create", north, "--relay", "localhost:\(relay.address.port)", "--trust",
            pem.path, "--invite", try Self.invite(data))
        try Self.verb("admit", south, "--site", "South", "--by", north.root.path)
        let rosa = try await Self.staff(north)

        let (here, there) = (try BoxProcess(north), try BoxProcess(south))
        let token = try await here.signIn(rosa)
        let first = try await Self.party(here, token)
        try await there.wait("parties/\(first)") {
            $0.status == 200 && $0.object["family"] as? String == Self.canary
        }
        let port = relay.address.port
        relay.kill()
        let second = try await Self.party(here, token)
        #expect(try await there.send("GET", "parties/\(second)").status == 404)
        relay = try RelayProcess(data: data, port: port, secured)
        try await there.wait("parties/\(second)") { $0.status == 200 }
        try await here.wait("sync/status") { answer in
            let relay = answer.object["relay"] as? [String: Any]
            return relay?["report"] as? String == "up to date"
                && relay?["transactions_missing"] as? Int == 0
        }
        let shown = try BoxProcess.run(["relay", "show", "-d", north.root.path]).said
        #expect(shown.contains("link     up to date"), "\(shown)")
        for verb in ["status", "digest", "verify"] {
            let (status, said) = try BoxProcess.run([verb, "-d", north.root.path])
            #expect(status == 0, "\(said)")
            #expect(said.contains(#/[0-9a-f]{32}/#), "\(said)")
        }
        #expect(relay.interrupt() == 0)
        #expect(try Self.bytes(in: data).range(of: Data(Self.canary.utf8)) == nil)
        #expect(try Self.bytes(in: north.root).range(of: Data(Self.canary.utf8)) != nil)
    }

    @Test func `what cannot be joined is refused with what to do`() throws {
        let folder = try TemporaryFolder()
        let data = folder.url.appending(path: "relay")
        let relay = try RelayProcess(data: data)
        let north = Self.node(folder, "north")
        try Self.verb("init", north, "--site", "North")
        let port = relay.address.port
        let wrong = String(repeating: "ab", count: 32)
        for (arguments, word) in [
            (["--invite", wrong, "--plain"], "invite"),
            (["--invite", "ab", "--plain"], "64 hexadecimal"),
            (["--invite", wrong], "TLS"),
            (["--invite", wrong, "--trust", "/nowhere.pem"], "no file"),
        ] {
            let (status, said) = try BoxProcess.run(
                ["relay", "create", "--directory", north.root.path, "--relay", "127.0.0.1:\(port)"]
                    + arguments)
            #expect(status != 0)
            #expect(said.contains(word), "\(said)")
        }
        #expect(
            try BoxProcess.run(["relay", "show", "-d", north.root.path]).said.contains("no relay"))
    }

    // MARK: Helpers

    private static func node(_ folder: TemporaryFolder, _ name: String) -> NodeDirectory {
        NodeDirectory(folder.url.appending(path: name))
    }

    private static func verb(_ name: String, _ node: NodeDirectory, _ more: String...) throws {
        try run([name, "--directory", node.root.path] + more)
    }

    private static func verb(
        _ name: String, _ verb: String, _ node: NodeDirectory, _ more: String...
    ) throws {
        try run([name, verb, "--directory", node.root.path] + more)
    }

    private static func run(_ arguments: [String]) throws {
        let (status, said) = try BoxProcess.run(arguments)
        #expect(status == 0, "\(said)")
    }

    private static func invite(_ data: URL) throws -> String {
        let said = try RelayProcess.run(["invite", "--data", data.path]).said
        return try String(#require(said.firstMatch(of: #/invite +([0-9a-f]{64})/#)?.1))
    }

    /// Somebody who may write at a closed node.
    private static func staff(_ directory: NodeDirectory) async throws -> SampleStaff {
        let node = try await Node(directory, schema: try InstalledPacks.shipped().schema)
        let staff = try await SampleStaff.make(at: node, roles: [.desk])
        await node.close()
        return try #require(staff.first)
    }

    private static func party(_ box: BoxProcess, _ token: String) async throws -> String {
        let answer = try await box.send(
            "POST", "parties", token: token, "{\"kind\":\"person\",\"family\":\"\(canary)\"}")
        #expect(answer.status == 201)
        return try #require(answer.object["id"] as? String)
    }

    private static func bytes(in folder: URL) throws -> Data {
        var all = Data()
        for file in try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: [.isRegularFileKey])
        where try file.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true {
            all += try Data(contentsOf: file)
        }
        return all
    }
}
