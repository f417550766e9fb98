/// Who may send how many bytes: the peer to us, and we to the peer.
///
/// A frame or control item costs its bytes and `SyncLimits.deliveryCostBytes`. In each direction
/// what may be sent, what is unsettled and what is not given back yet add up to the window.
struct CreditBook: Equatable, Sendable {
    /// What we may still send.
    private(set) var available = SyncLimits.windowBytes
    /// What the peer may still send.
    private(set) var granted = SyncLimits.windowBytes
    /// Settled bytes whose credit was not given back yet.
    private(set) var owed = 0
    /// Costs of delivered frames and control items that are not settled, oldest first.
    private(set) var unsettledFrames = CostLine()
    private(set) var unsettledControls = CostLine()

    static func cost(of bytes: Int) -> Int { bytes + SyncLimits.deliveryCostBytes }

    /// What frames may take; control items have the rest to themselves.
    var availableForFrames: Int { max(0, available - SyncLimits.controlReserveBytes) }

    var isParcelDue: Bool { owed >= SyncLimits.creditParcelBytes }

    mutating func send(_ bytes: Int) { available -= Self.cost(of: bytes) }

    /// The peer gives credit back.
    mutating func receive(grant bytes: UInt32) throws(CloseReason) {
        guard Int(bytes) <= SyncLimits.windowBytes - available else { throw .creditExceeded }
        available += Int(bytes)
    }

    mutating func receive(frameOf bytes: Int) throws(CloseReason) {
        unsettledFrames.append(try take(bytes))
    }

    mutating func receive(controlOf bytes: Int) throws(CloseReason) {
        unsettledControls.append(try take(bytes))
    }

    /// What was delivered is durable or refused. More settlements than deliveries change nothing.
    mutating func settle(_ settlement: Settlement) {
        switch settlement {
        case .frame: owed += unsettledFrames.removeFirst()
        case .control: owed += unsettledControls.removeFirst()
        }
    }

    /// The parcel to give back now.
    mutating func takeParcel() -> UInt32 {
        defer {
            granted += owed
            owed = 0
        }
        return UInt32(owed)
    }

    private mutating func take(_ bytes: Int) throws(CloseReason) -> Int {
        let cost = Self.cost(of: bytes)
        guard cost <= granted else { throw .creditExceeded }
        granted -= cost
        return cost
    }
}

/// Costs in the order of their delivery; cheap to take from the front.
struct CostLine: Equatable, Sendable {
    private var costs: [Int] = []
    private var first = 0
    private(set) var sum = 0

    var count: Int { costs.count - first }

    mutating func append(_ cost: Int) {
        costs.append(cost)
        sum += cost
    }

    /// 0 when there is none.
    mutating func removeFirst() -> Int {
        guard first < costs.count else { return 0 }
        let cost = costs[first]
        first += 1
        sum -= cost
        if first == costs.count || first >= 1_024 {
            costs.removeFirst(first)
            first = 0
        }
        return cost
    }
}
