import CRDT
import EdgeNode
import Foundation
import FrontDesk
import NodeClient
import Peripherals
import USBEmulation

@testable import warren

/// The real `warren serve` as a child of this process, on the emulated bus: its libusb finds the
/// devices that the emulator of this process plays.
final class ServedNode: Sendable {
    let directory: NodeDirectory
    /// The codes of a dog that may be checked in, and of a second one.
    let codes: [String]
    private let rosa: SampleStaff
    private let options: [String]
    private let seat: Watch<Seat?> = Watch(nil)

    /// One life of the child, and who is signed in there.
    private struct Seat {
        let child: Process
        /// Held open while it shall live.
        let input: Pipe
        let port: Int
        let token: String
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Lends a node that serves, with devices plugged in before it starts.
    static func with(
        _ options: [String] = [], settings: String? = nil,
        _ body: (ServedNode, EmulatedBus) async throws -> Void
    ) async throws {
        let emulated = try EmulatedBus()
        defer { emulated.free() }
        let root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-serve-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        let directory = NodeDirectory(root)
        let (codes, rosa) = try await prepare(directory)
        if let settings {
            try settings.write(to: directory.devices, atomically: true, encoding: .utf8)
        }
        let node = ServedNode(directory, codes, rosa, options)
        try await node.start()
        do {
            try await body(node, emulated)
        } catch {
            let log = try? String(contentsOf: node.log, encoding: .utf8)
            await node.stop()
            throw Failure(description: "\(error)\n\(log ?? "")")
        }
        await node.stop()
    }

    /// A box with staff, two dogs and their bookings for today.
    private static func prepare(
        _ directory: NodeDirectory
    ) async throws -> ([String], SampleStaff) {
        _ = try TrustSetup.begin(directory, site: "North", .system)
        let packs = try InstalledPacks.shipped()
        let node = try await Node(directory, schema: packs.schema)
        try await node.introduceSite()
        let staff = try await SampleStaff.make(at: node, roles: [.desk])
        var text = "animal_name,animal_gender,animal_birth_year,breed_rc,zip_code\n"
        for number in 0..<12 { text += "Rover-\(number),M,2015,Spaniel,10000\n" }
        let file = directory.root.appendingPathComponent("dogs.csv")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let item = ImportOrder.Item(
            path: file.path,
            mapping: try ImportManifest.mapping("licences", in: directory.root))
        _ = try await FileImport(node, packs).run(ImportOrder(items: [item]))
        let first = try await SampleBooking.make(
            at: node, arrival: "2026-01-01", departure: "2036-01-01")
        let second = try await SampleBooking.make(
            at: node, arrival: "2026-01-01", departure: "2036-01-01", for: .jonas, number: 2)
        await node.close()
        guard let rosa = staff.first else { throw Failure(description: "nobody works here") }
        return ([first.code, second.code], rosa)
    }

    private init(
        _ directory: NodeDirectory, _ codes: [String], _ rosa: SampleStaff, _ options: [String]
    ) {
        self.directory = directory
        self.codes = codes
        self.rosa = rosa
        self.options = options
    }

    /// Begins a life of the child and signs Rosa in.
    func start() async throws {
        let process = Process()
        process.executableURL = Self.program
        process.arguments =
            [
                "serve", "--directory", directory.root.path, "--api", "127.0.0.1:0", "--peers",
                "127.0.0.1:0", "--until-input-ends", "--profiles", Self.profiles,
            ] + options
        // The preload and the emulator's folder, which it put there after this process began.
        var environment = ProcessInfo.processInfo.environment
        for name in ["UMOCKDEV_DIR", "LD_PRELOAD"] {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        process.environment = environment
        let input = Pipe()
        process.standardInput = input
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardError = try FileHandle(forWritingTo: log)
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        var address: NodeAddress?
        while address == nil, process.isRunning {
            if let found = try? NodeAddress.read(directory),
                found.process == process.processIdentifier, await found.isAlive(in: directory)
            {
                address = found
            }
            await Task.yield()
        }
        guard let port = address?.api else {
            let words = try? String(contentsOf: log, encoding: .utf8)
            throw Failure(description: "serve ended: \(words ?? "")")
        }
        let person = "{\"staff\":\"\(RowName.text(rosa.id))\",\"pin\":\"\(rosa.pin)\"}"
        let answer = try await NodeClient(.loopback(port: port)).send(
            .init("POST", "/api/v1/sessions", body: Array(person.utf8)))
        guard let token = answer.object["token"] as? String else {
            throw Failure(description: "Rosa cannot sign in")
        }
        seat.update { $0 = Seat(child: process, input: input, port: port, token: token) }
    }

    /// `kill -9`.
    func crash() {
        guard let seat = seat.update({ $0.take() }) else { return }
        kill(seat.child.processIdentifier, SIGKILL)
        seat.child.waitUntilExit()
    }

    var log: URL { directory.root.appendingPathComponent("node.log") }

    /// Asks the child to end.
    ///
    /// - Returns: its status.
    @discardableResult
    func stop() async -> Int32 {
        guard let seat = seat.update({ $0.take() }) else { return -1 }
        seat.child.terminate()
        seat.child.waitUntilExit()
        // It is gone already; the pipe only has to be closed.
        try? seat.input.fileHandleForWriting.close()
        return seat.child.terminationStatus
    }

    func get(_ path: String) async throws -> NodeAnswer {
        try await NodeClient(.loopback(port: seat.value?.port ?? 0)).send(
            .init(
                "GET", "/api/v1/" + path,
                headers: ["Authorization": "Bearer \(seat.value?.token ?? "")"]))
    }

    func post(
        _ path: String, _ body: String = "", key: String? = nil, isSignedIn: Bool = true
    ) async throws -> NodeAnswer {
        var headers: [String: String] = [:]
        if isSignedIn { headers["Authorization"] = "Bearer \(seat.value?.token ?? "")" }
        if let key { headers["Idempotency-Key"] = key }
        return try await NodeClient(.loopback(port: seat.value?.port ?? 0)).send(
            .init("POST", "/api/v1/" + path, headers: headers, body: Array(body.utf8)))
    }

    /// Checks a dog in by its own code.
    ///
    /// - Returns: the ids of its print jobs, by template.
    func checkIn(_ number: Int = 0) async throws -> [String: String] {
        let answer = try await post(
            "stays:checkin", "{\"code\":\"\(codes[number])\"}", key: "check-in-\(number)")
        guard answer.status == 201, let jobs = answer.object["print_jobs"] as? [String] else {
            throw Failure(description: String(decoding: answer.body, as: UTF8.self))
        }
        var byTemplate: [String: String] = [:]
        for job in jobs {
            let row = try await get("print-jobs/\(job)").object
            byTemplate[row["template"] as? String ?? ""] = job
        }
        return byTemplate
    }

    /// Asks until the answer fits.
    func until(
        _ path: String, _ fits: ([String: Any]) -> Bool
    ) async throws -> [String: Any] {
        while !Task.isCancelled {
            let answer = try await get(path)
            if answer.status == 200, fits(answer.object) { return answer.object }
            await Task.yield()
        }
        let last = try await get(path).body
        throw Failure(description: "\(path): \(String(decoding: last, as: UTF8.self))")
    }

    /// Waits for a job's state.
    @discardableResult
    func job(_ id: String, is state: String, detail: String? = nil) async throws -> [String: Any] {
        try await until("print-jobs/\(id)") {
            $0["state"] as? String == state
                && (detail == nil || $0["detail"] as? String == detail)
        }
    }

    /// Waits until a device of this name stands so.
    @discardableResult
    func device(_ id: String, is state: String) async throws -> [String: Any] {
        try await until("devices/\(id)") { $0["state"] as? String == state }
    }

    /// Beside the test's own binary.
    private static var program: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("warren")
    }

    private static var profiles: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Firmware-profiles").path
    }
}
