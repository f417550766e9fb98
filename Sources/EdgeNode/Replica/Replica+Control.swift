public import CRDT
public import ReplicaStorage
internal import Sealing
public import Signing
public import SyncProtocol

// The control lane: stored at first sight, judged by the trust book, in effect once it is durable.
extension Replica {
    /// Opens items from a link and keeps what is of this tenant; returns after it is durable.
    ///
    /// - Returns: each item's name; `nil` for what was not kept.
    public func deliver(control sealed: [[UInt8]]) throws(StorageError) -> [ContentHash?] {
        guard let trust else { return sealed.map { _ in nil } }
        return try keep(sealed.map { (trust.open($0), $0) })
    }

    /// Enters an item made here, to travel to every box.
    ///
    /// - Throws: `refused` for what no other box would take.
    public func enter(_ item: ControlItem) throws(StorageError) {
        guard let trust else { throw StorageError(.refused, "this replica knows no roster") }
        let sealed = try Self.seal(item, trust, environment)
        guard try keep([(item, sealed)]) != [nil] else {
            throw StorageError(.refused, "the control lane does not take this item")
        }
    }

    /// Signs and enters a decision about devices, on top of all that is known here.
    public func enter(
        _ deed: RosterDeed, by author: DeviceIdentity
    ) throws(StorageError) -> RosterEntry {
        guard let roster = trust?.roster else {
            throw StorageError(.refused, "this replica knows no roster")
        }
        let entry = RosterEntry(
            tenant: roster.tenant, parents: roster.parentsForNext, deed: deed, by: author)
        try enter(.entry(entry))
        return entry
    }

    /// Items that a peer may lack, in the order in which they came here.
    public func answer(_ request: ControlRequest) throws(StorageError) -> ControlAnswer {
        var through = request.after
        var items: [OutgoingControl] = []
        var bytes = 0
        while let trust {
            let page = try store.control(after: through, limit: SyncLimits.controlItemsMax)
            let lacking = trust.lacking(page.map(\.id), by: request.peerHolds)
            for item in page {
                let isWanted = lacking.contains(item.id)
                if isWanted, !items.isEmpty {
                    guard items.count < request.itemsMax,
                        bytes + item.bytes.count <= request.bytesMax
                    else {
                        return ControlAnswer(
                            number: request.number, items: items, through: through)
                    }
                }
                through = item.number
                guard isWanted else { continue }
                items.append(OutgoingControl(id: item.id, bytes: item.bytes))
                bytes += item.bytes.count
            }
            if page.count < SyncLimits.controlItemsMax { break }
        }
        return ControlAnswer(number: request.number, items: items, through: through)
    }

    /// Of these items' names, those that are known here.
    public func known(of items: [ContentHash]) -> Set<ContentHash> {
        Set(items.filter { trust?.holds($0) ?? false })
    }

    /// The roster as known here; `nil` for a replica that knows none.
    public var roster: Roster? { trust?.roster }

    /// Judges in memory, stores in one transaction, and only then lets it count.
    private func keep(
        _ items: [(item: ControlItem?, bytes: [UInt8])]
    ) throws(StorageError) -> [ContentHash?] {
        guard var book = trust else { return items.map { _ in nil } }
        var ids: [ContentHash?] = []
        var fresh: [(id: ContentHash, bytes: [UInt8])] = []
        var freshBytes = 0
        for (item, bytes) in items {
            guard let item, store.hasRoom(control: freshBytes + bytes.count) else {
                ids.append(nil)
                continue
            }
            switch book.take(item, bytes: bytes.count) {
            case .taken:
                fresh.append((item.id, bytes))
                freshBytes += bytes.count
            case .known: break
            case .refused:
                ids.append(nil)
                continue
            }
            ids.append(item.id)
        }
        guard !fresh.isEmpty else { return ids }
        if let head = book.owedHead {
            let sealed = try Self.seal(head, book, environment)
            if book.take(head, bytes: sealed.count) == .taken { fresh.append((head.id, sealed)) }
        }
        book.describe()
        try store.durably { () throws(StorageError) in
            for (id, bytes) in fresh { try store.keepInside(control: id, bytes) }
        }
        trust = book
        store.judge(by: book.judge)
        codec.adopt { [roster = book.roster] in roster.signingKey(of: $0) }
        feed.signal(store.takeChanges())
        owesRelease = true
        releaseOwed()
        return ids
    }

    /// Adds the stored lane to what the box was set up with, and stores what it was set up with.
    static func recall(
        _ trust: TrustBook, _ store: ReplicaStore, _ environment: NodeEnvironment
    ) throws(StorageError) -> TrustBook {
        var book = trust
        var known: Set<ContentHash> = []
        var number: UInt64 = 0
        while true {
            let page = try store.control(after: number, limit: SyncLimits.controlItemsMax)
            for stored in page {
                known.insert(stored.id)
                guard let item = book.open(stored.bytes) else { continue }
                _ = book.take(item, bytes: stored.bytes.count, isStored: true)
            }
            guard let last = page.last else { break }
            number = last.number
        }
        let fresh = trust.roster.entries.filter { !known.contains($0.hash) }
        if !fresh.isEmpty {
            try store.durably { () throws(StorageError) in
                for entry in fresh {
                    try store.keepInside(
                        control: entry.hash, try seal(.entry(entry), book, environment))
                }
            }
        }
        book.describe()
        return book
    }

    private static func seal(
        _ item: ControlItem, _ book: TrustBook, _ environment: NodeEnvironment
    ) throws(StorageError) -> [UInt8] {
        guard let nonce = Nonce(bytes: environment.randomBytes(Nonce.count)),
            let bytes = try? book.seal(item, nonce: nonce)
        else { throw StorageError(.internalFault, "an item of the control lane does not seal") }
        return bytes
    }
}
