import CFaultVFS
import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import Synchronization

/// One box of the fleet: a disk that outlives crashes, a clock that may be wrong, and the process
/// that runs on them until the next crash.
final class SimulatedBox {
    let number: Int
    let disk: SimulatedDisk
    let wall: SimulatedWall
    private let tenant: SimulatedTenant
    private let schema: Schema
    private let executor: SeededExecutor
    private let clock: SimulatedClock
    private let random: SimulatedRandom
    private(set) var replica: Replica?
    private(set) var incarnations = 0
    private var image: SimulatedDisk?
    /// What the next crash is followed by.
    var restoresImageAtCrash: Restore?
    /// The process's tasks; a crash ends them.
    var tasks: [Task<Void, Never>] = []

    enum Restore { case everything, database }

    init(
        number: Int, tenant: SimulatedTenant, schema: Schema, executor: SeededExecutor,
        clock: SimulatedClock, wallMilliseconds: Int64, _ dice: inout Dice
    ) {
        self.number = number
        self.tenant = tenant
        self.schema = schema
        self.executor = executor
        self.clock = clock
        disk = SimulatedDisk(seed: dice.next())
        wall = SimulatedWall(milliseconds: wallMilliseconds)
        random = SimulatedRandom(dice: dice.fork())
    }

    var environment: NodeEnvironment {
        let (wall, clock, random) = (wall, clock, random)
        return NodeEnvironment(
            wallMilliseconds: { wall.read() },
            steadyMilliseconds: { clock.milliseconds },
            sleep: { try await clock.sleep($0) },
            randomBytes: { random.bytes($0) })
    }

    /// Starts the process on whatever the disk holds.
    func boot() throws(StorageError) {
        var configuration = ReplicaConfiguration(
            path: "replica.db", vfs: disk.vfs, schema: schema,
            tenant: tenant.tenant, device: tenant.identities[number].device,
            host: ContentHash(UInt64(number), 0, 0, 1), hasher: BLAKE2bHasher(),
            generation: UInt64(number + 1), rights: tenant.rights)
        configuration.cacheKiB = 512
        replica = try Replica(
            configuration, anchor: disk.anchor(), codec: tenant.codec(number, environment),
            executor: executor, environment: environment, trust: tenant.trust)
        incarnations += 1
    }

    /// The power goes. Tasks of the old process see a dead disk and closed links.
    func crash(seed: UInt64, mode: fvfs_crash_mode = FVFS_TEAR) {
        for task in tasks { task.cancel() }
        tasks = []
        replica = nil
        disk.crash(seed: seed, mode: mode)
        if let image, let kind = restoresImageAtCrash { restore(image, kind, seed: seed) }
        restoresImageAtCrash = nil
    }

    var hasImage: Bool { image != nil }

    /// Keeps what the disk holds now, for a later restore.
    func takeImage() { image = disk.image(seed: random.number()) }

    private func restore(_ image: SimulatedDisk, _ kind: Restore, seed: UInt64) {
        let newer = try? disk.anchor().read()
        disk.restore(image)
        disk.crash(seed: seed, mode: FVFS_KEEP)
        if kind == .database, let newer { try? disk.anchor().write(newer) }
    }
}

/// A wall clock that anybody may set.
final class SimulatedWall: Sendable {
    private let milliseconds: Mutex<Int64>
    /// Coarse clocks force equal stamps.
    private let grain: Mutex<Int64> = Mutex(1)

    init(milliseconds: Int64) { self.milliseconds = Mutex(milliseconds) }

    func read() -> Int64 {
        let grain = grain.withLock { $0 }
        return milliseconds.withLock { $0 / grain * grain }
    }
    func advance(_ more: Int64) { milliseconds.withLock { $0 &+= more } }
    func jump(to other: Int64) { milliseconds.withLock { $0 = other } }
    func coarsen(to grain: Int64) { self.grain.withLock { $0 = grain } }
}

/// A box's source of random bytes.
final class SimulatedRandom: Sendable {
    private let dice: Mutex<Dice>

    init(dice: Dice) { self.dice = Mutex(dice) }

    func number() -> UInt64 { dice.withLock { $0.next() } }
    func bytes(_ count: Int) -> [UInt8] { dice.withLock { $0.bytes(count) } }
}
