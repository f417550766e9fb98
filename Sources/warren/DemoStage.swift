internal import EdgeNode
internal import Foundation
internal import PeerTransport

/// The demo's two boxes and the wire between them.
struct DemoStage: Sendable {
    let options: DemoCommand
    let north: DemoBox
    let south: DemoBox
    private let capture: WireCapture?
    private let lock: DemoLock

    init(_ options: DemoCommand) throws {
        self.options = options
        let root = URL(fileURLWithPath: options.directory)
        north = DemoBox(NodeDirectory(root.appendingPathComponent("north")), name: "North")
        south = DemoBox(NodeDirectory(root.appendingPathComponent("south")), name: "South")
        lock = try Self.clear(root, [north, south])
        capture = try options.wiretap.map { try WireCapture(URL(fileURLWithPath: $0)) }
        guard FileManager.default.isReadableFile(atPath: options.licences) else {
            throw VerbError(
                "there is no \(options.licences) here; name a file of licences with --licences")
        }
    }

    /// Removes what an earlier demo left, and nothing else: never the folder of a running node.
    private static func clear(_ root: URL, _ boxes: [DemoBox]) throws -> DemoLock {
        let manager = FileManager.default
        let mark = root.appendingPathComponent("is-demo")
        if manager.fileExists(atPath: root.path), !manager.fileExists(atPath: mark.path) {
            throw VerbError("\(root.path) was not made by a demo; choose another --directory")
        }
        try manager.createDirectory(at: root, withIntermediateDirectories: true)
        let lock = try DemoLock(mark)
        for box in boxes {
            if let address = try? NodeAddress.read(box.directory),
                address.isAlive(in: box.directory)
            {
                throw VerbError(
                    """
                    a node runs in \(box.directory.root.path) (process \(address.process)). End \
                    it first, or choose another --directory
                    """)
            }
            if manager.fileExists(atPath: box.directory.root.path) {
                try manager.removeItem(at: box.directory.root)
            }
        }
        return lock
    }

    func play() async throws {
        try begin()
        let bookings = try await fill()
        try north.start(dialling: nil)
        let northAddress = try await north.waitUntilUp()
        try await DemoPairing(host: north, newcomer: south, peers: northAddress.peers).run()
        let wire = try await WireTap.bind(
            to: try PeerAddress(host: "127.0.0.1", port: northAddress.peers))
        try await withThrowingTaskGroup(of: Void.self) { group in
            let capture = capture
            group.addTask { try await wire.run { _, bytes in capture?.record(bytes) } }
            group.addTask {
                let desk = try DemoSession(bookings.staff[0], at: north)
                try await prove(bookings.sample, desk, wire)
                if !options.once { try await DemoPlay(self, wire, bookings.spare, desk).run() }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    func stop() {
        south.stop()
        north.stop()
        if options.once { return }
        say("")
        say("ended; the data stay in \(options.directory) until the next demo begins anew there")
        say("to go on with them, in two terminals:")
        say("  \(CommandLine.arguments[0]) serve -d \(options.directory)/north")
        say(
            """
              \(CommandLine.arguments[0]) serve -d \(options.directory)/south --api 7080 \
            --peers 7081 --dial 7071
            """)
    }

    private func begin() throws {
        if options.insecureStandIn { say("SEAL: none, nothing is encrypted (counter-check)") }
        _ = try TrustSetup.begin(
            north.directory, site: north.name, hasStandInSeal: options.insecureStandIn, .system)
    }

    /// Imports in a process of its own, so that its memory is its own, then adds two bookings.
    private func fill() async throws -> (
        sample: SampleBooking, spare: SampleBooking, staff: [SampleStaff]
    ) {
        say("import: \(options.licences) at North")
        try north.runVerb(["import", options.licences])
        let packs = try InstalledPacks.shipped()
        let node = try await Node(north.directory, schema: packs.schema)
        try await node.introduceSite()
        let (sample, spare): (SampleBooking, SampleBooking)
        let staff: [SampleStaff]
        do {
            staff = try await SampleStaff.make(at: node)
            sample = try await SampleBooking.make(
                at: node, arrival: Self.day(0), departure: Self.day(3))
            spare = try await SampleBooking.make(
                at: node, arrival: Self.day(0), departure: Self.day(2), for: .jonas, number: 2)
        } catch {
            await node.close()
            throw error
        }
        await node.close()
        say("bookings: \(sample.animalName) arrives now, \(spare.animalName) is left for you")
        return (sample, spare, staff)
    }

    private func prove(
        _ sample: SampleBooking, _ desk: DemoSession, _ wire: WireTap
    ) async throws {
        try south.start(dialling: "\(wire.address)")
        _ = try await south.waitUntilUp()
        let proof = DemoProof(
            north: north, south: south, sample: sample, desk: desk, wire: wire,
            isOnce: options.once)
        try await proof.run()
        if let capture, let file = options.wiretap {
            let hits = try capture.count(of: sample.animalName)
            say("wiretap: \(capture.size) bytes in \(file); “\(sample.animalName)” \(hits) times")
            if (hits == 0) == options.insecureStandIn {
                throw VerbError("the wiretap shows the opposite of what it should")
            }
        }
    }

    /// The day so many days from now, on this machine's calendar.
    static func day(_ offset: Int) -> String {
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
