internal import ArgumentParser
internal import EdgeNode
internal import Foundation

/// Which node a verb speaks of.
struct NodeFolder: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The node's folder.", valueName: "folder"))
    var directory = ".warren/node"

    var node: NodeDirectory { NodeDirectory(URL(fileURLWithPath: directory)) }

    /// Opens the node in this process. Fails, and says so, while another process owns it.
    ///
    /// - Parameter isRebuilding: whether an empty database may take the place of a lost one.
    func open(isRebuilding: Bool = false) async throws -> (node: Node, packs: InstalledPacks) {
        if !isRebuilding, node.hasLostDatabase {
            throw NodeFault(
                .stopped,
                """
                \(node.database.path) is missing, though this box has written before. Put the file \
                back if you have it; else `warren serve` begins an empty one, which the other \
                boxes fill again.
                """)
        }
        let packs = try InstalledPacks.shipped()
        return (try await Node(node, schema: packs.schema), packs)
    }

    /// Where the node answers, if it runs now.
    func running() -> NodeAddress? {
        guard let address = try? NodeAddress.read(node), address.isAlive else { return nil }
        return address
    }
}

/// The file `address.json`: how a running node is reached. It goes when the node ends well.
struct NodeAddress: Codable {
    let api: Int
    let peers: Int
    let process: Int32

    static func read(_ directory: NodeDirectory) throws -> NodeAddress? {
        guard let bytes = try DurableFile.read(directory.address) else { return nil }
        return try JSONDecoder().decode(NodeAddress.self, from: Data(bytes))
    }

    func write(_ directory: NodeDirectory) throws {
        try DurableFile.replace(directory.address, with: Array(try JSONEncoder().encode(self)))
    }

    static func remove(_ directory: NodeDirectory) {
        // It may be gone already; that is what is wanted.
        try? FileManager.default.removeItem(at: directory.address)
    }

    /// A crash leaves the file behind; then nobody answers.
    var isAlive: Bool {
        (try? LoopbackHTTP(port: api).send("GET", "/api/v1/health"))?.status == 200
    }
}

/// Writes a line where people look while a verb works.
func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
}

/// Numbers as people read them.
enum Figures {
    /// Two decimals.
    static func seconds(_ value: Double) -> String { String(format: "%.2f", value) }
}

/// The most memory a process ever had, as the kernel counts it.
enum PeakMemory {
    static func mebibytes(of process: Int32 = getpid()) -> Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = Int(line.filter(\.isNumber))
        else { return nil }
        return kibibytes / 1_024
    }
}
