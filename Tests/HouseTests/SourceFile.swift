import Foundation

/// One Swift file as lines in three layers; line n of each is the same line.
struct SourceFile: Sendable {
    /// Relative to the root, such as `Sources/CRDT/Stamp.swift`.
    let path: String
    let lines: [Substring]
    let code: [Substring]
    let comments: [Substring]
    private let codeData: Data

    init(path: String, text: String) {
        self.path = path
        let layers = Splitter(text)
        lines = SourceFile.lines(of: text)
        codeData = Data(layers.code)
        code = SourceFile.lines(of: String(decoding: layers.code, as: UTF8.self))
        comments = SourceFile.lines(of: String(decoding: layers.comments, as: UTF8.self))
    }

    /// `CRDT` for `Sources/CRDT/Stamp.swift`.
    var room: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// Whether a word stands anywhere in the code, alone or not: quick, to spare the slow question.
    func mayHold(_ word: some Collection<UInt8>) -> Bool {
        codeData.range(of: Data(word)) != nil
    }

    var isInSources: Bool { path.hasPrefix("Sources/") }

    /// A newline at the end of the file begins no further line.
    static func lines(of text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

/// One broken rule, where it is broken and what to do instead.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let rule: String

    var description: String { line > 0 ? "\(path):\(line): \(rule)" : "\(path): \(rule)" }
}
