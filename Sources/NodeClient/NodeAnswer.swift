/// What a node said.
public struct NodeAnswer: Sendable {
    /// The HTTP status.
    public let status: Int
    /// By lower-case name; of a header given twice the first.
    public let headers: [String: String]
    /// The whole body.
    public let body: [UInt8]

    /// The node did as asked.
    public var isSuccess: Bool { (200..<300).contains(status) }
}

/// Cuts bytes into lines, however they were cut on the way.
struct LineSplitter {
    /// A line beyond this is none of the node's.
    static let lineBytesMax = 16 << 20

    private var kept: [UInt8] = []

    /// - Returns: the lines that are whole now, without their ends.
    mutating func add(_ bytes: some Collection<UInt8>) throws(NodeClientError) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var left = bytes[...]
        while let end = left.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(kept + left[..<end])
            kept = []
            left = left[left.index(after: end)...]
        }
        guard kept.count + left.count <= Self.lineBytesMax else { throw .lineTooLong }
        kept += left
        return lines
    }

    /// What came after the last end.
    var rest: [UInt8]? { kept.isEmpty ? nil : kept }
}
