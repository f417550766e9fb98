internal import EdgeNode
internal import Foundation
internal import NodeClient
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
    ///
    /// - Parameter usesUSB: whether real printers are used; else label printers are played.
    func start(usesUSB: Bool) throws {
        let played = usesUSB ? ["scanner"] : ["label-printer", "card-printer", "scanner"]
        let arguments = [
            "serve", "--directory", directory.root.path, "--api", "127.0.0.1:0", "--peers",
            "127.0.0.1:0", usesUSB ? "--usb" : "--no-usb", "--virtual",
            played.joined(separator: ","), "--until-input-ends",
        ]
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
            if let address = try? NodeAddress.read(directory),
                await address.isAlive(in: directory)
            {
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
    func runVerb(_ words: [String], quietly: Bool = false) throws {
        let process = Self.process(words + ["--directory", directory.root.path])
        if quietly { process.standardOutput = FileHandle.nullDevice }
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw VerbError("warren \(words.prefix(2).joined(separator: " ")) failed")
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

    /// Asks as whoever `headers` name, else as the folder's owner.
    func get(_ path: String, headers: [String: String] = [:]) async throws -> NodeAnswer {
        try await client().send(.init("GET", "/api/v1/" + path, headers: try signed(headers)))
    }

    func post(
        _ path: String, _ body: String, headers: [String: String] = [:]
    ) async throws -> NodeAnswer {
        try await client().send(
            .init(
                "POST", "/api/v1/" + path, headers: try signed(headers), body: Array(body.utf8)))
    }

    private func signed(_ headers: [String: String]) throws -> [String: String] {
        guard headers["Authorization"] == nil, let key = try OperatorKey.read(directory) else {
            return headers
        }
        return headers.merging(["Authorization": "Bearer \(key.text)"]) { given, _ in given }
    }

    /// Of the desk's page.
    var page: String {
        let port = (try? NodeAddress.read(directory))?.api ?? 0
        return "http://127.0.0.1:\(port)/"
    }

    private func client() throws -> NodeClient {
        guard let address = try NodeAddress.read(directory) else {
            throw VerbError("\(name) is not running")
        }
        return NodeClient(.loopback(port: address.api))
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
        try Data(contentsOf: file).count(of: Data(text.utf8))
    }
}
