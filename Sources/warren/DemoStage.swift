internal import ArgumentParser
internal import CRDT
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import NodeClient
internal import PeerTransport

/// The demo's two boxes, their relay and the wire to it.
struct DemoStage: Sendable {
    let options: DemoCommand
    let north: DemoBox
    let south: DemoBox
    let relay: DemoRelay
    private let root: URL
    private let capture: WireCapture?
    private let lock: DemoLock

    init(_ options: DemoCommand) async throws {
        self.options = options
        root = URL(fileURLWithPath: options.directory)
        north = DemoBox(NodeDirectory(root.appendingPathComponent("north")), name: "North")
        south = DemoBox(NodeDirectory(root.appendingPathComponent("south")), name: "South")
        lock = try await Self.clear(root, [north, south])
        // A tap behind TLS would prove nothing about the seal; so then there is none.
        relay = try DemoRelay(
            root.appendingPathComponent("relay"), isPlain: options.wiretap != nil)
        capture = try options.wiretap.map { try WireCapture(URL(fileURLWithPath: $0)) }
        guard FileManager.default.isReadableFile(atPath: options.licences) else {
            throw VerbError(
                "there is no \(options.licences) here; name a file of licences with --licences")
        }
    }

    /// Removes what an earlier demo left, and nothing else: never the folder of a running node.
    private static func clear(_ root: URL, _ boxes: [DemoBox]) async throws -> DemoLock {
        let manager = FileManager.default
        let mark = root.appendingPathComponent("is-demo")
        if manager.fileExists(atPath: root.path), !manager.fileExists(atPath: mark.path) {
            throw VerbError("\(root.path) was not made by a demo; choose another --directory")
        }
        try manager.createDirectory(at: root, withIntermediateDirectories: true)
        let lock = try DemoLock(mark)
        for box in boxes {
            if let address = try? NodeAddress.read(box.directory),
                await address.isAlive(in: box.directory)
            {
                throw VerbError(
                    """
                    a node runs in \(box.directory.root.path) (process \(address.process)). End \
                    it first, or choose another --directory
                    """)
            }
        }
        for folder in boxes.map(\.directory.root) + [root.appendingPathComponent("data")]
        where manager.fileExists(atPath: folder.path) {
            try manager.removeItem(at: folder)
        }
        return lock
    }

    func play() async throws {
        let staff = try await fill()
        let port = try await relay.start()
        let wire = try await WireTap.bind(to: try PeerAddress(host: "127.0.0.1", port: port))
        let capture = capture
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await wire.run { _, bytes in capture?.record(bytes) } }
            group.addTask { try await tell(staff, wire) }
            try await group.next()
            group.cancelAll()
        }
    }

    private func tell(_ staff: [SampleStaff], _ wire: WireTap) async throws {
        try useRelay(wire)
        let usesUSB = PluggedPrinters().areUsable(by: try DeviceOptions.parse([]).shelf())
        try north.start(usesUSB: usesUSB)
        say(
            usesUSB
                ? "printers: yours, on USB"
                : "printers and scanner: played; no label printer is plugged in that may be opened"
        )
        let address = try await north.waitUntilUp()
        try await DemoPairing(host: north, newcomer: south, peers: address.peers).run()
        let southBegan = ContinuousClock.now
        try south.start(usesUSB: false)
        _ = try await south.waitUntilUp()
        guard let rosa = staff.first(where: { $0.role == .desk }),
            let mara = staff.first(where: { $0.role == .manager })
        else { throw VerbError("the demo has no staff") }
        let proof = DemoProof(
            north: north, south: south, desk: try await DemoSession(rosa, at: north),
            manager: mara, wire: wire, pictures: root, southBegan: southBegan)
        let arrivals = try await proof.run()
        try count(arrivals[0])
        if options.once { return }
        let play = DemoPlay(self, wire, Array(arrivals.dropFirst(2)), staff)
        try await play.run()
    }

    /// Makes the tenant's mailbox on the relay, by an invite of its operator.
    private func useRelay(_ wire: WireTap) throws {
        var words = ["relay", "create", "--relay", "localhost:\(wire.address.port)"]
        words += ["--invite", try relay.invite()]
        words += relay.root.map { ["--trust", $0.path] } ?? ["--plain"]
        try north.runVerb(words, quietly: true)
        say("relay: a mailbox by invite, \(relay.root == nil ? "without TLS" : "over TLS 1.3")")
    }

    func stop() {
        south.stop()
        north.stop()
        relay.stop()
        if options.once { return }
        say("")
        say("ended; the data stay in \(options.directory) until the next demo begins anew there")
    }

    /// Makes North's business: the reference tenant as CSV files, imported as any other would be.
    private func fill() async throws -> [SampleStaff] {
        if options.insecureStandIn { say("SEAL: none, nothing is encrypted (counter-check)") }
        _ = try TrustSetup.begin(
            north.directory, site: north.name, hasStandInSeal: options.insecureStandIn, .system)
        guard let today = LocalDate(Self.day(0)) else { throw VerbError("the clock is wrong") }
        let data = root.appendingPathComponent("data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        var tenant = try SampleTenant(
            seed: 1, register: options.licences, today: today, site: north.name,
            share: options.percent)
        for file in try tenant.files() {
            try Data(file.text.utf8).write(to: data.appendingPathComponent(file.name))
        }
        say("import: \(data.path) at North, owners and bookings made up around a dog register")
        let packs = try InstalledPacks.shipped()
        let node = try await Node(north.directory, schema: packs.schema)
        let staff: [SampleStaff]
        do {
            try await node.introduceSite(phones: "+1 212 555 0100")
            staff = try await SampleStaff.make(at: node)
        } catch {
            await node.close()
            throw error
        }
        await node.close()
        // In a process of its own, so that its memory is its own.
        try north.runVerb(["import", data.path])
        return staff
    }

    /// Looks for a name in all that the relay stores and, with a wire tap, in all that it was sent.
    private func count(_ arrival: DemoArrival) throws {
        let stored = try relay.count(of: arrival.owner)
        say("relay: \(stored.bytes) bytes stored; “\(arrival.owner)” \(stored.hits) times in them")
        var hits = [stored.hits]
        if let capture, let file = options.wiretap {
            hits.append(try capture.count(of: arrival.owner))
            say("wiretap: \(capture.size) bytes in \(file); \(hits[1]) times in them")
        }
        guard hits.allSatisfy({ ($0 > 0) == options.insecureStandIn }) else {
            throw VerbError("the relay sees the opposite of what it should")
        }
    }

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
