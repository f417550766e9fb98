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
    /// Ends of the frames that came from the peer in this session.
    var witnessed: [ContextEntry] = []
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

    /// Whether nobody holds anything of this writer, as far as is known here, and nothing was said
    /// of it that must not be said again.
    var isIdle: Bool {
        own.isEmpty && confirmed.isEmpty && witnessed.isEmpty && !isForkReported
    }

    /// Whether a greater sequence says nothing about a smaller one.
    var isForked: Bool { isForkReported || own.count > 1 }

    /// Whether both sides have one history of this writer. Then a frame tells its receiver how far
    /// its sender is; otherwise only an acknowledge does.
    var isPlain: Bool { !isForked && confirmed.count <= 1 }

    /// Whether the peer holds a history up to this entry, by its own word.
    ///
    /// A greater head that we lack is taken to go on from ours: the peer, which has to send it,
    /// finds out when it does not and contradicts by its pins. After that only exact heads count.
    func isConfirmed(_ entry: ContextEntry) -> Bool {
        if confirmed.contains(entry) { return true }
        return !isForkReported
            && confirmed.contains {
                $0.sequence > entry.sequence && (own.count <= 1 || !own.contains($0))
            }
    }

    /// Whether a queued frame need not be sent after all.
    ///
    /// The storage found that the peer lacked it. While there is one history, a greater head tells
    /// that it came by another way. With several that head may lie on another one, and a frame left
    /// out by it would count as sent for as long as the link stands: only its own end tells.
    func isOvertaken(_ span: FrameSpan) -> Bool {
        isPlain ? isConfirmed(span.through) : confirmed.contains(span.through)
    }

    /// Whether something can still be sent.
    var hasGap: Bool { fruitless != own && own.contains { !isSettled($0) } }

    /// Whether this need not be sent.
    private func isSettled(_ entry: ContextEntry) -> Bool {
        isConfirmed(entry) || reaches(scheduled, entry) || reaches(witnessed, entry)
    }

    /// Whether both hold the same heads by their own words.
    var isLevel: Bool {
        own.count == confirmed.count && own.allSatisfy(confirmed.contains)
    }

    var peerLacksSome: Bool { own.contains { !isConfirmed($0) } }
    var weLackSome: Bool { confirmed.contains { !reaches(own, $0) } }

    /// Whether the peer has yet to hear of a head that no frame will tell it of.
    var owesAcknowledge: Bool {
        guard !own.isEmpty, !own.allSatisfy({ reaches(told, $0) }) else { return false }
        if fruitless == own { return true }
        return isPlain ? own.allSatisfy { isConfirmed($0) || reaches(told, $0) } : !hasGap
    }

    /// The peer's furthest head, where it is as far as our furthest and another one. What lies
    /// behind a head may belong to another one's history: the storage judges that.
    var contradiction: ContextEntry? {
        let far = own.map(\.sequence).max() ?? 0
        guard confirmed.map(\.sequence).max() == far,
            own.contains(where: {
                $0.sequence == far && !confirmed.contains($0)
            })
        else { return nil }
        return confirmed.first { $0.sequence == far && !own.contains($0) }
    }

    /// All that need not be sent: by the peer's word, by our queue, by its frames and pins.
    var peerHolds: [ContextEntry] {
        var known = confirmed
        for entry in scheduled + witnessed + peerPins where !known.contains(entry) {
            known.append(entry)
        }
        return known
    }

    /// Exact, or further along while there is only one history.
    private func reaches(_ heads: [ContextEntry], _ entry: ContextEntry) -> Bool {
        if heads.contains(entry) { return true }
        return !isForked && heads.contains { $0.sequence > entry.sequence }
    }

    /// The frame is queued.
    mutating func schedule(_ span: FrameSpan) { scheduled = advanced(scheduled, by: span) }

    /// The frame is on its way.
    mutating func tell(_ span: FrameSpan) {
        if isPlain { told = advanced(told, by: span) }
    }

    /// The frame came from the peer.
    mutating func witness(_ span: FrameSpan) {
        witnessed = advanced(witnessed, by: span)
        if isPlain { confirmed = advanced(confirmed, by: span) }
    }

    /// From now on only exact heads count, and the peer is told ours in words.
    mutating func reportFork() {
        isForkReported = true
        told = []
    }

    /// The peer's points tell better than anything else where to begin.
    mutating func receive(pins: [ContextEntry]) {
        peerPins = pins
        fruitless = nil
    }

    /// Extends a list of heads by a frame.
    private func advanced(_ heads: [ContextEntry], by span: FrameSpan) -> [ContextEntry] {
        let through = span.through
        if heads.contains(through) { return heads }
        if !isForked, heads.count <= 1 {
            return heads.contains { $0.sequence >= span.high } ? heads : [through]
        }
        var heads = heads
        let before = ContextEntry(writer: writer, sequence: span.low &- 1, chain: span.previous)
        if let place = heads.firstIndex(of: before) {
            heads[place] = through
        } else {
            heads.append(through)
        }
        return trimmed(heads)
    }

    /// Within the limit. Our own heads stay, or a finished branch would be sent again and again.
    private func trimmed(_ heads: [ContextEntry]) -> [ContextEntry] {
        var heads = heads
        while heads.count > SyncLimits.headsOnRecordMax,
            let oldest = heads.firstIndex(where: { !own.contains($0) })
        {
            heads.remove(at: oldest)
        }
        return heads
    }
}
