/// Splits Swift text into two layers of equal shape: what is code and what is comment.
///
/// Everything else (literals, raw identifiers, and in each layer the other layer) is blank, so a
/// banned word inside a message or a test name is never found, and line numbers stay true.
/// Code inside an interpolation is code.
struct Splitter {
    private(set) var code: [UInt8]
    private(set) var comments: [UInt8]
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
        code = bytes.map { $0 == newline ? newline : space }
        comments = code
        readCode(insideInterpolation: false)
    }

    private mutating func readCode(insideInterpolation: Bool) {
        var depth = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
                readLineComment()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
                readBlockComment()
            case UInt8(ascii: "/") where readRegex(hashes: 0):
                break
            case quote:
                readString(hashes: 0)
            case UInt8(ascii: "#") where readExtendedLiteral():
                break
            case UInt8(ascii: "`"):
                readRawIdentifier()
            case UInt8(ascii: ")") where insideInterpolation && depth == 0:
                position += 1
                return
            case let byte:
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") { depth -= 1 }
                code[position] = byte
                position += 1
            }
        }
    }

    private mutating func readLineComment() {
        while position < bytes.count, bytes[position] != newline {
            comments[position] = bytes[position]
            position += 1
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        while position < bytes.count {
            let pair = (bytes[position], peek(1))
            if pair == (UInt8(ascii: "/"), UInt8(ascii: "*")) {
                depth += 1
                keepComment(2)
            } else if pair == (UInt8(ascii: "*"), UInt8(ascii: "/")) {
                depth -= 1
                keepComment(2)
                if depth == 0 { return }
            } else {
                keepComment(1)
            }
        }
    }

    private mutating func keepComment(_ count: Int) {
        for index in position..<min(position + count, bytes.count) {
            comments[index] = bytes[index]
        }
        position += count
    }

    /// `#"…"#`, `##"…"##`, `#/…/#`; false when the hash begins something else, such as `#if`.
    private mutating func readExtendedLiteral() -> Bool {
        var hashes = 0
        while peek(hashes) == UInt8(ascii: "#") { hashes += 1 }
        switch peek(hashes) {
        case quote:
            position += hashes
            readString(hashes: hashes)
            return true
        case UInt8(ascii: "/"):
            position += hashes
            if readRegex(hashes: hashes) { return true }
            position -= hashes
            return false
        default:
            return false
        }
    }

    private mutating func readString(hashes: Int) {
        let isMultiline = peek(1) == quote && peek(2) == quote
        let quotes = isMultiline ? 3 : 1
        position += quotes
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\\"), hasHashes(hashes, at: 1) {
                position += 1 + hashes
                let isInterpolation = peek(0) == UInt8(ascii: "(")
                position += 1
                if isInterpolation { readCode(insideInterpolation: true) }
            } else if hasQuotes(quotes), hasHashes(hashes, at: quotes) {
                position += quotes + hashes
                return
            } else if bytes[position] == newline, !isMultiline {
                return
            } else {
                position += 1
            }
        }
    }

    /// A bare slash begins a regex only where an operand may stand and a slash closes the line.
    private mutating func readRegex(hashes: Int) -> Bool {
        if hashes == 0, !mayBeginRegex() { return false }
        var index = position + 1
        while index < bytes.count, hashes > 0 || bytes[index] != newline {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
            } else if bytes[index] == UInt8(ascii: "/"),
                hasHashes(hashes, at: index + 1 - position)
            {
                position = index + 1 + hashes
                return true
            } else {
                index += 1
            }
        }
        return false
    }

    private func mayBeginRegex() -> Bool {
        guard let next = peek(1), next != space, next != newline else { return false }
        var index = position - 1
        while index >= 0, code[index] == space { index -= 1 }
        return index < 0 || "\n(,=:[{;!&|?".utf8.contains(code[index])
    }

    private mutating func readRawIdentifier() {
        position += 1
        while let byte = peek(0), byte != UInt8(ascii: "`"), byte != newline { position += 1 }
        if peek(0) == UInt8(ascii: "`") { position += 1 }
    }

    private func peek(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private func hasQuotes(_ count: Int) -> Bool {
        (0..<count).allSatisfy { peek($0) == quote }
    }

    private func hasHashes(_ count: Int, at offset: Int) -> Bool {
        (0..<count).allSatisfy { peek(offset + $0) == UInt8(ascii: "#") }
    }
}

let newline = UInt8(ascii: "\n")
let space = UInt8(ascii: " ")
let quote = UInt8(ascii: "\"")
