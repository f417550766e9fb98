/// Lines of a stream that comes in pieces. What came with one line and belongs to the next stays
/// for whoever asks next.
struct LineBuffer {
    private var bytes: [UInt8] = []
    private var isAtEnd = false
    /// The longest line; nobody types more, and a file piped in by mistake fills no memory.
    static let bytesMax = 4_096

    mutating func append(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Nothing comes after what came.
    mutating func finish() { isAtEnd = true }

    /// Whether nothing is left and nothing comes.
    var isOver: Bool { isAtEnd && bytes.isEmpty }

    /// The next whole line without its end and the blanks around it; nil where more is to come, or
    /// nothing.
    mutating func next() -> String? {
        if let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            let line = bytes[..<end]
            bytes.removeFirst(end + 1)
            return Self.trimmed(line)
        }
        guard isAtEnd || bytes.count > Self.bytesMax, !bytes.isEmpty else { return nil }
        defer { bytes = [] }
        return Self.trimmed(bytes[...])
    }

    private static func trimmed(_ line: ArraySlice<UInt8>) -> String {
        let blanks: [UInt8] = [0x20, 0x09, 0x0D]
        let end = line.lastIndex { !blanks.contains($0) }.map { $0 + 1 } ?? line.startIndex
        return String(decoding: line[..<end].drop { blanks.contains($0) }, as: UTF8.self)
    }
}
