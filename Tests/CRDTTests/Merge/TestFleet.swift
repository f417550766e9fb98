import CRDT

/// Replicas in memory with one log for each history, and delivery in any causal order.
struct TestFleet: Sendable {
    private(set) var replicas: [PureReplica]
    private(set) var logs: [[LoggedTransaction]]
    /// By history: the sequence at which it left its parent.
    private(set) var bases: [UInt64]
    let schema: Schema
    var random: SplitMix64
    var now: Int64 = 1_767_225_600_000

    /// - Parameter spare: histories kept for branches.
    init(
        seed: UInt64, walls: [WallClock], spare: Int = 0, schema: Schema = FleetSchema.schema
    ) {
        let count = walls.count + spare
        self.schema = schema
        random = SplitMix64(seed: seed)
        replicas = walls.enumerated().map { history, wall in
            PureReplica(history: history, of: count, wall: wall, schema: schema)
        }
        logs = Array(repeating: [], count: count)
        bases = Array(repeating: 0, count: count)
    }

    var all: [LoggedTransaction] { logs.flatMap { $0 } }

    @discardableResult
    mutating func write(_ replica: Int, _ operations: [RowOperation]) -> LoggedTransaction {
        let entry = replicas[replica].write(operations, at: now, &random)
        logs[replica].append(entry)
        return entry
    }

    /// Adds a replica that goes on as `parent` does, under the same writer id.
    mutating func fork(_ parent: Int) {
        let branch = replicas.count
        var copy = PureReplica(
            history: branch, of: logs.count, wall: replicas[parent].wall, schema: schema)
        for history in bases.indices { copy.adopt(branch: history, from: bases[history]) }
        let past = replicas[parent].applied
        deliver(to: &copy) { $0.sequence <= past[$0.history] }
        copy.branch(from: replicas[parent])
        bases[branch] = copy.applied[branch]
        replicas.append(copy)
        for other in replicas.indices {
            replicas[other].adopt(branch: branch, from: bases[branch])
        }
    }

    /// Delivers the next transaction of `history` to `replica`, unless its past is still missing.
    @discardableResult
    mutating func deliver(_ history: Int, to replica: Int) -> Bool {
        guard let entry = next(history, for: replicas[replica]),
            replicas[replica].canApply(entry)
        else { return false }
        replicas[replica].apply(entry, wallMilliseconds: now)
        return true
    }

    /// Delivers everything to everyone, each replica in an order of its own.
    mutating func settle() {
        for replica in replicas.indices {
            var copy = replicas[replica]
            deliver(to: &copy) { _ in true }
            replicas[replica] = copy
        }
    }

    /// A replica that starts empty and hears everything, in a random causal order.
    mutating func newcomer(
        _ label: Int, tampering: Tampering = .none, schema other: Schema? = nil
    ) -> PureReplica {
        var replica = PureReplica(
            history: label, of: logs.count, schema: other ?? schema)
        replica.tampering = tampering
        for history in bases.indices { replica.adopt(branch: history, from: bases[history]) }
        deliver(to: &replica) { _ in true }
        return replica
    }

    /// Delivers what `replica` lacks while `isWanted` says so, in a random causal order.
    mutating func deliver(
        to replica: inout PureReplica, while isWanted: (LoggedTransaction) -> Bool
    ) {
        while true {
            let ready = logs.indices.compactMap { history -> LoggedTransaction? in
                guard let entry = next(history, for: replica), isWanted(entry),
                    replica.canApply(entry)
                else { return nil }
                return entry
            }
            if ready.isEmpty { return }
            replica.apply(ready[random.below(ready.count)], wallMilliseconds: now)
        }
    }

    private func next(_ history: Int, for replica: PureReplica) -> LoggedTransaction? {
        let place = Int(replica.applied[history] - bases[history])
        return place < logs[history].count ? logs[history][place] : nil
    }

    /// Calls `body` with a replica for every causal order of delivery there is.
    func inEveryOrder(_ label: Int, tampering: Tampering = .none, _ body: (PureReplica) -> Void) {
        var start = PureReplica(history: label, of: logs.count, schema: schema)
        start.tampering = tampering
        for history in bases.indices { start.adopt(branch: history, from: bases[history]) }
        visit(start, body)
    }

    private func visit(_ replica: PureReplica, _ body: (PureReplica) -> Void) {
        var isComplete = true
        for history in logs.indices {
            guard let entry = next(history, for: replica) else { continue }
            isComplete = false
            guard replica.canApply(entry) else { continue }
            var after = replica
            after.apply(entry)
            visit(after, body)
        }
        if isComplete { body(replica) }
    }

    /// Every causal order of delivery, as lists of transactions.
    func everyOrder() -> [[LoggedTransaction]] {
        var start = PureReplica(history: 0, of: logs.count, schema: schema)
        for history in bases.indices { start.adopt(branch: history, from: bases[history]) }
        var orders: [[LoggedTransaction]] = []
        collect(start.applied, [], &orders)
        return orders
    }

    private func collect(
        _ applied: [UInt64], _ order: [LoggedTransaction], _ orders: inout [[LoggedTransaction]]
    ) {
        if order.count == logs.reduce(0, { $0 + $1.count }) { orders.append(order) }
        for history in logs.indices {
            let place = Int(applied[history] - bases[history])
            guard place < logs[history].count else { continue }
            let entry = logs[history][place]
            guard zip(entry.seen, applied).allSatisfy({ $0 <= $1 }) else { continue }
            var after = applied
            after[history] += 1
            collect(after, order + [entry], &orders)
        }
    }

    /// Changes how one replica behaves from now on.
    mutating func adjust(_ replica: Int, _ change: (inout PureReplica) -> Void) {
        change(&replicas[replica])
    }
}
