internal import CRDT
public import Foundation
internal import Signing

/// What a box knows of itself without its secrets: the file `node.json`.
public struct NodeFacts: Sendable, Hashable, Codable {
    static let formatKnown = 1

    /// 1 for this layout.
    public var format = formatKnown
    /// Hexadecimal, 32 digits.
    public var tenant: String
    /// The row of the box's site, 32 hexadecimal digits.
    public var site: String
    /// What people call the site.
    public var name: String
    /// `true` only in a counter-check: nothing is encrypted and nothing is compressed.
    public var hasStandInSeal: Bool
}

/// One node's folder (`Data-Directory.md`): database, anchor, secrets, roster, printer.
public struct NodeDirectory: Sendable {
    /// The folder itself.
    public let root: URL

    /// Names a folder; makes nothing.
    public init(_ root: URL) { self.root = root }

    public var database: URL { root.appendingPathComponent("replica.db") }
    public var anchor: URL { root.appendingPathComponent("anchor") }
    /// Where the file printer puts what it prints.
    public var printer: URL { root.appendingPathComponent("printer") }
    /// What people decided about printers and scanners (`DeviceSettings`).
    public var devices: URL { root.appendingPathComponent("devices.json") }
    /// Where the running node says how it is reached.
    public var address: URL { root.appendingPathComponent("address.json") }
    /// Where the running node takes orders of verbs: a Unix socket.
    public var socket: URL { root.appendingPathComponent("warren.sock") }
    /// What lets verbs of the folder's owner in (`OperatorKey`).
    var operatorFile: URL { root.appendingPathComponent("operator") }
    var secretsFile: URL { root.appendingPathComponent("secrets") }
    var rosterFile: URL { root.appendingPathComponent("roster") }
    var factsFile: URL { root.appendingPathComponent("node.json") }

    /// Whether `init` or `admit` has been here.
    public var isSetUp: Bool { FileManager.default.fileExists(atPath: factsFile.path) }

    /// The anchor, or the key that each start draws, says that there was a database, and there is
    /// none, or an emptied one.
    public var hasLostDatabase: Bool {
        let hasRun = [anchor, operatorFile].contains {
            FileManager.default.fileExists(atPath: $0.path)
        }
        guard hasRun else { return false }
        let facts = try? FileManager.default.attributesOfItem(atPath: database.path)
        return (facts?[.size] as? Int ?? 0) == 0
    }

    /// Writes everything that trust needs; `node.json` last, because it makes the folder count.
    ///
    /// - Parameter prepare: what must be done before it counts.
    func create(
        _ facts: NodeFacts, _ secrets: NodeSecrets, _ roster: [RosterEntry],
        beforeItCounts prepare: () throws -> Void = {}
    ) throws {
        guard !isSetUp else {
            throw NodeFault(
                .refused, "\(root.path) already holds a node. Choose another folder for a new one.")
        }
        guard !FileManager.default.fileExists(atPath: database.path) else {
            throw NodeFault(
                .refused,
                """
                \(root.path) holds a database without its node.json: new keys would lock it for \
                ever. Restore node.json, or choose another folder.
                """)
        }
        do {
            try FileManager.default.createDirectory(
                at: printer, withIntermediateDirectories: true)
            // Also a folder that was there: the database in it is for nobody else's eyes.
            for folder in [root, printer] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o700], ofItemAtPath: folder.path)
            }
        } catch {
            throw NodeFault(
                .refused,
                """
                \(root.path) cannot be made a node's folder (\(error.localizedDescription)): \
                check the path, its owner and the space there.
                """)
        }
        try DurableFile.replace(secretsFile, with: secrets.encoded, mode: 0o600)
        try save(roster)
        try prepare()
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try DurableFile.replace(factsFile, with: Array(try encoder.encode(facts)))
    }

    /// Who this box is.
    public func facts() throws -> NodeFacts {
        guard let bytes = try DurableFile.read(factsFile) else {
            throw NodeFault(
                .refused,
                "\(root.path) holds no node. Make one with `warren init` or `warren join`.")
        }
        guard let facts = try? JSONDecoder().decode(NodeFacts.self, from: Data(bytes)) else {
            throw NodeFault(
                .stopped,
                """
                \(factsFile.path) is damaged. It holds this box's place in the tenant and no \
                records: copy it from a backup of this folder, or admit a new box in an empty \
                folder with `warren join`.
                """)
        }
        guard facts.format == NodeFacts.formatKnown else {
            throw NodeFault(
                .stopped,
                "\(factsFile.path) has format \(facts.format), which this program does not know: "
                    + "install the program that wrote it")
        }
        return facts
    }

    func secrets() throws -> NodeSecrets {
        guard let bytes = try DurableFile.read(secretsFile) else {
            throw NodeFault(
                .stopped,
                """
                \(secretsFile.path) is missing: without its keys this box cannot sign or read. \
                Put it back if you have a copy, which is kept apart from backups. Else set up a \
                new box in an empty folder with `warren join`: the other boxes give it the records.
                """)
        }
        return try NodeSecrets(decoding: bytes)
    }

    /// Entries as length (varint) and bytes, in the order they were admitted.
    func save(_ roster: [RosterEntry]) throws {
        var writer = ByteWriter()
        for entry in roster { writer.write(block: entry.bytes) }
        try DurableFile.replace(rosterFile, with: writer.bytes, mode: 0o600)
    }

    func roster() throws -> Roster {
        var reader = ByteReader(try DurableFile.read(rosterFile) ?? [])
        do {
            let scheme = Ed25519Signatures()
            var roster = try Roster(genesis: try Self.entry(&reader), scheme: scheme)
            while !reader.isAtEnd { _ = roster.admit(try Self.entry(&reader)) }
            return roster
        } catch {
            throw NodeFault(
                .stopped,
                """
                \(rosterFile.path) is missing or damaged (\(error)). Copy the file `roster` from \
                the folder of another box of the same tenant.
                """)
        }
    }

    private static func entry(_ reader: inout ByteReader) throws -> RosterEntry {
        let bytes = try reader.block(upTo: 1 << 16, of: "roster entry")
        return try RosterEntry(decoding: Array(bytes))
    }
}
