import Foundation

/// The tree as the house tests see it: found from this file's own place, read once as text.
struct House: Sendable {
    let root: String
    /// Swift files under `Sources` and `Tests`, split into layers.
    let swiftFiles: [SourceFile]
    /// Every file of the tree but what builds and version control leave behind.
    let paths: [String]

    static let here = House(root: rootOfThisFile())

    init(root: String) {
        self.root = root
        paths = House.walk(root).sorted()
        swiftFiles = paths.compactMap { path in
            guard path.hasSuffix(".swift"), path.hasPrefix("Sources/") || path.hasPrefix("Tests/"),
                let text = House.read(root + "/" + path)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }

    /// The text of a file, or nil where it is missing, not UTF-8 or above 4 MiB.
    func text(_ path: String) -> String? { House.read(root + "/" + path) }

    /// Folders directly below `parent`, empty ones too.
    func folders(in parent: String) -> [String] {
        let full = root + "/" + parent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: full)) ?? []
        return names.filter { isFolder(full + "/" + $0) }.sorted()
    }

    /// A room stands once its folder holds a file.
    func holds(room: Room) -> Bool {
        paths.contains { $0.hasPrefix(room.folder + "/") }
    }

    private static func rootOfThisFile() -> String {
        URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .path
    }

    private static func walk(_ root: String) -> [String] {
        guard let walker = FileManager.default.enumerator(atPath: root) else { return [] }
        var found: [String] = []
        while let path = walker.nextObject() as? String {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if isFolder(root + "/" + path) {
                if isLeftBehind(name) { walker.skipDescendants() }
            } else if !isLeftBehind(name) {
                found.append(path)
            }
        }
        return found
    }

    /// What `.gitignore` names, and git's own folder (a file in a worktree).
    private static func isLeftBehind(_ name: String) -> Bool {
        [".git", ".warren", "__pycache__", "Package.resolved", ".swiftpm"].contains(name)
            || name == ".build" || name.hasPrefix(".build-") || name.hasPrefix(".build_")
    }

    private static func read(_ full: String) -> String? {
        guard let data = FileManager.default.contents(atPath: full), data.count <= 4 << 20 else {
            return nil
        }
        return String(bytes: data, encoding: .utf8)
    }
}

private func isFolder(_ full: String) -> Bool {
    var answer: ObjCBool = false
    return FileManager.default.fileExists(atPath: full, isDirectory: &answer) && answer.boolValue
}
