internal import CRDT
internal import Foundation

/// What proves to the API that a request comes from whoever owns the node's folder: the file
/// `operator`, mode 0600, drawn anew at each start. Verbs read it; it never leaves the machine.
public struct OperatorKey: Sendable {
    /// 64 hexadecimal digits; a secret.
    public let text: String

    /// Draws a key and leaves it in the folder.
    public static func draw(
        _ directory: NodeDirectory, _ environment: NodeEnvironment
    ) throws -> OperatorKey {
        let text = Hexadecimal.text(environment.randomBytes(32))
        try DurableFile.replace(directory.operatorFile, with: Array(text.utf8), mode: 0o600)
        return OperatorKey(text: text)
    }

    /// The running node's key; `nil` where no node ever ran.
    public static func read(_ directory: NodeDirectory) throws(NodeFault) -> OperatorKey? {
        try DurableFile.read(directory.operatorFile).map {
            OperatorKey(text: String(decoding: $0, as: UTF8.self))
        }
    }

    /// Compares in a time that tells nothing of where they differ.
    public func matches(_ other: String) -> Bool {
        let (left, right) = (Array(text.utf8), Array(other.utf8))
        guard left.count == right.count, !left.isEmpty else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
