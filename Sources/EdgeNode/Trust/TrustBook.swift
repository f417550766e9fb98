public import CRDT
public import ReplicaStorage
public import Sealing
public import Signing
internal import SyncProtocol

/// The control lane as this node understands it: what opened, what it makes of the roster, and how
/// the lane is described to a peer. A value: it is changed in a copy, which takes its place once
/// the items are on disk.
public struct TrustBook: Sendable {
    /// What became of an item.
    enum Verdict: Hashable {
        /// Worth keeping and forwarding.
        case taken
        case known
        /// Not of this tenant, not signed by whom it names, or no room to let it wait.
        case refused
    }

    public private(set) var roster: Roster
    /// Names the whole lane: the roster's head and everything that is no roster entry.
    public private(set) var name: ContentHash
    /// What peers are told that is held here.
    private(set) var landmarks: [ContentHash] = []
    /// Which keys devices use towards relays, in the order of their coming.
    private(set) var relayKeys: [RelayKeyNote] = []
    private let sealer: ControlSealer
    private let scheme: any SignatureScheme
    private let rights: @Sendable (Roster) -> any RightsJudge
    /// Items that are no roster entry, and the newest of them.
    private var others: Set<ContentHash> = []
    private var recent: [ContentHash] = []
    /// Names all others together.
    private var othersName: ContentHash?
    private var budget = LaneBudget()
    /// Sealed bytes of the entries that wait for a parent.
    private var waitingBytes: [ContentHash: Int] = [:]

    /// Newest others that a peer is told of one by one, beside the name of all.
    private static let recentMax = 32

    /// - Parameters:
    ///   - roster: entries this box was set up with.
    ///   - rights: judges transactions by a roster.
    public init(
        _ roster: Roster, sealer: ControlSealer, scheme: any SignatureScheme,
        rights: @escaping @Sendable (Roster) -> any RightsJudge = { RosterRights($0) }
    ) {
        self.roster = roster
        self.sealer = sealer
        self.scheme = scheme
        self.rights = rights
        name = roster.head
        for entry in roster.entries {
            budget.charge(roster.share(of: entry), entry.bytes.count)
        }
        describe()
    }

    /// Judges by the roster as it is now.
    var judge: any RightsJudge { rights(roster) }

    /// Opens and reads an item; `nil` for what does not open or parse here.
    func open(_ sealed: [UInt8]) -> ControlItem? {
        // Whatever the fault, the item is not kept; the peer's credit is given back.
        guard let plain = try? sealer.open(sealed) else { return nil }
        return try? ControlItem(decoding: plain)
    }

    func seal(_ item: ControlItem, nonce: Nonce) throws(SealingError) -> [UInt8] {
        try sealer.seal(item.encoded, nonce: nonce)
    }

    /// Takes an item from anywhere, in any order.
    ///
    /// - Parameters:
    ///   - bytes: its sealed size, which its share of the lane is charged with.
    ///   - isStored: it was kept before, so there is room for it whatever its author may do today.
    mutating func take(_ item: ControlItem, bytes: Int, isStored: Bool = false) -> Verdict {
        if case .entry(let entry) = item { return take(entry, bytes, isStored: isStored) }
        guard !others.contains(item.id) else { return .known }
        let share: LaneBudget.Share
        switch item {
        case .entry: return .refused
        case .head: share = .heads
        case .carried: share = .carried
        case .erase(let order):
            share = .eraseOrders
            guard order.tenant == roster.tenant, let key = roster.signingKey(of: order.author),
                isStored || roster.mayOrderErasure(order.author), order.isSigned(by: key, scheme)
            else { return .refused }
        case .relayKey(let note):
            share = .relayKeys
            guard note.tenant == roster.tenant, let key = roster.signingKey(of: note.author),
                isStored || roster.mayNote(note), note.isSigned(by: key, scheme)
            else { return .refused }
        }
        guard isStored || budget.hasRoom(share, bytes) else { return .refused }
        if case .head(let head) = item {
            guard roster.learn(head) else { return .refused }
        }
        if case .relayKey(let note) = item { relayKeys.append(note) }
        budget.charge(share, bytes)
        note(item.id)
        return .taken
    }

    private mutating func take(
        _ entry: RosterEntry, _ bytes: Int, isStored: Bool
    ) -> Verdict {
        if entry.hash == roster.entries[0].hash { return .known }
        let isWaiting = entry.parents.contains { roster.entry($0) == nil }
        let share = isWaiting ? .waiting : roster.share(of: entry)
        guard isStored || budget.hasRoom(share, bytes) else {
            return holds(entry.hash) ? .known : .refused
        }
        switch roster.admit(entry) {
        case .known: return .known
        case .refused: return .refused
        case .waiting:
            waitingBytes[entry.hash] = bytes
            budget.charge(.waiting, bytes)
        case .admitted(let admitted, let dropped):
            budget.charge(share, bytes)
            // What turned out bad stays on the disk, so it stays charged.
            for hash in dropped { waitingBytes[hash] = nil }
            for hash in admitted.dropFirst() {
                guard let bytes = waitingBytes.removeValue(forKey: hash),
                    let released = roster.entry(hash)
                else { continue }
                budget.release(.waiting, bytes)
                budget.charge(roster.share(of: released), bytes)
            }
        }
        return .taken
    }

    /// After the last of several `take`: names and describes the lane anew.
    mutating func describe() {
        othersName = others.isEmpty ? nil : Self.name(others.sorted())
        name = othersName.map { Self.name([roster.head, $0]) } ?? roster.head
        landmarks = recent + (othersName.map { [$0] } ?? [])
        landmarks += roster.landmarks(upTo: SyncLimits.controlHeadsMax - landmarks.count)
    }

    /// The tips of the roster as it is now, where a transaction that cites them needs them told.
    var owedHead: ControlItem? {
        let head = roster.headTips
        guard (2...RosterLimits.tipsMax).contains(head.tips.count),
            !others.contains(head.hash)
        else { return nil }
        return .head(head)
    }

    func holds(_ id: ContentHash) -> Bool { roster.entry(id) != nil || others.contains(id) }

    /// Of these items, those that a peer which holds `landmarks` may lack.
    func lacking(_ ids: [ContentHash], by landmarks: [ContentHash]) -> Set<ContentHash> {
        let held = Set(landmarks)
        let holdsOthers = othersName.map(held.contains) ?? false
        let isOpen = { (id: ContentHash) in
            !held.contains(id) && !(holdsOthers && others.contains(id))
        }
        return Set(roster.uncovered(ids.filter(isOpen), by: landmarks))
    }

    private mutating func note(_ id: ContentHash) {
        others.insert(id)
        recent.append(id)
        if recent.count > Self.recentMax { recent.removeFirst() }
    }

    private static func name(_ ids: [ContentHash]) -> ContentHash {
        var preimage = ByteWriter(domain: .lane, capacity: 32 + ids.count * 32)
        preimage.write(count: ids.count)
        for id in ids { preimage.write(hash: id) }
        return BLAKE2bHasher().hash(preimage.bytes)
    }
}
