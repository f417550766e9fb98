import CRDT
import Foundation
import ReplicaStorage
import Testing

@testable import EdgeNode

@Suite(.timeLimit(.minutes(5))) struct NodeFolderTests {
    @Test(arguments: [
        #"{"api":99999,"peers":1,"process":1}"#, #"{"api":-1,"peers":1,"process":1}"#,
        #"{"api":0,"peers":1,"process":1}"#, #"{"api":1,"peers":70000,"process":1}"#, "{", "",
    ])
    func `an address that no node wrote counts as none`(text: String) async throws {
        try await TemporaryNode.withFolder { root in
            let directory = NodeDirectory(root)
            try DurableFile.replace(directory.address, with: Array(text.utf8))
            let address = try NodeAddress.read(directory)
            #expect(address == nil)
        }
    }

    @Test
    func `a node's folder and secrets are for its owner only, also in a folder that was there`()
        async throws
    {
        try await TemporaryNode.withFolder { root in
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755], ofItemAtPath: root.path)
            let box = try await TemporaryNode(root: root, site: "North")
            await box.node.close()
            #expect(try Self.mode(root) == 0o700)
            #expect(try Self.mode(box.node.directory.secretsFile) == 0o600)
            #expect(try Self.mode(box.node.directory.printer) == 0o700)
        }
    }

    @Test func `new keys are not drawn over a database that lost its node.json`() async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            let secrets = try DurableFile.read(directory.secretsFile)
            try FileManager.default.removeItem(at: directory.factsFile)
            #expect(throws: NodeFault.self) {
                try TrustSetup.begin(directory, site: "North", .system)
            }
            let kept = try DurableFile.read(directory.secretsFile)
            #expect(kept == secrets)
        }
    }

    @Test func `no folder counts as a node's before its recovery kit was seen`() async throws {
        try await TemporaryNode.withFolder { root in
            struct PowerCut: Error {}
            let directory = NodeDirectory(root.appendingPathComponent("north"))
            var shown: [[UInt8]] = []
            #expect(throws: PowerCut.self) {
                try TrustSetup.begin(directory, site: "North", .system) { seed in
                    shown.append(seed)
                    throw PowerCut()
                }
            }
            #expect(!directory.isSetUp)
            // What was left behind is no obstacle, and no key of it goes on.
            let half = try DurableFile.read(directory.secretsFile)
            let seed = try TrustSetup.begin(directory, site: "North", .system) { seed in
                #expect(!directory.isSetUp)
                shown.append(seed)
            }
            #expect(directory.isSetUp && shown.count == 2 && shown.last == seed)
            #expect(try DurableFile.read(directory.secretsFile) != half)
            let box = try await TemporaryNode(
                root: directory.root, site: "North")
            await box.node.close()
        }
    }

    @Test func `a box that runs admits nobody, whether it answers or not`() async throws {
        try await TemporaryNode.withFolder { root in
            let box = try await TemporaryNode(
                root: root.appendingPathComponent("north"), site: "North")
            let south = NodeDirectory(root.appendingPathComponent("south"))
            let roster = try DurableFile.read(box.node.directory.rosterFile)
            let refusal = await #expect(throws: NodeFault.self) { try await Self.admit(south, box) }
            #expect(refusal?.message.contains("stop it first") == true)
            #expect(!south.isSetUp)
            #expect(try DurableFile.read(box.node.directory.rosterFile) == roster)
            await box.node.close()
            try await Self.admit(south, box)
            #expect(south.isSetUp)
            #expect(try DurableFile.read(box.node.directory.rosterFile) != roster)
        }
    }

    private static func admit(_ new: NodeDirectory, _ box: TemporaryNode) async throws {
        try await TrustSetup.admit(
            new, site: "South", by: box.node.directory, schema: box.packs.schema, .system)
    }

    @Test func `a device that the roster does not know does not start`() async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            var secrets = try DurableFile.read(directory.secretsFile) ?? []
            secrets[20] ^= 1
            // As a program before the check wrote it.
            secrets = Array("WRNsecr1".utf8) + secrets[8...].dropLast(8)
            try DurableFile.replace(directory.secretsFile, with: secrets, mode: 0o600)
            try await Self.expectRefusal(of: directory, saying: "roster")
        }
    }

    @Test(arguments: [8, 41, 72, 80, 104, 112])
    func `one flipped bit of the secrets stops the node before it seals anything`(
        place: Int
    ) async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            var secrets = try DurableFile.read(directory.secretsFile) ?? []
            secrets[place] ^= 4
            try DurableFile.replace(directory.secretsFile, with: secrets, mode: 0o600)
            try await Self.expectRefusal(of: directory, saying: "`secrets` is damaged")
        }
    }

    @Test func `an emptied database counts as lost`() async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            try DurableFile.replace(directory.anchor, with: [1])
            #expect(!directory.hasLostDatabase)
            try DurableFile.replace(directory.database, with: [])
            #expect(directory.hasLostDatabase)
            // A box that ran had a database, also where the anchor went with it.
            try FileManager.default.removeItem(at: directory.anchor)
            #expect(!directory.hasLostDatabase)
            _ = try OperatorKey.draw(directory, .system)
            #expect(directory.hasLostDatabase)
        }
    }

    @Test func `a node.json of another site or of a later format does not start`() async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            var facts = try directory.facts()
            facts.site = String(repeating: "f", count: 32)
            try Self.write(facts, directory)
            try await Self.expectRefusal(of: directory, saying: "roster")
            facts.format = 2
            try Self.write(facts, directory)
            try await Self.expectRefusal(of: directory, saying: "format 2")
        }
    }

    @Test func `a damaged database says to restore a backup, and stays as it is`() async throws {
        try await TemporaryNode.withFolder { root in
            let directory = try await Self.node(root)
            let damaged = [UInt8](repeating: 7, count: 100_000)
            try DurableFile.replace(directory.database, with: damaged)
            try await Self.expectRefusal(of: directory, saying: "backup")
            let kept = try DurableFile.read(directory.database)
            #expect(kept == damaged)
        }
    }

    @Test func `what is no file is not read as one`() async throws {
        try await TemporaryNode.withFolder { root in
            #expect(throws: NodeFault.self) { try DurableFile.read(root) }
            let none = try DurableFile.read(root.appendingPathComponent("none"))
            #expect(none == nil)
        }
    }

    @Test(arguments: ["", "a,b\n", "HEADER\n", "HEADER\nRex,M\n"])
    func `a file without one animal writes nothing`(text: String) async throws {
        try await TemporaryNode.with { box in
            let header = "animal_name,animal_gender,animal_birth_year,breed_rc,zip_code"
            let file = box.root.appendingPathComponent("odd.csv")
            let bytes = Array(text.replacingOccurrences(of: "HEADER", with: header).utf8)
            try DurableFile.replace(file, with: bytes)
            _ = try? await box.importFile(file)
            #expect(try box.count("import_batch") == 0)
        }
    }

    private static func node(_ root: URL) async throws -> NodeDirectory {
        let box = try await TemporaryNode(root: root, site: "North")
        await box.node.close()
        return box.node.directory
    }

    private static func write(_ facts: NodeFacts, _ directory: NodeDirectory) throws {
        try DurableFile.replace(
            directory.factsFile, with: Array(try JSONEncoder().encode(facts)))
    }

    private static func expectRefusal(
        of directory: NodeDirectory, saying word: String
    ) async throws {
        let schema = try InstalledPacks.shipped().schema
        let fault = await #expect(throws: NodeFault.self) {
            let node = try await Node(directory, schema: schema)
            await node.close()
        }
        #expect(fault?.message.contains(word) == true)
    }

    private static func mode(_ url: URL) throws -> Int {
        let facts = try FileManager.default.attributesOfItem(atPath: url.path)
        return (facts[.posixPermissions] as? Int ?? -1) & 0o777
    }
}
