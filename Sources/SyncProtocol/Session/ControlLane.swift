import CRDT

/// The control lane of one session: it goes ahead of frames, so frames wait while it is pending.
struct ControlLane: Equatable, Sendable {
    /// Our running number up to which the peer was served; `nil` until its heads are known.
    private(set) var served: UInt64?
    /// Items the peer has: its heads, then what passed between us, oldest first.
    private(set) var peerHolds: [ContentHash] = []
    private(set) var queue: [OutgoingControl] = []
    private(set) var request: ControlRequest?
    private(set) var isHeadsOwed: Bool
    private var number: UInt64 = 0
    private var newest: UInt64
    private var headsKnown = 0

    /// - Parameter isLevel: whether both hellos named the same control lane.
    init(isLevel: Bool, saidThrough: UInt64, newest: UInt64) {
        served = isLevel ? saidThrough : nil
        isHeadsOwed = !isLevel
        self.newest = newest
    }

    /// Whether the peer may lack an item that we could send.
    var isPending: Bool {
        guard let served else { return true }
        return served < newest || request != nil || !queue.isEmpty
    }

    mutating func update(newest: UInt64) { self.newest = newest }

    /// Describe our lane again.
    mutating func askAgain() { isHeadsOwed = true }

    mutating func takeHeads(of local: LocalState) -> [ContentHash] {
        isHeadsOwed = false
        return local.controlHeads
    }

    /// The peer describes its lane: we begin anew.
    mutating func receive(heads: [ContentHash]) {
        peerHolds = heads
        headsKnown = heads.count
        served = 0
        queue = []
        request = nil
    }

    /// The peer has this item, because it sent it or because it was sent it.
    mutating func remember(_ id: ContentHash) {
        peerHolds.append(id)
        if peerHolds.count - headsKnown > SyncLimits.controlMemoryMax {
            peerHolds.remove(at: headsKnown)
        }
    }

    mutating func nextRequest(available: Int) -> ControlRequest? {
        guard let served, served < newest, request == nil, queue.isEmpty, available > 0 else {
            return nil
        }
        number += 1
        request = ControlRequest(
            number: number, after: served, peerHolds: peerHolds,
            itemsMax: SyncLimits.controlItemsMax,
            bytesMax: min(available, SyncLimits.controlReserveBytes))
        return request
    }

    mutating func receive(_ answer: ControlAnswer) {
        guard let asked = request, asked.number == answer.number else { return }
        request = nil
        queue = answer.items.prefix(SyncLimits.controlItemsMax).filter {
            !$0.bytes.isEmpty && $0.bytes.count <= SyncLimits.controlBytesMax
        }
        // An answer that does not move would be asked for again and again.
        served = answer.through > asked.after ? answer.through : newest
    }

    mutating func next(within available: Int) -> OutgoingControl? {
        guard let item = queue.first, CreditBook.cost(of: item.bytes.count) <= available else {
            return nil
        }
        queue.removeFirst()
        remember(item.id)
        return item
    }
}
