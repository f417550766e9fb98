internal import Foundation

/// The file `address.json`: how a running node is reached. It goes when the node ends well.
public struct NodeAddress: Sendable, Hashable, Codable {
    public let api: Int
    public let peers: Int
    public let process: Int32

    /// Names two ports and the process that listens there.
    public init(api: Int, peers: Int, process: Int32) {
        self.api = api
        self.peers = peers
        self.process = process
    }

    /// What a node left there; `nil` for no file and for one that no node wrote.
    public static func read(_ directory: NodeDirectory) throws(NodeFault) -> NodeAddress? {
        guard let bytes = try DurableFile.read(directory.address),
            let address = try? JSONDecoder().decode(NodeAddress.self, from: Data(bytes)),
            (1...65_535).contains(address.api), (1...65_535).contains(address.peers)
        else { return nil }
        return address
    }

    /// Says where this node listens.
    public func write(_ directory: NodeDirectory) throws {
        try DurableFile.replace(directory.address, with: Array(try JSONEncoder().encode(self)))
    }

    /// Takes it back.
    public static func remove(_ directory: NodeDirectory) {
        // It may be gone already; that is what is wanted.
        try? FileManager.default.removeItem(at: directory.address)
    }
}
