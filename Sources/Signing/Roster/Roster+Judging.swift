public import CRDT

/// Whether a transaction's rights suffice; a function of the transaction, the roster and the
/// writer's histories alone.
public enum Judgement: Hashable, Sendable {
    /// Apply it.
    case allowed
    /// Quarantine it for good, and say why.
    case refused(Reason)
    /// Quarantine it until the roster knows the head.
    case pending(ContentHash)
    /// Quarantine it until this transaction of its writer, which a cut pins, is here.
    case undecided(TransactionName)

    /// Why a transaction has no right to what it writes.
    public enum Reason: Hashable, Sendable {
        /// Not admitted in the cited state.
        case notAMember
        /// The device was revoked; accepted is what lies within this sequence.
        case revoked(beyond: UInt64)
        /// The device's rights do not include the collection, at the cited head or beyond a cut.
        case noRight(collection: UInt32)
    }
}

extension Roster {
    /// Whether `name`'s writer may write `collection` while citing `head` (`Roster.md`, Judging).
    ///
    /// - Parameter lineage: whether the writer's history leads from `name` to a transaction that a
    ///   cut pins at a greater sequence; asked of whoever has the chain.
    public func judge<Fault: Error>(
        _ name: TransactionName, writing collection: UInt32, citing head: ContentHash,
        lineage: (TransactionName) throws(Fault) -> Lineage
    ) throws(Fault) -> Judgement {
        guard let cited = view(at: head) else { return .pending(head) }
        return try judge(name, writing: collection, citing: cited, lineage: lineage)
    }

    /// As above, with the cited state at hand: for many transactions under one head.
    public func judge<Fault: Error>(
        _ name: TransactionName, writing collection: UInt32, citing cited: RosterView,
        lineage: (TransactionName) throws(Fault) -> Lineage
    ) throws(Fault) -> Judgement {
        let device = name.writer.device
        guard let member = cited.member(device), let today = current.member(device) else {
            return .refused(.notAMember)
        }
        let introductions = member.introductions.compactMap { graph.positions[$0] }
        var rights = member.rights
        // What admitted or promoted the device has fallen since: nothing beyond today's rights.
        if !introductions.contains(where: { current.standing.contains($0) }) {
            rights = rights.reduced(to: today.rights)
        }
        // What is left if every branch that is not known yet proves another than the pinned one.
        var least: Rights? = rights
        var awaited: TransactionName?
        for reduction in graph.latestReductions(of: device, in: current.standing) {
            if reduction.remaining == nil, member.isRevoked {
                return .refused(.revoked(beyond: reduction.sequence(of: name.writer)))
            }
            let isSuperseded =
                reduction.remaining != nil
                && introductions.contains { graph.pasts[$0].contains(reduction.position) }
            if isSuperseded { continue }
            let place = try reduction.place(of: name, lineage)
            switch place {
            case .within: continue
            case .open(let pin): awaited = awaited ?? pin
            case .beyond: break
            }
            guard let remaining = reduction.remaining else {
                if place == .beyond {
                    return .refused(.revoked(beyond: reduction.sequence(of: name.writer)))
                }
                least = nil
                continue
            }
            if place == .beyond { rights = rights.reduced(to: remaining) }
            least = least?.reduced(to: remaining)
        }
        guard rights.mayWrite(collection) else {
            return .refused(.noRight(collection: collection))
        }
        if let awaited, !(least?.mayWrite(collection) ?? false) { return .undecided(awaited) }
        return .allowed
    }

    /// Where a revocation cuts a writer; `nil` while its device is not revoked.
    public func cut(of writer: WriterID) -> WriterCut? {
        for reduction in graph.latestReductions(of: writer.device, in: current.standing)
        where reduction.remaining == nil {
            return reduction.cuts[writer.incarnation].map(WriterCut.through) ?? .nothing
        }
        return nil
    }
}

/// How much of a revoked device's writer is accepted.
public enum WriterCut: Hashable, Sendable {
    /// No transaction of it.
    case nothing
    /// Everything up to the pinned transaction.
    case through(Cut)
}

/// A revocation (all latest ones as one) or one reduction, ready to be asked.
struct Reduction {
    let position: Int
    /// `nil` after a revocation.
    let remaining: Rights?
    let cuts: [UInt32: Cut]

    func sequence(of writer: WriterID) -> UInt64 { cuts[writer.incarnation]?.sequence ?? 0 }

    /// Where a transaction lies.
    enum Place: Hashable {
        case within
        case beyond
        /// It turns on a pinned transaction that is not here.
        case open(TransactionName)
    }

    /// Below the cut only what leads to the pinned transaction is within.
    func place<Fault: Error>(
        of name: TransactionName, _ lineage: (TransactionName) throws(Fault) -> Lineage
    ) throws(Fault) -> Place {
        guard let cut = cuts[name.writer.incarnation], name.sequence <= cut.sequence else {
            return .beyond
        }
        if name.sequence == cut.sequence { return name.chain == cut.chain ? .within : .beyond }
        let pin = TransactionName(writer: name.writer, sequence: cut.sequence, chain: cut.chain)
        switch try lineage(pin) {
        case .onBranch: return .within
        case .offBranch: return .beyond
        case .unknown: return .open(pin)
        }
    }
}

extension RosterGraph {
    /// All standing reductions of a device, ascending, and at most one revocation, first: the
    /// latest ones joined by the lesser cut of each incarnation, so that the strictest of
    /// concurrent admins holds until a later revocation, which has seen them, states the cut
    /// anew.
    func latestReductions(of device: DeviceID, in standing: EntrySet) -> [Reduction] {
        let positions = (reductions[device] ?? []).filter { standing.contains($0) }
        var revocations: [(position: Int, cuts: [Cut])] = []
        var rest: [Reduction] = []
        for position in positions {
            switch entries[position].deed {
            case .revoke(_, let cuts): revocations.append((position, cuts))
            case .reduce(_, let remaining, let cuts):
                rest.append(
                    Reduction(
                        position: position, remaining: remaining, cuts: Self.byIncarnation(cuts)))
            case .genesis, .add, .speaker, .carried: break
            }
        }
        guard let first = revocations.first else { return rest }
        let latest = latest(of: revocations.map(\.position))
        let cuts = revocations.filter { latest.contains($0.position) }
            .map { Self.byIncarnation($0.cuts) }
        let joined = cuts.dropFirst().reduce(cuts[0]) { left, right in
            left.filter { right[$0.key] != nil }.merging(right.filter { left[$0.key] != nil }) {
                ($0.sequence, $0.chain) < ($1.sequence, $1.chain) ? $0 : $1
            }
        }
        return [Reduction(position: first.position, remaining: nil, cuts: joined)] + rest
    }

    private static func byIncarnation(_ cuts: [Cut]) -> [UInt32: Cut] {
        Dictionary(cuts.map { ($0.incarnation, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
