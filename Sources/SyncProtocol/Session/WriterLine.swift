import CRDT

/// What a session knows of one writer: what is held here, and what the peer holds or was sent.
struct WriterLine: Equatable, Sendable {
    let writer: WriterID
    /// Our heads, one a branch.
    var own: [ContextEntry] = []
    /// The peer's heads, by its own word.
    var confirmed: [ContextEntry] = []
    /// Ends of the frames that are queued or sent in this session.
    var scheduled: [ContextEntry] = []
    /// What the peer knows of our heads.
    var told: [ContextEntry] = []
    /// Points of the peer's histories, once it has pinned them.
    var peerPins: [ContextEntry] = []
    /// The heads for which the storage had nothing to send.
    var fruitless: [ContextEntry]?
    var scheduledBytes = 0
    var pinning = Pinning.none
    var isForkReported = false

    /// How far our own pins of a forked writer are on their way.
    enum Pinning: Equatable, Sendable {
        case none
        /// Owed, not yet asked for.
        case owed
        case asked
        case ready([ContextEntry])
        case sent
    }

    init(_ writer: WriterID) { self.writer = writer }

    var isForked: Bool { isForkReported || own.count > 1 || confirmed.count > 1 }

    /// Whether the peer has said that it holds a history up to this entry.
    func isConfirmed(_ entry: ContextEntry) -> Bool { reaches(confirmed, entry) }

    /// Whether something can still be sent.
    var hasGap: Bool {
        fruitless != own
            && own.contains { !isConfirmed($0) && !reaches(scheduled, $0) }
    }

    /// Whether both hold the same heads.
    var isLevel: Bool {
        own.count == confirmed.count && own.allSatisfy(confirmed.contains)
    }

    var peerLacksSome: Bool { own.contains { !isConfirmed($0) } }
    var weLackSome: Bool { confirmed.contains { !reaches(own, $0) } }

    /// Whether the peer has yet to hear of a head that no frame will tell it of.
    var owesAcknowledge: Bool {
        guard !own.isEmpty, !own.allSatisfy({ reaches(told, $0) }) else { return false }
        return fruitless == own || own.allSatisfy { isConfirmed($0) || reaches(told, $0) }
    }

    /// Entries of the peer that contradict ours: as far as we are, and another history.
    var contradictions: [ContextEntry] {
        confirmed.filter { theirs in
            !own.contains(theirs)
                && own.contains { $0.sequence == theirs.sequence && !confirmed.contains($0) }
        }
    }

    /// All that need not be sent: by the peer's word, by our queue, by its pins.
    var peerHolds: [ContextEntry] {
        var known = confirmed
        for entry in scheduled + peerPins where !known.contains(entry) { known.append(entry) }
        return known
    }

    /// Exact, or further along while there is only one history.
    private func reaches(_ heads: [ContextEntry], _ entry: ContextEntry) -> Bool {
        if heads.contains(entry) { return true }
        return !isForked && heads.count == 1 && heads[0].sequence > entry.sequence
    }

    /// Extends a list of heads by a frame.
    func advanced(_ heads: [ContextEntry], by span: FrameSpan) -> [ContextEntry] {
        var heads = heads
        let through = span.through
        if heads.contains(through) { return heads }
        if !isForked, heads.count <= 1 {
            if let head = heads.first, head.sequence >= span.high { return heads }
            return [through]
        }
        let before = ContextEntry(writer: writer, sequence: span.low &- 1, chain: span.previous)
        if let place = heads.firstIndex(of: before) {
            heads[place] = through
            return heads
        }
        heads.append(through)
        // Our own heads stay, or a finished branch would be sent again and again.
        if heads.count > SyncLimits.branchesMax,
            let oldest = heads.firstIndex(where: { !own.contains($0) })
        {
            heads.remove(at: oldest)
        }
        return heads
    }
}
