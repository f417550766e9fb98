/// The targets that `Package.swift` declares, read as text.
enum Manifest {
    /// Dependencies by target: rooms by name, products by product name.
    static func dependenciesByTarget(in text: String) -> [String: [String]] {
        let bytes = Array(text.utf8)
        var found: [String: [String]] = [:]
        for opening in ["room(", "tests(", "arget("] {
            let word = Array(opening.utf8)
            var index = 0
            while index + word.count <= bytes.count {
                if bytes[index..<index + word.count].elementsEqual(word) {
                    let call = balanced(bytes, from: index + word.count - 1)
                    if let name = name(of: call) { found[name] = dependencies(of: call) }
                }
                index += 1
            }
        }
        return found
    }

    /// Compares what the manifest declares with what the plan allows.
    static func check(_ text: String, against plan: [Room]) -> [Violation] {
        let declared = dependenciesByTarget(in: text)
        return plan.flatMap { room in
            (declared[room.name] ?? []).filter { !room.allows($0) && room.kind != .foreign }.map {
                Violation(
                    path: "Package.swift", line: 0,
                    rule: "\(room.name) declares \($0), which the plan does not allow")
            }
        }
    }

    /// Rooms that a file imports although its target does not declare them.
    ///
    /// - Parameter declared: as `dependenciesByTarget` reads the manifest.
    static func undeclared(
        in file: SourceFile, of room: Room, declared: [String: [String]], plan: [Room]
    ) -> [Violation] {
        let rooms = Set(plan.map(\.name))
        guard let declared = declared[room.name] else { return [] }
        return Imports.found(in: file)
            .filter { rooms.contains($0.module) && !declared.contains($0.module) }
            .map {
                Violation(
                    path: file.path, line: $0.line,
                    rule: "Package.swift does not declare \($0.module) for \(room.name)")
            }
    }

    /// From the bracket at `start` to the one that closes it.
    private static func balanced(_ bytes: [UInt8], from start: Int) -> String {
        var depth = 0
        for index in start..<bytes.count {
            if "([".utf8.contains(bytes[index]) { depth += 1 }
            if ")]".utf8.contains(bytes[index]) { depth -= 1 }
            if depth == 0 { return String(decoding: bytes[start...index], as: UTF8.self) }
        }
        return String(decoding: bytes[start...], as: UTF8.self)
    }

    /// `("CRDT", …)` or `(name: "CRDT", …)`; nil for the functions that build targets.
    private static func name(of call: String) -> String? {
        call.firstMatch(of: #/^\(\s*(?:name:\s*)?"([^"]+)"/#).map { String($0.1) }
    }

    private static func dependencies(of call: String) -> [String] {
        let bytes = Array(call.utf8)
        guard let start = bytes.firstIndex(of: UInt8(ascii: "[")) else { return [] }
        let head = String(decoding: bytes[..<start], as: UTF8.self)
        guard !head.contains("resources:") else { return [] }
        return balanced(bytes, from: start)
            .replacing(#/package:\s*"[^"]*"/#, with: "")
            .matches(of: #/"([^"]+)"/#)
            .map { String($0.1) }
    }
}
