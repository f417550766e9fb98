import CRDT
import EdgeNode
import RelayNode
import ReplicaStorage
import Signing
import SyncProtocol
import Synchronization

/// The relay of a simulated fleet: in a share of seeds, beside the links between boxes. When the
/// day is over such a fleet comes to rest through the relay alone.
final class SimulatedRelay {
    /// Its place among the ends of connections.
    static let number = 1_000

    let mailbox: SimulatedMailbox
    let relay: Relay
    let accesses: [RelayAccess]
    var dice: Dice
    var tasks: [Task<Void, Never>] = []

    init(boxes: Int, scheme: any SignatureScheme, _ clock: SimulatedClock, seed: UInt64) {
        var dice = Dice(seed: seed)
        let relayID = RelayID(0xAB << 100)
        let accesses = (0..<boxes).map { _ in
            RelayAccess(
                relay: relayID, mailbox: SimulatedMailbox.number,
                seed: SecretBytes(copying: dice.bytes(32)), scheme: scheme)
        }
        self.accesses = accesses
        let mailbox = SimulatedMailbox(
            relay: relayID, keys: Set(accesses.map(\.key)), generation: dice.next())
        self.mailbox = mailbox
        let random = SimulatedRandom(dice: dice.fork())
        relay = Relay(
            store: mailbox, signatures: scheme, hasher: BLAKE2bHasher(),
            environment: RelayEnvironment(
                unixSeconds: { 0 }, sleep: { try await clock.sleep($0) },
                randomBytes: { random.bytes($0) }))
        self.dice = dice
    }
}

extension World {
    static func hasRelay(_ seed: UInt64) -> Bool { seed % 5 == 2 }

    /// What becomes of the relay and of links to it in one step.
    func playRelay() {
        guard let hub else { return }
        if hub.dice.chance(150) { connectRelay(hub.dice.below(boxes.count)) }
        switch hub.dice.below(1_000) {
        case ..<8: crashRelay()
        case ..<20: keepImage(of: hub.mailbox)
        case ..<26: setBack(hub.mailbox)
        case ..<29:
            crashRelay()
            let generation = hub.dice.next()
            executor.start { [mailbox = hub.mailbox] in
                await mailbox.wipe(generation: generation)
            }
            executor.drain()
            report.relaySetBack += 1
        default: break
        }
    }

    /// Its process ends and begins; what it acknowledged is on its disk.
    private func crashRelay() {
        for connection in connections where connection.boxes.1 == SimulatedRelay.number {
            connection.cut()
        }
        executor.drain()
        report.relayCrashes += 1
    }

    private func keepImage(of mailbox: SimulatedMailbox) {
        executor.start { await mailbox.takeImage() }
        executor.drain()
    }

    private func setBack(_ mailbox: SimulatedMailbox) {
        crashRelay()
        executor.start { _ = await mailbox.restoreImage() }
        executor.drain()
        report.relaySetBack += 1
    }

    func connectRelay(_ box: Int) {
        connections.removeAll { !$0.isOpen }
        let ends = (box, SimulatedRelay.number)
        guard let hub, !connections.contains(where: { $0.boxes == ends }),
            let replica = boxes[box].replica
        else { return }
        let connection = SimulatedConnection(ends.0, ends.1)
        connections.append(connection)
        let link = RelayLink(
            replica: replica, link: connection.ends[0], access: hub.accesses[box],
            binding: .loopback, environment: boxes[box].environment)
        let task = executor.start { [weak self] in
            if case .storageFailed(let message) = await link.run() {
                self?.failures.withLock { $0[box] = message }
            }
        }
        boxes[box].tasks.append(task)
        let (relay, far) = (hub.relay, connection.ends[1])
        executor.start { await relay.serve(far, binding: .loopback) }
    }

    /// The frame that a message takes to the relay.
    static func upload(_ message: [UInt8]) -> [UInt8]? {
        guard let decoded = try? RelayDecoder().decode(message),
            case .append(_, let item) = decoded, case .frame(let frame) = MailboxContent(item)
        else { return nil }
        return frame
    }

    /// After the day: the relay loses what one box just put into it and no other read, so that box
    /// alone can put it there again. In the day's course this is rare: who is connected reads at
    /// once, and who has read gives it back.
    func loseLastUpload() throws {
        guard let hub else { return }
        crashRelay()
        keepImage(of: hub.mailbox)
        let author = hub.dice.below(boxes.count)
        edit(at: author)
        for _ in 0..<20 {
            connectRelay(author)
            executor.drain()
            try restartFailed()
            deliver(upTo: 100)
            clock.advance(1_000)
        }
        setBack(hub.mailbox)
        try healByRelay()
    }

    /// All faults have ended; no box reaches another but through the relay.
    func healByRelay() throws {
        for connection in connections where connection.boxes.1 != SimulatedRelay.number {
            connection.cut()
        }
        for _ in 0..<600 {
            for box in boxes.indices { connectRelay(box) }
            executor.drain()
            try restartFailed()
            deliver(upTo: 400)
            guard connections.allSatisfy({ $0.inFlight == 0 }) else { continue }
            if try areLevel() { return }
            clock.advance(5_000)
        }
        throw Broken(invariant: "I24", detail: "the fleet does not come to rest by its relay")
    }

    private func areLevel() throws -> Bool {
        let first = try ask(0) { await $0.status() }
        for box in boxes.indices.dropFirst() {
            let status = try ask(box) { await $0.status() }
            if status.vector != first.vector || status.lane != first.lane { return false }
        }
        return true
    }
}
