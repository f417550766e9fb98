import Testing

/// The checkers themselves: a bad sample is caught, a good one passes.
@Suite struct TableTests {
    private let storage = "Sources/ReplicaStorage/Sample.swift"
    private let ground = "Sources/CRDT/Sample.swift"

    @Test(arguments: [
        ("import Foundation", ["Foundation"]),
        ("public import CRDT", ["CRDT"]),
        ("@preconcurrency import NIOCore", ["NIOCore"]),
        ("@_spi(Inner) @testable import CRDT", ["CRDT"]),
        ("  internal import struct Foundation.URL", ["Foundation"]),
        ("import CRDT; import Sealing", ["CRDT", "Sealing"]),
        ("#if canImport(Glibc)\nimport Glibc\n#endif", ["Glibc"]),
        ("import\tFoundation", ["Foundation"]),
        ("// import Foundation", []),
        ("/* import A /* import B */\nimport C */", []),
        ("let text = \"\"\"\nimport Foundation\n\"\"\"", []),
        ("let important = 1", []),
    ])
    func `imports are read however they are decorated`(text: String, modules: [String]) {
        let file = SourceFile(path: ground, text: text)
        #expect(Imports.found(in: file).map(\.module) == modules)
    }

    @Test func `a forbidden import is caught with its line`() throws {
        let room = try #require(plan.first { $0.name == "CRDT" })
        let bad = SourceFile(path: ground, text: "\nimport Foundation\n")
        #expect(Imports.check(bad, in: room).map(\.line) == [2])
        #expect(Imports.check(SourceFile(path: ground, text: "import Swift"), in: room) == [])
    }

    @Test func `a star allows every module that begins so`() throws {
        let room = try #require(plan.first { $0.name == "PeerTransport" })
        #expect(room.allows("NIOWebSocket"))
        #expect(!room.allows("Sealing"))
        #expect(!room.allows("Foundation"))
    }

    @Test func `an arrow upward is caught`() {
        let drawn: [Room] = [.library("Low", ["High"]), .library("High", ["Low"])]
        #expect(Imports.checkArrows(of: drawn).map(\.path) == ["Sources/Low"])
        #expect(Imports.reach(of: "High", in: drawn) == ["Low", "High"])
    }

    @Test func `the manifest is read and compared`() {
        let text = """
            func room(_ name: String) -> Target { .target(name: name, dependencies: []) }
            room("CRDT", ["Foundation"]),
            tests("CRDTTests", ["CRDT"], resources: [.copy("Vectors")]),
            tests("Bare", resources: [.copy("Vectors")]),
            .executableTarget(
                name: "warren", dependencies: ["CRDT", .product(name: "Logging", package: "p")],
                path: "Sources/warren"),
            """
        let read = Manifest.dependenciesByTarget(in: text)
        #expect(
            read == [
                "CRDT": ["Foundation"], "CRDTTests": ["CRDT"], "Bare": [],
                "warren": ["CRDT", "Logging"],
            ])
        #expect(Manifest.check(text, against: plan).count == 1)
    }

    @Test func `an import that the manifest does not declare is caught`() throws {
        let room = try #require(plan.first { $0.name == "SyncProtocol" })
        let file = SourceFile(path: "Sources/SyncProtocol/Sample.swift", text: "import CRDT")
        let without = Manifest.undeclared(
            in: file, of: room, declared: ["SyncProtocol": []], plan: plan)
        let with = Manifest.undeclared(
            in: file, of: room, declared: ["SyncProtocol": ["CRDT"]], plan: plan)
        #expect(without.count == 1)
        #expect(with == [])
    }

    @Test(arguments: [
        ("let a = Date()", "CRDT"), ("let a = ContinuousClock.now", "SyncProtocol"),
        ("let a = UUID()", "Peripherals"), ("var g = SystemRandomNumberGenerator()", "FrontDesk"),
        ("let a = Int.random(in: 0...9)", "CRDT"), ("let a = b.shuffled()", "CRDT"),
        ("let task = Task { }", "Signing"), ("Task{ await go() }", "EdgeNode"),
        ("Task(priority: .low) { }", "EdgeNode"), ("try await Task.sleep(for: d)", "EdgeNode"),
        ("Task.detached { }", "LANAPI"), ("let a = try! b()", "LANAPI"),
        ("let a = b as! C", "warren"), ("fatalError()", "warren"),
        ("nonisolated(unsafe) var a = 1", "USBHost"), ("print(a)", "EdgeNode"),
        ("Swift.print(a)", "EdgeNode"), ("let a = \"\\(try! b())\"", "CRDT"),
    ])
    func `a banned word is caught`(text: String, room: String) {
        let file = SourceFile(path: "Sources/\(room)/Sample.swift", text: text)
        #expect(BannedWords.check(file).count >= 1)
    }

    @Test(arguments: [
        ("let a = Date(milliseconds: 1)", "CRDT"), ("let a = b.nowhere", "CRDT"),
        ("let a = \"Date() and try! and print(\"", "CRDT"), ("// try! is banned", "CRDT"),
        ("let a = #\"a \" fatalError\"#", "CRDT"), ("let a = /\"fatalError\"/", "CRDT"),
        ("func `a Task is print(ed)`() {}", "CRDT"), ("let a = b / c; let d = e / f", "CRDT"),
        ("withTaskGroup(of: Int.self) { _ in }", "CRDT"), ("print(a)", "warren"),
        ("printer.print(job)", "EdgeNode"), ("blueprint(a)", "EdgeNode"),
        ("Task.isCancelled", "EdgeNode"), ("let a = Date()", "EdgeNode"),
        ("let a = try? b()", "LANAPI"), ("let gas = !b", "LANAPI"),
    ])
    func `an innocent line passes`(text: String, room: String) {
        let file = SourceFile(path: "Sources/\(room)/Sample.swift", text: text)
        #expect(BannedWords.check(file) == [])
    }

    @Test func `unchecked Sendable needs its room and its reason`() {
        let bare = "final class A: @unchecked Sendable {}"
        let reasoned = "// Sendable because one thread owns the handle.\n/// A.\n@safe\n" + bare
        let far = "// Sendable because of B.\nlet b = 1\n" + bare
        let verdicts = [(storage, bare), (storage, reasoned), (storage, far), (ground, reasoned)]
            .map { BannedWords.checkUnchecked(SourceFile(path: $0.0, text: $0.1)).count }
        #expect(verdicts == [1, 0, 1, 1])
    }

    @Test(arguments: [
        ("// TODO later", 1), ("// FIXME: now", 1), ("// TODO(#12) later", 0),
        ("// FIXME #3", 0), ("// TODOs", 0), ("let a = \"TODO\"", 0),
    ])
    func `a promise needs a number`(text: String, count: Int) {
        let file = SourceFile(path: ground, text: text)
        #expect(BannedWords.checkPromises(path: ground, file.comments).count == count)
    }

    @Test(arguments: [
        ("Sources/A/StringHelpers.swift", 1), ("Sources/A/DeviceManager.swift", 1),
        ("Tests/A/util.py", 1), ("Sources/A/Common.swift", 1), ("Sources/A/MiscTypes.swift", 1),
        ("Sources/A/DiskUtilization.swift", 0), ("Sources/A/Commit.swift", 0),
    ])
    func `a file name has a subject`(path: String, count: Int) {
        #expect(BannedWords.checkName(path).count == count)
    }

    @Test(arguments: [
        ("see /wo" + "rk/main", 1), ("\"/ro" + "ot/.netrc\"", 1),
        ("files.python" + "hosted.org", 1),
        ("https://py" + "pi.org/simple", 1), ("home/wo" + "rk/", 0), ("$(ROOT)/wo" + "rk/x", 0),
        ("a network/ro" + "ot/leaf", 0), ("paperwork", 0),
    ])
    func `a place of one machine is caught`(text: String, count: Int) {
        #expect(Places.check(path: "README.md", text).count == count)
    }

    @Test func `files and lines are measured`() {
        let fits = String(repeating: "a\n", count: 400)
        #expect(Shape.check(SourceFile(path: ground, text: fits)) == [])
        #expect(Shape.check(SourceFile(path: ground, text: fits + "a")).count == 1)
        let wide = String(repeating: "é", count: 100)
        #expect(Shape.check(SourceFile(path: ground, text: wide)) == [])
        #expect(Shape.check(SourceFile(path: ground, text: wide + "é")).count == 1)
    }

    @Test(arguments: ["func a(_ b: [Int] = { [1] }()) -> Int", "init?(b: Int)", "deinit"])
    func `functions are measured from keyword to brace`(head: String) {
        let full = "struct A {\n\(head) {\n" + String(repeating: "a {}\n", count: 58) + "}\n}\n"
        let over = full.replacing("{\na {}", with: "{\na\na {}", maxReplacements: 1)
        let found = Shape.functions(in: SourceFile(path: ground, text: full))
        #expect(found == [Shape.Function(line: 2, lines: 60)])
        #expect(Shape.check(SourceFile(path: ground, text: full)) == [])
        #expect(Shape.check(SourceFile(path: ground, text: over)).map(\.line) == [2])
    }

    @Test func `requirements and calls are no functions`() {
        let text =
            "protocol A {\nfunc a()\nvar b: Int { get }\ninit(c: Int)\n}\nlet d = A.init(c: 1)"
        #expect(Shape.functions(in: SourceFile(path: ground, text: text)) == [])
    }
}
