internal import Certificates
internal import Foundation
internal import PeerTransport
internal import Synchronization

/// The demo's relay: a child process beside this program, over TLS with a certificate of its own.
final class DemoRelay: Sendable {
    /// What it stores.
    let folder: URL
    /// PEM of the root to trust there; `nil` without TLS.
    let root: URL?
    private let program: URL
    private let log: URL
    private let child = Mutex<(process: Process, input: Pipe)?>(nil)

    /// - Parameter isPlain: no TLS, so that a wire tap sees what the relay sees.
    init(_ folder: URL, isPlain: Bool) throws {
        self.folder = folder.appendingPathComponent("data")
        log = folder.appendingPathComponent("relay.log")
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        program = own.deletingLastPathComponent().appendingPathComponent("warren-relay")
        guard FileManager.default.isExecutableFile(atPath: program.path) else {
            throw VerbError(
                "the relay is not built: swift build --product warren-relay, then try again")
        }
        let manager = FileManager.default
        if manager.fileExists(atPath: folder.path) { try manager.removeItem(at: folder) }
        try manager.createDirectory(at: self.folder, withIntermediateDirectories: true)
        guard !isPlain else {
            root = nil
            return
        }
        let authority = try BoxAuthority(
            makingFor: "relay", names: try ServerNames(["localhost"]), at: Date())
        let leaf = try authority.issue(at: Date())
        let files = [
            "root.pem": authority.certificate, "leaf.pem": leaf.certificate, "leaf.key": leaf.key,
        ]
        for (name, text) in files {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        root = folder.appendingPathComponent("root.pem")
    }

    /// Starts it and learns its port from the first words it says.
    func start() async throws -> Int {
        var arguments = ["serve", "--data", folder.path, "--until-input-ends"]
        arguments += ["--listen", "127.0.0.1:0"]
        if let root {
            let beside = root.deletingLastPathComponent()
            arguments += [
                "--certificate", beside.appendingPathComponent("leaf.pem").path,
                "--key", beside.appendingPathComponent("leaf.key").path,
            ]
        }
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        let input = Pipe()
        process.standardInput = input
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let words = try FileHandle(forWritingTo: log)
        process.standardOutput = words
        process.standardError = words
        try process.run()
        child.withLock { $0 = (process, input) }
        for _ in 0..<400 {
            if let port = port() { return port }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw VerbError("the relay does not come up; its log is \(log.path)")
    }

    private func port() -> Int? {
        // Not there yet, or half written: asked again.
        guard let text = try? String(contentsOf: log, encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.contains("/relay/v1") }),
            let address = line.split(separator: "/").dropFirst().first,
            let port = address.split(separator: ":").last
        else { return nil }
        return Int(port)
    }

    /// A token with which one mailbox may be made.
    func invite() throws -> String {
        let process = Process()
        process.executableURL = program
        process.arguments = ["invite", "--data", folder.path]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let words = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let line = String(decoding: words, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("invite") }
        guard let token = line?.split(separator: " ").last else {
            throw VerbError("the relay made no invite")
        }
        return String(token)
    }

    /// How often a text's bytes stand in anything that the relay stores.
    func count(of text: String) throws -> (hits: Int, bytes: Int) {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let wanted = Data(text.utf8)
        return try names.reduce((0, 0)) { sum, name in
            let bytes = try Data(contentsOf: folder.appendingPathComponent(name))
            return (sum.0 + bytes.count(of: wanted), sum.1 + bytes.count)
        }
    }

    func stop() {
        guard let (process, input) = child.withLock({ $0.take() }) else { return }
        process.terminate()
        process.waitUntilExit()
        // It is gone already; the pipe only has to be closed.
        try? input.fileHandleForWriting.close()
    }
}

extension Data {
    /// How often a part stands in it.
    func count(of part: Data) -> Int {
        var (hits, start) = (0, startIndex)
        while let range = range(of: part, in: start..<endIndex) {
            hits += 1
            start = range.upperBound
        }
        return hits
    }
}
