/// Reads import lines and compares them with the plan.
enum Imports {
    /// One `import`, however it is decorated.
    struct Import: Equatable {
        let module: String
        let line: Int
    }

    static func found(in file: SourceFile) -> [Import] {
        file.code.indices.flatMap { index in
            file.code[index].split(separator: ";").compactMap { statement in
                module(in: statement).map { Import(module: $0, line: index + 1) }
            }
        }
    }

    static func check(_ file: SourceFile, in room: Room) -> [Violation] {
        found(in: file).filter { !room.allows($0.module) }.map {
            Violation(
                path: file.path, line: $0.line,
                rule: "\(room.name) may not import \($0.module); move the code or change the plan")
        }
    }

    /// Arrows from a room to rooms it may not reach: to itself, or upward.
    static func checkArrows(of plan: [Room]) -> [Violation] {
        plan.indices.flatMap { index in
            plan[index...].filter { plan[index].mayImport.contains($0.name) }.map {
                Violation(
                    path: plan[index].folder, line: 0,
                    rule: "the plan draws an arrow to \($0.name), which is not below it")
            }
        }
    }

    /// Every room that `name` reaches through the arrows of the plan.
    static func reach(of name: String, in plan: [Room]) -> Set<String> {
        var reached: Set<String> = []
        var waiting = [name]
        while let next = waiting.popLast() {
            guard let room = plan.first(where: { $0.name == next }) else { continue }
            waiting += room.mayImport.filter { reached.insert($0).inserted }
        }
        return reached
    }

    private static let access = ["public", "package", "internal", "fileprivate", "private"]
    private static let kinds = [
        "struct", "class", "enum", "protocol", "typealias", "func", "var", "let",
    ]

    private static func module(in statement: Substring) -> String? {
        var words = statement.split { $0 == " " || $0 == "\t" }
        while let first = words.first, first.hasPrefix("@") || access.contains(String(first)) {
            words.removeFirst()
        }
        guard words.first == "import" else { return nil }
        words.removeFirst()
        if let first = words.first, kinds.contains(String(first)) { words.removeFirst() }
        return words.first.map { String($0.prefix { $0 != "." }) }
    }
}
