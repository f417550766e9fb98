import CRDT
import Foundation
import FrontDesk
import Peripherals
import ReplicaStorage
import Signing
import SyncProtocol
import Synchronization
import Testing

@testable import EdgeNode

/// Two boxes of one business, of which the first is put back.
final class RestoredFolder {
    /// What lies beside the old database.
    enum AnchorFile: CaseIterable {
        case old, newer, none
    }

    let root: URL
    let clock = SteadyClock()
    private(set) var job: RowID?
    private(set) var member = RowID(0)

    private init(_ root: URL) { self.root = root }

    static func with(_ body: (RestoredFolder) async throws -> Void) async throws {
        try await TemporaryNode.withTwoFolders { north, _ in
            try await body(RestoredFolder(north.deletingLastPathComponent()))
        }
    }

    var anchor: URL { NodeDirectory(folder("north")).anchor }

    private func folder(_ name: String) -> URL { root.appendingPathComponent(name) }

    func open(_ name: String) async throws -> TemporaryNode {
        try await TemporaryNode(root: folder(name), site: name, environment: clock.environment)
    }

    /// North checks a guest in, and ends before the label is printed.
    func checkIn() async throws {
        let box = try await open("north")
        let sample = try await box.sample()
        let made = Mutex<RowID?>(nil)
        _ = try await box.desk.checkIn(
            CheckInWish(guest: .animal(sample.animal)), key: "k", request: [],
            encode: { rows in
                made.withLock { $0 = rows.printJobs.first }
                return []
            })
        job = made.withLock { $0 }
        member = try #require(try await SampleStaff.make(at: box.node, roles: [.desk]).first).id
        await box.node.close()
    }

    /// North's folder is copied while a label waits; the label is printed and South hears of it;
    /// then the copy takes the folder's place.
    func printOnceAndGoBack(to anchor: AnchorFile) async throws {
        try await checkIn()
        let files = FileManager.default
        try files.copyItem(at: folder("north"), to: folder("copy"))
        let (north, south) = (try await open("north"), try await open("south"))
        let (service, printer) = await north.service()
        try await service.tick()
        try await TemporaryNode.exchange(north.node, south.node)
        try await service.tick()
        #expect(printer.labels == 1)
        try await TemporaryNode.exchange(north.node, south.node)
        await north.node.close()
        await south.node.close()
        let newer = try Data(contentsOf: north.node.directory.anchor)
        try files.removeItem(at: folder("north"))
        try files.moveItem(at: folder("copy"), to: folder("north"))
        switch anchor {
        case .old: break
        case .newer: try newer.write(to: self.anchor)
        case .none: try files.removeItem(at: self.anchor)
        }
    }

    /// North's file is opened, found to be older, and closed before anything follows from it.
    func openFileAlone() async throws {
        let south = try await open("south")
        let facts = NodeDirectory(folder("north"))
        let (secrets, roster) = (try facts.secrets(), try facts.roster())
        let identity = DeviceIdentity(seed: secrets.seed, scheme: Ed25519Signatures())
        let store = try ReplicaStore(
            ReplicaConfiguration(
                path: facts.database.path, schema: south.packs.schema, tenant: roster.tenant,
                device: identity.device, host: Node.host, hasher: BLAKE2bHasher(), generation: 1),
            anchor: FileAnchor(path: facts.anchor.path))
        #expect(store.boot.continuity == .anchorMissing)
        store.close()
        await south.node.close()
    }

    /// North's roster file is of the time before South was admitted.
    func forgetSouth() throws {
        let directory = NodeDirectory(folder("north"))
        let entries = try directory.roster().entries
        for count in stride(from: entries.count, to: 0, by: -1) {
            try directory.save(Array(entries.prefix(count)))
            let (seed, roster) = (try directory.secrets().seed, try directory.roster())
            let north = DeviceIdentity(seed: seed, scheme: Ed25519Signatures()).device
            if !roster.current.hasMembers(besides: north) { return }
        }
    }

    /// North is a member of a relay that nobody reaches.
    func joinRelay() throws {
        try NodeDirectory(folder("north")).save(
            RelayMembership(
                host: "127.0.0.1", port: 1, trust: .loopback, relay: RelayID(1),
                mailbox: MailboxID(1), adminSeed: nil))
    }

    func state(at box: TemporaryNode) throws -> PrintJob.StateWord? {
        try box.node.printJob(try #require(job))?.state
    }

    func stay(at box: TemporaryNode) throws -> RowID {
        try #require(
            try box.node.page(of: try box.collection("stay"), limit: 1).rows.first
        ).id
    }
}

/// A steady clock that is turned by hand; the wall goes on by itself.
final class SteadyClock: Sendable {
    private let shown = Mutex<Int64>(0)

    func pass(_ milliseconds: Int64) { shown.withLock { $0 += milliseconds } }

    var environment: NodeEnvironment {
        var environment = NodeEnvironment.system
        environment.steadyMilliseconds = { [self] in shown.withLock { $0 } }
        return environment
    }
}

extension TemporaryNode {
    func service() async -> (PrintService, CountingPrinter) {
        let (service, printer) = (PrintService(node, packs), CountingPrinter())
        await service.register(
            PrinterSlot(
                id: "usb", printer: ZPL.Printer(dotsPerMillimetre: 8, headDots: 832),
                confirmsWithin: .seconds(3_600), target: printer))
        return (service, printer)
    }
}

/// Prints everything and counts it.
final class CountingPrinter: PrintTarget {
    private let count = Mutex(0)
    let isOff = Mutex(false)

    var labels: Int { count.withLock { $0 } }

    func prepare(_ job: RowID) async -> [PrintJob.Input] {
        isOff.withLock { $0 } ? [.blocked(.paused)] : [.ready]
    }
    func withdraw(_ job: RowID) async {}
    func send(
        _ job: RowID, _ bytes: [UInt8], attempt: Int, copies: Int
    ) async -> [PrintJob.Input] {
        count.withLock { $0 += 1 }
        return [.acceptedAll, .confirmed(.counters)]
    }
    func ask(_ job: RowID, attempt: Int) async -> [PrintJob.Input] { [] }
    func restore(_ job: RowID, labelsBefore: Int?, copies: Int) async {}
}
