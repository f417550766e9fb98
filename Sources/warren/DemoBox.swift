internal import EdgeNode
internal import Foundation
internal import Synchronization

/// One box of the demo: a folder and, once started, a child process that serves it.
final class DemoBox: Sendable {
    let directory: NodeDirectory
    let name: String
    private let child = Mutex<(process: Process, input: Pipe)?>(nil)

    init(_ directory: NodeDirectory, name: String) {
        self.directory = directory
        self.name = name
    }

    /// Starts `warren serve` on free ports. The child ends with this process, whatever ends it.
    func start(dialling peer: String?) throws {
        var arguments = [
            "serve", "--directory", directory.root.path, "--api", "127.0.0.1:0", "--peers",
            "127.0.0.1:0", "--until-input-ends", "--no-usb", "--label-folder",
        ]
        if let peer { arguments += ["--dial", peer] }
        let process = Self.process(arguments)
        let input = Pipe()
        process.standardInput = input
        let log = directory.root.appendingPathComponent("node.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        try process.run()
        child.withLock { $0 = (process, input) }
    }

    /// The address, once the API answers.
    func waitUntilUp() async throws -> NodeAddress {
        for _ in 0..<600 {
            if let address = try? NodeAddress.read(directory), address.isAlive(in: directory) {
                return address
            }
            guard isRunning else { break }
            try await Task.sleep(for: .milliseconds(50))
        }
        let log = directory.root.appendingPathComponent("node.log").path
        throw VerbError("\(name) does not come up; its log is \(log)")
    }

    var isRunning: Bool { child.withLock { $0?.process.isRunning ?? false } }

    var processID: Int32? { child.withLock { $0?.process.processIdentifier } }

    /// Runs a verb on the folder to its end; its words go to the terminal.
    func runVerb(_ words: [String]) throws {
        let process = Self.process(words + ["--directory", directory.root.path])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw VerbError("warren \(words.joined(separator: " ")) failed")
        }
    }

    /// Asks the child to end, and waits.
    func stop() {
        guard let (process, input) = child.withLock({ $0.take() }) else { return }
        process.terminate()
        process.waitUntilExit()
        // It is gone already; the pipe only has to be closed.
        try? input.fileHandleForWriting.close()
    }

    func get(_ path: String, headers: [String: String] = [:]) throws -> LoopbackHTTP.Answer {
        try http().send("GET", "/api/v1/" + path, headers: headers)
    }

    func post(
        _ path: String, _ body: String, headers: [String: String] = [:]
    ) throws -> LoopbackHTTP.Answer {
        try http().send("POST", "/api/v1/" + path, headers: headers, body: body)
    }

    var url: String {
        let port = (try? NodeAddress.read(directory))?.api ?? 0
        return "http://127.0.0.1:\(port)/api/v1"
    }

    private func http() throws -> LoopbackHTTP {
        guard let address = try NodeAddress.read(directory) else {
            throw VerbError("\(name) is not running")
        }
        return LoopbackHTTP(port: address.api)
    }

    private static func process(_ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = arguments
        return process
    }
}

/// Every byte that crossed the wire, in a file.
final class WireCapture: Sendable {
    private let file: URL
    private let handle: Mutex<FileHandle>
    private let written = Mutex(0)

    init(_ file: URL) throws {
        self.file = file
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw VerbError("\(file.path) cannot be written")
        }
        handle = Mutex(try FileHandle(forWritingTo: file))
    }

    func record(_ bytes: [UInt8]) {
        handle.withLock { $0.write(Data(bytes)) }
        written.withLock { $0 += bytes.count }
    }

    var size: Int { written.withLock { $0 } }

    /// How often the text's bytes stand in what was recorded.
    func count(of text: String) throws -> Int {
        let (bytes, wanted) = (try Data(contentsOf: file), Data(text.utf8))
        var (hits, start) = (0, bytes.startIndex)
        while let range = bytes.range(of: wanted, in: start..<bytes.endIndex) {
            hits += 1
            start = range.upperBound
        }
        return hits
    }
}
