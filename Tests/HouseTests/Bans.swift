import Foundation

/// A word that some rooms may not say, and what to say instead.
struct Ban: Sendable {
    let word: String
    /// Rooms of `Sources` where the ban holds; nil means all of them.
    let rooms: [String]?
    let except: [String]
    let cure: String

    init(_ word: String, in rooms: [String]? = nil, except: [String] = [], cure: String) {
        self.word = word
        self.rooms = rooms
        self.except = except
        self.cure = cure
    }

    func holds(in room: String) -> Bool {
        (rooms?.contains(room) ?? true) && !except.contains(room)
    }

    static let all: [Ban] = [
        Ban("Date()", in: groundRooms, cure: "take the time as `at now:`"),
        Ban(".now", in: groundRooms, cure: "take the time as `at now:`"),
        Ban("UUID()", in: groundRooms, cure: "take entropy as input"),
        Ban("SystemRandomNumberGenerator", in: groundRooms, cure: "take entropy as input"),
        Ban(".random(", in: groundRooms, cure: "take entropy as input"),
        Ban("shuffled()", in: groundRooms, cure: "sort, or take entropy as input"),
        Ban("Task", in: groundRooms, cure: "return an effect; the node runs it"),
        Ban("Task {", in: ["EdgeNode"], cure: "run it in a task group of a service's `run()`"),
        Ban("Task(", in: ["EdgeNode"], cure: "run it in a task group of a service's `run()`"),
        Ban("Task.sleep", in: ["EdgeNode"], cure: "sleep on the injected clock"),
        Ban("Task.detached", cure: "use a structured child task"),
        Ban("try!", cure: "throw, or state a precondition with a sentence"),
        Ban("as!", cure: "use `as?` and answer nil, or a type that cannot be wrong"),
        Ban("fatalError", cure: "state a precondition with a sentence"),
        Ban(
            ": Service {", in: ["warren", "warren-relay"],
            cure: "conform to NamedService, or the log prints all that it holds"),
        Ban(
            ": Service,", in: ["warren", "warren-relay"],
            cure: "conform to NamedService, or the log prints all that it holds"),
        Ban("nonisolated(unsafe)", cure: "use `Mutex`, an actor or a `let`"),
        Ban(
            "print(", except: ["warren", "warren-relay", "replica-benchmark"],
            cure: "log in the node, or return a value; only verbs print"),
    ]
}

enum BannedWords {
    static func check(_ file: SourceFile, against bans: [Ban] = Ban.all) -> [Violation] {
        guard file.isInSources else { return [] }
        let held = bans.filter { ban in
            ban.holds(in: file.room) && file.mayHold(ban.word.utf8.prefix { $0 != space })
        }
        guard !held.isEmpty else { return [] }
        return file.code.indices.flatMap { index in
            let line = Array(file.code[index].utf8)
            return held.filter { says(line, $0.word) }.map {
                Violation(
                    path: file.path, line: index + 1, rule: "\($0.word) is banned: \($0.cure)")
            }
        }
    }

    /// `@unchecked Sendable` stands only in rooms with C handles and under its reason.
    static func checkUnchecked(_ file: SourceFile) -> [Violation] {
        guard file.isInSources else { return [] }
        guard file.mayHold("@unchecked".utf8) else { return [] }
        return file.code.indices.filter { file.code[$0].contains("@unchecked Sendable") }
            .compactMap { index in
                let rule: String
                if !roomsWithHandles.contains(file.room) {
                    rule =
                        "@unchecked Sendable is for rooms with C handles: use `Mutex` or an actor"
                } else if !hasReason(file, above: index) {
                    rule = "@unchecked Sendable needs a line `// Sendable because …` above it"
                } else {
                    return nil
                }
                return Violation(path: file.path, line: index + 1, rule: rule)
            }
    }

    private static let promises = [Data("TODO".utf8), Data("FIXME".utf8)]

    /// A promise to come back needs a number to come back to: `TODO(#12)`, `FIXME #12`.
    static func checkPromises(path: String, _ lines: [Substring]) -> [Violation] {
        lines.indices.filter { index in
            let line = Data(lines[index].utf8)
            // Spares nearly every line the regex, which is slow in a debug build.
            guard promises.contains(where: { line.range(of: $0) != nil }) else { return false }
            return lines[index].matches(of: #/\b(?:TODO|FIXME)\b(\s*\(?\s*#[0-9]+)?/#)
                .contains { $0.1 == nil }
        }
        .map { Violation(path: path, line: $0 + 1, rule: "name the issue: `TODO(#12)`") }
    }

    private static let vagueNames = [
        "helper", "helpers", "util", "utils", "utility", "utilities", "manager", "managers",
        "common", "misc", "miscellaneous",
    ]

    /// Names that say nothing about what is inside; judged by their camel-case words.
    static func checkName(_ path: String) -> [Violation] {
        let name = path.split(separator: "/").last ?? ""
        let words = name.matches(of: #/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/#)
        return words.filter { vagueNames.contains($0.0.lowercased()) }.map {
            Violation(
                path: path, line: 0, rule: "a file named \($0.0) has no subject: name the noun")
        }
    }

    private static func hasReason(_ file: SourceFile, above index: Int) -> Bool {
        for line in file.lines[..<index].reversed() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("// Sendable because ") { return true }
            guard text.hasPrefix("//") || text.hasPrefix("@") else { return false }
        }
        return false
    }

    /// True where the word stands alone; a space in the word stands for any run of spaces.
    static func says(_ line: [UInt8], _ word: String) -> Bool {
        let word = Array(word.utf8)
        return line.indices.contains { start in
            guard line[start] == word[0], let end = match(word, in: line, from: start) else {
                return false
            }
            return !continues(line, before: start, word)
                && !(isIdentifier(word[word.count - 1]) && end < line.count
                    && isIdentifier(line[end]))
        }
    }

    private static func match(_ word: [UInt8], in line: [UInt8], from start: Int) -> Int? {
        var index = start
        for byte in word {
            if byte == space {
                while index < line.count, line[index] == space { index += 1 }
            } else if index < line.count, line[index] == byte {
                index += 1
            } else {
                return nil
            }
        }
        return index
    }

    /// `sprint(` is another word than `print(`, and so is the method in `printer.print(`.
    private static func continues(_ line: [UInt8], before start: Int, _ word: [UInt8]) -> Bool {
        guard start > 0, isIdentifier(word[0]) else { return false }
        let isMethod =
            line[start - 1] == UInt8(ascii: ".") && word.starts(with: "print".utf8)
            && !line[..<start].reversed().starts(with: "Swift.".utf8.reversed())
        return isMethod || isIdentifier(line[start - 1])
    }

    private static func isIdentifier(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte >= 0x80
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
