import CRDT
import EdgeNode
import Foundation
import Sealing
import Signing
import SyncProtocol
import Synchronization

/// The box of a new tenant, and an empty folder that is to become its second one.
struct PairingFolders {
    let north: Node
    let southFolder: NodeDirectory
    let clock = HandClock()
    private let root: URL
    private let schema: Schema

    init() async throws {
        root = FileManager.default.temporaryDirectory
            .appendingPathComponent("warren-pairing-\(UUID().uuidString)")
        let northFolder = NodeDirectory(root.appendingPathComponent("north"))
        southFolder = NodeDirectory(root.appendingPathComponent("south"))
        schema = try InstalledPacks.shipped().schema
        _ = try TrustSetup.begin(northFolder, site: "North", .system)
        north = try await Node(northFolder, schema: schema, environment: clock.environment)
        try await north.introduceSite()
    }

    func remove() {
        // The system's folder for temporary files takes what is left.
        try? FileManager.default.removeItem(at: root)
    }

    func openSouth() async throws -> Node { try await Node(southFolder, schema: schema) }

    /// Pairs over a link in memory; each person types what the other box shows.
    ///
    /// - Parameters:
    ///   - breaksAfter: letters of the host that arrive.
    ///   - meanwhile: runs while both compare; its code is what the newcomer's person types.
    func join(
        _ host: PairingHost, site: String = "South", wrongAtHost: Bool = false,
        wrongAtNewcomer: Bool = false, breaksAfter letters: Int = .max,
        meanwhile: @escaping @Sendable (PairingCode) async -> PairingCode = { $0 }
    ) async throws {
        let joining = try Joining(southFolder, site: site, clock.environment)
        let (near, far) = await MemoryFrameLink.pair()
        async let served: Void = host.serve(ShortLink(near, sends: letters))
        defer { Task { await far.close() } }
        try await joining.run(far) { code, _ in
            let right = await meanwhile(code)
            let wrong = PairingCode(code.number == 0 ? "000001" : "000000")
            let typed = (wrongAtHost ? wrong : code).map { "\($0)" } ?? ""
            // The machine has shown its code before the newcomer could show one, or will at once.
            while await host.current.phase == .open { await Task.yield() }
            // A wrong code is what some tests are about; the host's standing tells.
            _ = try? await host.approve(typed)
            return wrongAtNewcomer ? wrong : right
        }
        await served
    }

    func rosterCount() async -> Int { await north.replica.roster?.entries.count ?? 0 }

    /// Waits until both hold the same rows.
    func untilEqual(_ south: Node) async {
        while await north.status().digest != south.status().digest { await Task.yield() }
    }
}

/// A clock that moves by hand; whoever sleeps on it is woken when it has passed.
final class HandClock: Sendable {
    private let passed = Mutex(Duration.zero)

    func pass(_ time: Duration) { passed.withLock { $0 += time } }

    var environment: NodeEnvironment {
        var environment = NodeEnvironment.system
        environment.steadyMilliseconds = { [self] in
            passed.withLock { $0.components.seconds * 1_000 }
        }
        environment.sleep = { _ in
            let (never, sink) = AsyncStream<Never>.makeStream()
            for await _ in never {}
            withExtendedLifetime(sink) {}
            throw CancellationError()
        }
        return environment
    }
}

/// A link that breaks after so many sent messages.
actor ShortLink: FrameLink {
    private let link: any FrameLink
    private var left: Int

    init(_ link: any FrameLink, sends: Int) {
        self.link = link
        left = sends
    }

    func send(_ message: [UInt8]) async throws {
        guard left > 0 else {
            await link.close()
            throw LinkEnded()
        }
        left -= 1
        try await link.send(message)
    }

    nonisolated func receive() async -> [UInt8]? { await link.receive() }

    func close() async { await link.close() }
}
