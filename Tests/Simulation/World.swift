import CRDT
import EdgeNode
import ReplicaStorage
import Sealing
import Signing
import SyncProtocol
import Synchronization

/// How one simulated day is drawn.
public struct WorldSettings: Sendable {
    public var boxes = 3
    public var steps = 400
    public var isRealCrypto = false

    public init() {}
}

/// A promise that a day broke.
public struct Broken: Error, CustomStringConvertible, Sendable {
    public let invariant: String
    public let detail: String
    public var description: String { "\(invariant): \(detail)" }
}

/// A fleet of real nodes under one seed: disks that tear, links that break, clocks that jump.
// Sendable because the fleet and its world run on one thread, one job at a time.
public final class World: @unchecked Sendable {
    struct Acknowledged: Sendable {
        let box: Int
        let name: TransactionName
        let proof: RowID
        let delta: Int64
    }

    let settings: WorldSettings
    public let seed: UInt64
    var dice: Dice
    let executor: SeededExecutor
    let clock = SimulatedClock()
    let tenant: SimulatedTenant
    var boxes: [SimulatedBox] = []
    var connections: [SimulatedConnection] = []
    let acknowledged = Mutex<[Acknowledged]>([])
    /// What was entered into the control lane, and where.
    let acknowledgedNews = Mutex<[(box: Int, item: ContentHash)]>([])
    let failures = Mutex<[Int: String]>([:])
    let notices = Mutex<[String]>([])
    /// Proofs of the deeds that any wire carried, with the box that did them.
    var published: [RowID: Int] = [:]
    /// Deeds that the unreliable box lost and that the others will give back.
    var awaited: Set<RowID> = []
    var awaitedNews: Set<ContentHash> = []
    /// The unreliable box may have given a sequence twice without being able to know.
    let mayFork = Mutex(false)
    /// The one box, in some seeds, whose disk lies about syncs and that is set back to images.
    let unreliable: Int?
    var hasLostSyncs = false
    /// In seeds with the real roster: the device whose rights are cut, and when.
    let thief: SimulatedThief?
    var thiefDice: Dice
    let cutStep: Int
    /// The day is late and no frame came twice yet.
    var isDoubleOwed = false
    var isCutEntered = false
    let cutEntry = Mutex<ContentHash?>(nil)
    /// In some seeds: the relay between the boxes.
    let hub: SimulatedRelay?
    let eavesdropper: TenantCodec
    /// In some seeds: desks that check guests in and import files at the boxes.
    let desk: SimulatedDesk?
    public var report = SimulatedReport()
    /// A running hash of everything that was seen, for comparing two runs of one seed.
    public private(set) var trace: UInt64 = 0xCBF2_9CE4_8422_2325

    public init(seed: UInt64, settings: WorldSettings = WorldSettings()) throws {
        self.seed = seed
        self.settings = settings
        var dice = Dice(seed: seed)
        // A stream of its own: days without the real roster go as they always went.
        var thiefDice = Dice(seed: ~seed)
        let guest =
            Self.hasRealRoster(seed) ? SecretBytes(copying: thiefDice.bytes(32)) : nil
        cutStep = 20 + thiefDice.below(settings.steps / 2)
        executor = SeededExecutor(dice: dice.fork())
        tenant = try SimulatedTenant(
            boxes: settings.boxes, isRealCrypto: settings.isRealCrypto, guest: guest, &dice)
        let suspect = dice.chance(400) ? dice.below(settings.boxes) : nil
        desk = Self.hasDesk(seed) ? try SimulatedDesk(boxes: settings.boxes, seed: seed) : nil
        unreliable = desk == nil ? suspect : nil
        self.dice = dice
        thief = try guest.map { [tenant] secret in
            try SimulatedThief(
                DeviceIdentity(seed: secret, scheme: tenant.scheme), of: tenant, &thiefDice)
        }
        self.thiefDice = thiefDice
        hub =
            Self.hasRelay(seed)
            ? SimulatedRelay(boxes: settings.boxes, scheme: tenant.scheme, clock, seed: seed ^ 77)
            : nil
        eavesdropper = tenant.codec(
            0,
            NodeEnvironment(
                wallMilliseconds: { 0 }, steadyMilliseconds: { 0 }, sleep: { _ in },
                randomBytes: { [UInt8](repeating: 0, count: $0) }))
        for number in 0..<settings.boxes {
            let skew = Int64(self.dice.below(240_000)) - 120_000
            boxes.append(
                SimulatedBox(
                    number: number, tenant: tenant,
                    schema: desk?.schema ?? SimulatedPack.schema, executor: executor, clock: clock,
                    wallMilliseconds: 1_790_000_000_000 + skew, &self.dice))
            if self.dice.chance(250) { boxes[number].wall.coarsen(to: 5_000) }
            try boxes[number].boot()
        }
        report.seeds = 1
    }

    /// Lives the day and checks every promise; throws `Broken`.
    public func run() throws {
        try openDesks()
        connectAll()
        for step in 0..<settings.steps {
            try self.step()
            report.steps = step + 1
            if step == settings.steps * 3 / 4 { try assure() }
        }
        try heal()
        try loseLastUpload()
        guard report.duplicates > 0 else {
            throw Broken(invariant: "I09", detail: "no frame came twice: nothing was shown")
        }
        try endProwl()
        try closeDesks()
        try checkAtEnd()
        try checkLastWord()
        for box in boxes {
            report.add(disk: box.disk.statistics)
            report.incarnations += Int(box.incarnations)
        }
        report.jobs = executor.performed
        report.acknowledged = acknowledged.withLock { $0.count }
    }

    func note(_ number: UInt64) { trace = (trace ^ number) &* 0x0000_0100_0000_01B3 }

    func note(_ bytes: [UInt8]) {
        for byte in bytes { trace = (trace ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    // MARK: Links

    func connectAll() {
        for left in boxes.indices {
            for right in boxes.indices where left < right { connect(left, right) }
        }
    }

    func connect(_ left: Int, _ right: Int) {
        connections.removeAll { !$0.isOpen }
        guard !connections.contains(where: { $0.boxes == (left, right) }),
            let first = boxes[left].replica, let second = boxes[right].replica
        else { return }
        let connection = SimulatedConnection(left, right)
        connections.append(connection)
        for (box, replica, role) in [
            (left, first, SealedLink.Role.initiator), (right, second, .responder),
        ] {
            let session = LinkSession(
                replica: replica, link: connection.ends[box == left ? 0 : 1], role: role,
                control: tenant.control, environment: boxes[box].environment,
                notify: { [weak self] notice in self?.hear(notice, at: box) })
            let task = executor.start { [weak self] in
                let ending = await session.run()
                self?.end(ending, at: box)
            }
            boxes[box].tasks.append(task)
        }
    }

    private func hear(_ notice: LinkSession.Notice, at box: Int) {
        switch notice {
        case .report(.digestMismatch): notices.withLock { $0.append("digest mismatch at \(box)") }
        case .report(.forkSuspected(let writer, _)):
            if writer == thief?.writer { break }
            if mayFork.withLock({ !$0 }) { notices.withLock { $0.append("fork: \(writer)") } }
        case .report: break
        // A bit flipped on the way: set aside and asked for again.
        case .frameRefused: break
        // Of another history whose beginning is not here yet: it comes after the pins.
        case .frameSetAside(.fork) where thief != nil || mayFork.withLock({ $0 }): break
        case .frameSetAside(let outcome): notices.withLock { $0.append("aside: \(outcome)") }
        }
    }

    private func end(_ ending: LinkSession.Ending, at box: Int) {
        switch ending {
        case .storageFailed(let message): failures.withLock { $0[box] = message }
        // A hello may be longer on its way than anybody waits.
        case .closed(.linkLost), .closed(.goingAway), .closed(.greetingTimedOut): break
        case .closed, .notAuthentic:
            notices.withLock { $0.append("session at \(box) ended: \(ending)") }
        }
    }

    // MARK: Edits

    func edit(at box: Int) {
        guard let replica = boxes[box].replica else { return }
        let delta = Int64(1 + dice.below(9))
        let seed = dice.next()
        let home = tenant.sites[box]
        let task = executor.start { [weak self] in
            let ids = await replica.drawRowIDs(2)
            let edit = SimulatedEdit(
                proof: ids[0], delta: delta, fresh: ids[1], seed: seed, home: home)
            do throws(StorageError) {
                let commit = try await replica.commit(deciding: { reader throws(StorageError) in
                    try edit.changes(reader)
                })
                guard let commit else { return }
                self?.acknowledged.withLock {
                    $0.append(
                        Acknowledged(
                            box: box, name: commit.name, proof: ids[0], delta: delta))
                }
            } catch {
                self?.refuse(error, at: box)
            }
        }
        boxes[box].tasks.append(task)
    }

    func refuse(_ error: StorageError, at box: Int) {
        switch error.code {
        // A new incarnation may not own before the roster says that it speaks.
        case .refused where tenant.hasRealRoster && error.message.hasPrefix("only its home site"):
            report.refused += 1
        case .inputOutput, .corrupt: failures.withLock { $0[box] = error.message }
        case .refused, .internalFault, .schemaChanged, .busy:
            notices.withLock { $0.append("edit at \(box): \(error.message)") }
        case .diskFull: break
        }
    }
}
