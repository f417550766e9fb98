import Foundation
import Glibc
import PeerTransport
import SyncProtocol
import Testing

/// A `warren-relay serve` of its own, which ends with this value.
final class RelayProcess {
    struct NotUp: Error { let said: String }

    let address: PeerAddress
    let relay: RelayID
    private let process = Process()
    private let input = Pipe()

    /// Starts it and reads where it listens from what it prints.
    ///
    /// - Parameter port: 0 lets the system choose.
    init(data: URL, port: Int = 0, _ arguments: [String] = []) throws {
        let output = Pipe()
        process.executableURL = Self.program
        process.arguments =
            ["serve", "--data", data.path, "--listen", "127.0.0.1:\(port)", "--until-input-ends"]
            + arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var said = ""
        while !said.contains("Ctrl-C") {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw NotUp(said: said) }
            said += String(decoding: more, as: UTF8.self)
        }
        guard let port = said.firstMatch(of: #/://127\.0\.0\.1:([0-9]+)/relay/v1/#)?.1,
            let id = said.firstMatch(of: #/relay ([0-9a-f]{32}) serves/#)?.1,
            let number = Int(port), let relay = UInt128(id, radix: 16)
        else { throw NotUp(said: said) }
        address = try PeerAddress(host: "127.0.0.1", port: number, isSecured: true)
        self.relay = RelayID(relay)
    }

    deinit { if process.isRunning { kill() } }

    /// As a power cut does: no goodbye, nothing flushed.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// As Ctrl-C does; answers the exit status.
    func interrupt() -> Int32 {
        process.interrupt()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Runs another verb and gives what it said and its status.
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

    /// A fresh token, as the operator hands it out.
    static func invite(data: URL) throws -> InviteToken {
        let said = try run(["invite", "--data", data.path]).said
        guard let digits = said.firstMatch(of: #/invite +([0-9a-f]{64})/#)?.1 else {
            throw NotUp(said: said)
        }
        let numbers = digits.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: numbers.count, by: 2).map {
            UInt8(numbers[$0] << 4 | numbers[$0 + 1])
        }
        guard let token = InviteToken(bytes: bytes) else { throw NotUp(said: said) }
        return token
    }

    /// Built beside the program that runs the tests.
    private static var program: URL {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "warren-relay")
    }
}

/// A folder that goes with this value.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "warren-relay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    // Best effort: it is a temporary directory.
    deinit { try? FileManager.default.removeItem(at: url) }

    func empty() throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: url.path) {
            try FileManager.default.removeItem(at: url.appending(path: file))
        }
    }
}
