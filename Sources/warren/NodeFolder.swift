internal import ArgumentParser
internal import EdgeNode
internal import Foundation
internal import NodeClient

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
                \(node.database.path) is missing or empty, though this box has written before. Put \
                the file back if you have it; else `warren serve --begin-empty` begins a new one, \
                which the other boxes fill again.
                """)
        }
        let packs = try InstalledPacks.shipped()
        return (try await Node(node, schema: packs.schema), packs)
    }

    /// Where the node answers, if it runs now.
    func running() async -> NodeAddress? {
        guard let address = try? NodeAddress.read(node), await address.isAlive(in: node) else {
            return nil
        }
        return address
    }
}

extension NodeAddress {
    /// Whether this folder's node answers there. A crash leaves the file behind; then nobody
    /// answers, or in time another node does.
    func isAlive(in directory: NodeDirectory) async -> Bool {
        let client = NodeClient(.loopback(port: api), patience: .seconds(5))
        let answer = try? await client.send(.init("GET", "/api/v1/health"))
        guard let answer, answer.status == 200, let facts = try? directory.facts() else {
            return false
        }
        return answer.object["site_id"] as? String == facts.site
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
