internal import Foundation

extension NodeDirectory {
    private static let secretNames = [
        "secrets", "operator", "relay", "relay.draft", "joining", "desks.json",
    ]

    /// Files with secrets that other accounts of this machine may read, each in a sentence with
    /// what to do. Empty where all is as it was made. No path is named: desks show the notice.
    public var looseFiles: [String] {
        var sentences: [String] = []
        if let mode = Self.openMode(root) {
            sentences.append(
                """
                Other accounts of this machine may look into the node's folder (mode \(mode)), \
                where its records and keys lie. Shut them out: chmod 700 on that folder.
                """)
        }
        let tls = "tls"
        // A folder that is not there holds no key.
        let inside =
            (try? FileManager.default.contentsOfDirectory(
                atPath: root.appendingPathComponent(tls).path)) ?? []
        let keys = inside.filter { $0.hasSuffix(".key") }.sorted().map { "\(tls)/\($0)" }
        for name in Self.secretNames + keys {
            guard let mode = Self.openMode(root.appendingPathComponent(name)) else { continue }
            sentences.append(
                """
                Other accounts of this machine may read the file \(name) in the node's folder \
                (mode \(mode)), which lets them act as this box. Shut them out: chmod 600 on it.
                """)
        }
        return sentences
    }

    /// The mode in octal where it gives others anything; nil where it does not, or there is no
    /// such file.
    private static func openMode(_ url: URL) -> String? {
        var facts = stat()
        guard stat(url.path, &facts) == 0, facts.st_mode & 0o077 != 0 else { return nil }
        return "0" + String(facts.st_mode & 0o777, radix: 8)
    }
}
