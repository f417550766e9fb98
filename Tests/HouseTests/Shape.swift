/// How large things may grow.
enum Shape {
    static let fileLinesMax = 400
    static let functionLinesMax = 60
    static let lineColumnsMax = 100

    static func check(_ file: SourceFile) -> [Violation] {
        checkFile(file) + checkLines(file) + checkFunctions(file)
    }

    static func checkFile(_ file: SourceFile) -> [Violation] {
        guard file.lines.count > fileLinesMax else { return [] }
        return [
            Violation(
                path: file.path, line: 0,
                rule: "\(file.lines.count) lines, \(fileLinesMax) at most: find the second subject")
        ]
    }

    static func checkLines(_ file: SourceFile) -> [Violation] {
        file.lines.indices.filter { index in
            // Most lines are settled by their bytes; characters are counted only beyond.
            file.lines[index].utf8.count > lineColumnsMax
                && file.lines[index].count > lineColumnsMax
        }
        .map {
            Violation(
                path: file.path, line: $0 + 1,
                rule: "\(file.lines[$0].count) columns, \(lineColumnsMax) at most")
        }
    }

    static func checkFunctions(_ file: SourceFile) -> [Violation] {
        functions(in: file).filter { $0.lines > functionLinesMax }.map {
            Violation(
                path: file.path, line: $0.line,
                rule: "a function of \($0.lines) lines, \(functionLinesMax) at most")
        }
    }

    /// A function with a body, counted from its keyword to its closing brace.
    struct Function: Equatable {
        let line: Int
        let lines: Int
    }

    static func functions(in file: SourceFile) -> [Function] {
        let tokens = Token.all(in: file)
        return tokens.indices.compactMap { index in
            guard beginsFunction(tokens, at: index),
                let opening = body(tokens, after: index),
                let closing = end(tokens, of: opening)
            else { return nil }
            let line = tokens[index].line
            return Function(line: line, lines: tokens[closing].line - line + 1)
        }
    }

    private static func beginsFunction(_ tokens: [Token], at index: Int) -> Bool {
        guard index == 0 || tokens[index - 1].text != "." else { return false }
        let next = index + 1 < tokens.count ? tokens[index + 1].text : ""
        switch tokens[index].text {
        case "func", "deinit": return true
        case "init": return ["(", "?", "!", "<"].contains(next)
        case "subscript": return ["(", "<"].contains(next)
        default: return false
        }
    }

    private static let declarations: Set<Substring> = [
        "func", "init", "deinit", "subscript", "var", "let", "case", "struct", "class", "enum",
        "extension", "protocol", "typealias", "associatedtype", "static", "mutating",
    ]

    /// The brace that opens the body; nil for a requirement of a protocol.
    private static func body(_ tokens: [Token], after start: Int) -> Int? {
        var depth = 0
        for index in tokens.indices[(start + 1)...] {
            switch tokens[index].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return index
            case "}" where depth == 0: return nil
            case let word where depth == 0 && declarations.contains(word): return nil
            default: break
            }
        }
        return nil
    }

    private static func end(_ tokens: [Token], of opening: Int) -> Int? {
        var depth = 0
        for index in tokens.indices[opening...] {
            if tokens[index].text == "{" { depth += 1 }
            if tokens[index].text == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }

    private struct Token {
        let text: Substring
        let line: Int

        /// Words and single signs of the code layer.
        static func all(in file: SourceFile) -> [Token] {
            file.code.indices.flatMap { index in
                words(of: file.code[index]).map { Token(text: $0, line: index + 1) }
            }
        }

        private static func words(of line: Substring) -> [Substring] {
            var rest = line.drop { $0 == " " }
            var words: [Substring] = []
            while let first = rest.first {
                let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
                words.append(word.isEmpty ? rest.prefix(1) : word)
                rest = rest.dropFirst(word.isEmpty || first == " " ? 1 : word.count)
                rest = rest.drop { $0 == " " }
            }
            return words
        }
    }
}
