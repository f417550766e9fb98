import EdgeNode
import Foundation
import FoundationNetworking
import Glibc

/// A `warren serve` of its own, which ends with this value, and the API that it serves.
final class BoxProcess {
    struct NotUp: Error {}

    private let process = Process()
    private let input = Pipe()
    private let api: URL
    private let key: OperatorKey

    /// Starts it on a folder that is set up, and waits until it says where it listens.
    init(_ directory: NodeDirectory) throws {
        process.executableURL = Self.program
        process.arguments = [
            "serve", "--directory", directory.root.path, "--api", "127.0.0.1:0", "--peers",
            "127.0.0.1:0", "--until-input-ends",
        ]
        process.standardInput = input
        let output = Pipe()
        process.standardError = output
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var said = ""
        while !said.contains("Ctrl-C") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw NotUp() }
            said += String(decoding: more, as: UTF8.self)
        }
        // What it says later is nobody's, but must not fill the pipe.
        output.fileHandleForReading.readabilityHandler = { handle in
            if handle.availableData.isEmpty { handle.readabilityHandler = nil }
        }
        guard let address = try NodeAddress.read(directory),
            let api = URL(string: "http://127.0.0.1:\(address.api)/api/v1/"),
            let key = try OperatorKey.read(directory)
        else { throw NotUp() }
        self.api = api
        self.key = key
    }

    deinit {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Asks the API, as the folder's owner where there is no token; gives status and object.
    func send(
        _ method: String, _ path: String, token: String? = nil, _ body: String? = nil
    ) async throws -> (status: Int, object: [String: Any]) {
        guard let url = URL(string: path, relativeTo: api) else { throw NotUp() }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.setValue(
            "Bearer \(token ?? key.text)", forHTTPHeaderField: "Authorization")
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        return ((response as? HTTPURLResponse)?.statusCode ?? 0, object ?? [:])
    }

    /// Signs a person in.
    func signIn(_ person: SampleStaff) async throws -> String {
        let body = "{\"staff\":\"\(RowName.text(person.id))\",\"pin\":\"\(person.pin)\"}"
        guard let token = try await send("POST", "sessions", body).object["token"] as? String
        else { throw NotUp() }
        return token
    }

    private func send(
        _ method: String, _ path: String, _ body: String
    ) async throws -> (status: Int, object: [String: Any]) {
        try await send(method, path, token: nil, body)
    }

    /// Asks again and again until the answer is as wished.
    func wait(
        _ path: String, until holds: ((status: Int, object: [String: Any])) -> Bool
    ) async throws {
        while !holds(try await send("GET", path)) { try Task.checkCancellation() }
    }

    /// Runs another verb; gives its status and what it said.
    static func run(_ arguments: [String]) throws -> (status: Int32, said: String) {
        let process = Process()
        let output = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: said, as: UTF8.self))
    }

    /// Built beside the program that runs the tests.
    private static var program: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "warren")
    }
}
