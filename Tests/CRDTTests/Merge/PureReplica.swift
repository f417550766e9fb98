import CRDT
import Signing

/// One transaction of one history, with everything a replica must know to apply it.
struct LoggedTransaction: Sendable {
    /// A writer's history; a branch has its own number, so two histories may share a `WriterID`.
    let history: Int
    let writer: WriterID
    let sequence: UInt64
    let chain: ContentHash
    let transaction: Transaction
    /// What its writer had applied, by history: the context in full.
    let seen: [UInt64]
    let speakingSite: RowID?

    /// Whether this transaction's writer had seen `other`, or this is `other`.
    func covers(_ other: LoggedTransaction) -> Bool {
        if history == other.history, sequence == other.sequence { return true }
        return seen[other.history] >= other.sequence
    }
}

/// What a desk's wall clock shows.
enum WallClock: Sendable {
    case honest
    case epoch1970
    case year2099
    /// Steps once an hour: many writers share a stamp.
    case coarse
    /// Somewhere between 1970 and 2099, anew at every look.
    case jumping

    func milliseconds(at now: Int64, _ random: inout SplitMix64) -> Int64 {
        switch self {
        case .honest: now
        case .epoch1970: now - 1_767_225_600_000
        case .year2099: now + 2_335_219_200_000
        case .coarse: now / 3_600_000 * 3_600_000
        case .jumping: Int64(random.below(4_102_444_800_000))
        }
    }
}

/// A deliberate bug around the merge, to show which law notices it.
enum Tampering: Sendable, CaseIterable {
    case none
    /// Takes what the receiver has applied for what the writer had seen.
    case receiverContext
    /// Breaks ties by the receiver's own label of the writer instead of the chain hash.
    case localLabels
    /// Lowers stamps that lie ahead of the receiver's clock.
    case clampsFuture
    /// Drops transactions that lie ahead of the receiver's clock.
    case refusesFuture
    /// Applies what was delivered twice, twice.
    case appliesTwice
    /// Takes every write for one that has seen nothing.
    case emptyContext
    /// Applies without waiting for what the writer had seen.
    case anyOrder
}

/// A replica in memory: rows, what it has applied, a clock. No log of its own; the fleet has it.
struct PureReplica: Sendable {
    let history: Int
    var writer: WriterID
    var site: RowID
    var wall: WallClock
    var schema: Schema
    var tampering = Tampering.none
    var stampsWrites = true
    var ids: RowIDSource
    private(set) var rows: [RowID: Row] = [:]
    private(set) var applied: [UInt64]
    private(set) var losses: [Loss] = []
    private var heads: [ContextEntry?]
    private var chain: ContentHash
    private var announced: [UInt64]
    private var clock = HybridLogicalClock()
    /// By history; every replica has its own order, because numbers may decide nothing.
    private let numbers: [WriterNumber]

    init(history: Int, of histories: Int, wall: WallClock = .honest, schema: Schema) {
        self.history = history
        writer = WriterID(device: DeviceID(UInt128(history + 1)), incarnation: 1)
        site = FleetSchema.site(history)
        self.wall = wall
        self.schema = schema
        ids = RowIDSource(prefix: UInt128(0xA0 + history))
        applied = Array(repeating: 0, count: histories)
        heads = Array(repeating: nil, count: histories)
        announced = applied
        chain = chainStart(tenant: TenantID(7), writer: writer, BLAKE2bHasher())
        numbers = (0..<histories).map { other in
            history % 2 == 0 ? (other + history) % histories : 3 * histories - 2 * other
        }
    }

    /// Goes on as `other`'s device in a history of its own: a copied image, or a restored one. What
    /// `other` had applied is applied here already.
    mutating func branch(from other: PureReplica) {
        writer = other.writer
        site = other.site
        ids = other.ids
        chain = other.chain
        clock = other.clock
        announced = other.announced
        precondition(
            zip(applied, other.applied).allSatisfy { $0 == $1 }, "a branch begins with one past")
        applied[history] = other.applied[other.history]
    }

    /// The branch's part of a common past counts as applied.
    mutating func adopt(branch: Int, from sequence: UInt64) { applied[branch] = sequence }

    mutating func write(
        _ operations: [RowOperation], at now: Int64, _ random: inout SplitMix64
    ) -> LoggedTransaction {
        let milliseconds = wall.milliseconds(at: now, &random)
        let stamp = clock.tick(wallMilliseconds: milliseconds)
        var transaction = Transaction(
            stamp: stamp, context: contextDelta(), rows: operations)
        transaction.rows = stamped(operations, stamp)
        let encoded = transaction.encoded()
        chain = encoded.chainHash(after: chain, BLAKE2bHasher())
        let entry = LoggedTransaction(
            history: history, writer: writer, sequence: applied[history] + 1, chain: chain,
            transaction: transaction, seen: applied, speakingSite: site)
        announced = applied
        apply(entry, wallMilliseconds: milliseconds)
        return entry
    }

    /// Stamps each operation over the row as the transaction's earlier operations leave it.
    private func stamped(_ operations: [RowOperation], _ base: Stamp) -> [RowOperation] {
        guard stampsWrites else { return operations }
        var scratch: [RowID: Row] = [:]
        let dot = Dot(writer: numbers[history], sequence: applied[history] + 1, chain: 0)
        let event = Event(
            clock: CellClock(stamp: base, dot: dot), context: context(applied), speakingSite: site)
        return operations.map { operation in
            let known = scratch[operation.row] ?? rows[operation.row]
            var row = known ?? Row(collection: operation.collection, id: operation.row)
            let result = row.stamping(operation, base: base)
            if operations.count > 1 {
                _ = row.apply(result, event, schema.collection(operation.collection))
                scratch[operation.row] = row
            }
            return result
        }
    }

    private func contextDelta() -> [ContextEntry] {
        applied.indices.compactMap { other in
            other != history && applied[other] > announced[other] ? heads[other] : nil
        }.sorted { $0.writer < $1.writer }
    }

    private func context(_ seen: [UInt64]) -> Context {
        var context = Context()
        for (other, sequence) in seen.enumerated() {
            context.include(numbers[other], through: sequence)
        }
        return context
    }

    func canApply(_ entry: LoggedTransaction) -> Bool {
        if tampering == .anyOrder { return applied[entry.history] < entry.sequence }
        return applied[entry.history] + 1 == entry.sequence
            && zip(entry.seen, applied).allSatisfy { $0 <= $1 }
    }

    mutating func apply(_ entry: LoggedTransaction, wallMilliseconds: Int64 = 0) {
        applied[entry.history] = max(applied[entry.history], entry.sequence)
        heads[entry.history] = ContextEntry(
            writer: entry.writer, sequence: entry.sequence, chain: entry.chain.prefix)
        clock.observe(entry.transaction.stamp, wallMilliseconds: wallMilliseconds)
        guard let event = event(for: entry) else { return }
        for _ in 0..<(tampering == .appliesTwice && entry.history != history ? 2 : 1) {
            for operation in entry.transaction.rows {
                let known = rows[operation.row]
                var row = known ?? Row(collection: operation.collection, id: operation.row)
                losses += row.apply(operation, event, schema.collection(operation.collection))
                rows[operation.row] = row
            }
        }
    }

    private func event(for entry: LoggedTransaction) -> Event? {
        var stamp = entry.transaction.stamp
        var label = entry.chain.prefix
        var seen = entry.seen
        let ceiling = Stamp(milliseconds: 1_767_225_600_000 + Int64(history) * 7_200_000)
        switch tampering {
        case .none, .appliesTwice, .anyOrder: break
        case .receiverContext: seen = applied
        case .localLabels: label = UInt64(numbers[entry.history])
        case .clampsFuture: stamp = min(stamp, ceiling)
        case .refusesFuture: if stamp > ceiling { return nil }
        case .emptyContext: seen = []
        }
        let dot = Dot(writer: numbers[entry.history], sequence: entry.sequence, chain: label)
        return Event(
            clock: CellClock(stamp: stamp, dot: dot), context: context(seen),
            speakingSite: entry.speakingSite)
    }

    /// Learns a newer schema and brings every row it holds into its form.
    mutating func upgrade(to newer: Schema) {
        schema = newer
        for (id, row) in rows {
            guard let collection = newer.collection(row.collection) else { continue }
            rows[id]?.adopt(collection)
        }
    }

    /// What this replica's rows look like to anyone.
    var picture: [RowID: RowPicture] {
        rows.mapValues { RowPicture($0, in: schema.collection($0.collection)) }
    }

    var digest: ContentDigest {
        var digest = ContentDigest()
        for row in rows.values { digest.insert(row.digest(BLAKE2bHasher())) }
        return digest
    }
}
