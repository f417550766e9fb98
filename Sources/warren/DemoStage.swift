internal import EdgeNode
internal import Foundation
internal import PeerTransport

/// The demo's two boxes and the wire between them.
struct DemoStage: Sendable {
    let options: DemoCommand
    let north: DemoBox
    let south: DemoBox
    private let capture: WireCapture?

    init(_ options: DemoCommand) throws {
        self.options = options
        let root = URL(fileURLWithPath: options.directory)
        north = DemoBox(NodeDirectory(root.appendingPathComponent("north")), name: "North")
        south = DemoBox(NodeDirectory(root.appendingPathComponent("south")), name: "South")
        capture = try options.wiretap.map { try WireCapture(URL(fileURLWithPath: $0)) }
        try Self.clear(root)
    }

    /// Removes what an earlier demo left, and nothing else.
    private static func clear(_ root: URL) throws {
        let manager = FileManager.default
        let mark = root.appendingPathComponent("is-demo")
        if manager.fileExists(atPath: root.path) {
            guard manager.fileExists(atPath: mark.path) else {
                throw VerbError(
                    "\(root.path) was not made by a demo; choose another --directory")
            }
            try manager.removeItem(at: root)
        }
        try manager.createDirectory(at: root, withIntermediateDirectories: true)
        try DurableFile.replace(mark, with: [])
    }

    func play() async throws {
        try setUpTrust()
        let sample = try await fill()
        try north.start(dialling: nil)
        let northAddress = try await north.waitUntilUp()
        let wire = try await WireTap.bind(
            to: try PeerAddress(host: "127.0.0.1", port: northAddress.peers))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let capture = capture
            group.addTask { try await wire.run { _, bytes in capture?.record(bytes) } }
            group.addTask {
                try await prove(sample, wire)
                if !options.once { try await Task.sleep(for: .seconds(10_000_000)) }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    func stop() {
        south.stop()
        north.stop()
    }

    private func setUpTrust() throws {
        say("trust: by a verb; it stands in for pairing, in which two people compare a code")
        if options.insecureStandIn { say("SEAL: none, nothing is encrypted (counter-check)") }
        _ = try TrustSetup.begin(
            north.directory, site: north.name, hasStandInSeal: options.insecureStandIn, .system)
        try TrustSetup.admit(south.directory, site: south.name, by: north.directory, .system)
    }

    /// Imports in a process of its own, so that its memory is its own, then adds a booking.
    private func fill() async throws -> SampleBooking {
        say("import: \(options.licences) at North")
        try north.runVerb(["import", options.licences])
        let packs = try InstalledPacks.shipped()
        let node = try await Node(north.directory, schema: packs.schema)
        try await node.introduceSite()
        let sample: SampleBooking
        do {
            sample = try await SampleBooking.make(
                at: node, arrival: Self.day(0), departure: Self.day(3))
        } catch {
            await node.close()
            throw error
        }
        await node.close()
        say("booking: made for \(sample.animalName), with a customer and run A03R")
        return sample
    }

    private func prove(_ sample: SampleBooking, _ wire: WireTap) async throws {
        try south.start(dialling: "\(wire.address)")
        _ = try await south.waitUntilUp()
        let proof = DemoProof(north: north, south: south, sample: sample, wire: wire)
        try await proof.run()
        if let capture, let file = options.wiretap {
            let hits = try capture.count(of: sample.animalName)
            say("wiretap: \(capture.size) bytes in \(file); “\(sample.animalName)” \(hits) times")
            if (hits == 0) == options.insecureStandIn {
                throw VerbError("the wiretap shows the opposite of what it should")
            }
        }
        if !options.once { say("Ctrl-C ends it.") }
    }

    private static func day(_ offset: Int) -> String {
        let moment = Date(timeIntervalSinceNow: Double(offset) * 86_400)
        let parts = Calendar(identifier: .gregorian)
            .dateComponents([.year, .month, .day], from: moment)
        func two(_ number: Int?) -> String {
            let text = "\(number ?? 0)"
            return text.count < 2 ? "0" + text : text
        }
        return "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))"
    }
}
