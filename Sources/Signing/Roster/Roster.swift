public import CRDT

/// Who belongs to a tenant: a signed graph of entries that anyone may carry (`Roster.md`).
///
/// The same set of entries gives the same members, the same head and the same judgements, in
/// whatever order they came. A value; the caller stores `bytes` of admitted entries and tips of
/// heads, and admits them again at the next start.
public struct Roster: Sendable {
    /// What became of an entry.
    public enum Verdict: Hashable, Sendable {
        /// In the graph now, parents first: this entry and those that had waited for it. `dropped`
        /// had waited too and turned out bad.
        case admitted([ContentHash], dropped: [ContentHash])
        /// Already in the graph, or already waiting.
        case known
        /// Kept until these parents come.
        case waiting(for: [ContentHash])
        /// Never part of this roster, or no room to let it wait.
        case refused(Refusal)
    }

    /// Why an entry is not taken.
    public enum Refusal: Hashable, Error, Sendable {
        /// Names another tenant, or is another tenant's genesis.
        case foreignTenant(TenantID)
        /// Not a genesis, where one is needed.
        case notGenesis
        /// Nothing in its past introduces the author.
        case unknownAuthor(DeviceID)
        /// The author's key did not sign these bytes.
        case badSignature
        /// The waiting room is full; ask again once parents are here.
        case tooManyWaiting
        /// The roster has `RosterLimits.entriesMax` entries.
        case full
    }

    /// The tenant that the genesis founded.
    public let tenant: TenantID
    /// The state that includes every admitted entry.
    public internal(set) var current: RosterView
    var graph = RosterGraph()
    private var tips: Set<ContentHash> = []
    private var waiting = WaitingRoom()
    private var heads: [ContentHash: RosterHead] = [:]
    private let scheme: any SignatureScheme

    /// Begins with a genesis.
    ///
    /// - Throws: `notGenesis` or `badSignature`. Whether this is the tenant the person meant is for
    ///   the caller to compare: `tenant` follows from the bytes.
    public init(genesis: RosterEntry, scheme: any SignatureScheme) throws(Refusal) {
        guard case .genesis(let body) = genesis.deed, let founded = genesis.foundedTenant else {
            throw .notGenesis
        }
        guard genesis.isSigned(by: body.recoveryKit.signing, scheme) else { throw .badSignature }
        self.scheme = scheme
        tenant = founded
        graph.append(genesis, past: EntrySet(), isAuthorised: true)
        tips = [genesis.hash]
        current = RosterView(of: graph, in: EntrySet(all: 1))
    }

    /// Takes an entry from anywhere, in any order. Total: whatever comes gets a verdict.
    ///
    /// Cost: one signature check, and a pass over the entries unless the entry follows everything
    /// and names no device.
    public mutating func admit(_ entry: RosterEntry) -> Verdict {
        if graph.positions[entry.hash] != nil || waiting.contains(entry.hash) { return .known }
        if let founded = entry.foundedTenant { return .refused(.foreignTenant(founded)) }
        guard entry.tenant == tenant else { return .refused(.foreignTenant(entry.tenant)) }
        let missing = entry.parents.filter { graph.positions[$0] == nil }
        guard missing.isEmpty else {
            return waiting.keep(entry, until: missing)
                ? .waiting(for: missing) : .refused(.tooManyWaiting)
        }
        if let refusal = append(entry) { return .refused(refusal) }
        var admitted = [entry.hash]
        var dropped: [ContentHash] = []
        var next = 0
        while next < admitted.count {
            for ready in waiting.release(admitted[next], isHere: { graph.positions[$0] != nil }) {
                if append(ready) == nil {
                    admitted.append(ready.hash)
                } else {
                    dropped.append(ready.hash)
                }
            }
            next += 1
        }
        return .admitted(admitted, dropped: dropped)
    }

    /// The name of this state: what the next transaction cites and what peers compare.
    public var head: ContentHash { headTips.hash }

    /// The tips behind `head`; send them along in the control lane when there are several.
    public var headTips: RosterHead { RosterHead(sorted: tips.sorted()) }

    /// Parents for the next entry: the tips, or the first four of them in hash order.
    public var parentsForNext: [ContentHash] {
        Array(tips.sorted().prefix(RosterLimits.parentsMax))
    }

    /// Every admitted entry, parents first.
    public var entries: [RosterEntry] { graph.entries }

    /// An admitted entry by its hash.
    public func entry(_ hash: ContentHash) -> RosterEntry? {
        graph.positions[hash].map { graph.entries[$0] }
    }

    /// Parents that waiting entries lack, ascending: what to ask others for.
    public var missing: [ContentHash] {
        waiting.wanted.filter { graph.positions[$0] == nil && !waiting.contains($0) }
    }

    /// Remembers the tips behind a cited head of several tips.
    ///
    /// - Returns: whether it is remembered; `false` above `RosterLimits.headsMax`.
    public mutating func learn(_ head: RosterHead) -> Bool {
        if head.tips.count == 1 { return true }
        guard heads.count < RosterLimits.headsMax || heads[head.hash] != nil else { return false }
        heads[head.hash] = head
        return true
    }

    /// The state that a head names, the same for ever; keep it, making one is a pass over its
    /// entries. `nil` while the head's tips, or their entries, are not here.
    public func view(at head: ContentHash) -> RosterView? {
        if head == self.head { return current }
        let tips = graph.positions[head] != nil ? [head] : heads[head]?.tips ?? []
        guard !tips.isEmpty, let scope = graph.past(of: tips) else { return nil }
        return RosterView(of: graph, in: scope)
    }

    /// The key that verifies a device's heads, entries and erase orders: of members, of the revoked
    /// and of the recovery kit. Whether the device still has rights is another question.
    public func signingKey(of device: DeviceID) -> SigningKey? {
        graph.keys(of: device)?.signing
    }

    /// The recovery kit's public keys.
    public var recoveryKit: PublicKeys? { graph.keys(of: graph.recoveryKit) }

    private mutating func append(_ entry: RosterEntry) -> Refusal? {
        guard graph.entries.count < RosterLimits.entriesMax else { return .full }
        guard let past = graph.past(of: entry.parents) else { return .unknownAuthor(entry.author) }
        guard let keys = graph.keys(of: entry.author, in: past) else {
            return .unknownAuthor(entry.author)
        }
        guard entry.isSigned(by: keys.signing, scheme) else { return .badSignature }
        let followsAll = past.count == graph.entries.count
        let view = followsAll ? current : RosterView(of: graph, in: past)
        graph.append(
            entry, past: past, isAuthorised: view.authorises(entry, kit: graph.recoveryKit))
        remember(headTips)
        for parent in entry.parents { tips.remove(parent) }
        tips.insert(entry.hash)
        switch entry.deed {
        case .speaker where followsAll, .carried where followsAll:
            current.follow(graph.entries.count - 1, in: graph)
        case .genesis, .add, .speaker, .revoke, .reduce, .carried:
            current = RosterView(of: graph, in: EntrySet(all: graph.entries.count))
        }
        return nil
    }

    /// A state passed through may have been cited.
    private mutating func remember(_ head: RosterHead) {
        if (2...RosterLimits.tipsMax).contains(head.tips.count) { _ = learn(head) }
    }
}
