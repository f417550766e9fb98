import CRDT

/// Entries whose parents are missing, bounded in number and bytes.
struct WaitingRoom: Sendable {
    private var entries: [ContentHash: RosterEntry] = [:]
    private var childrenByParent: [ContentHash: Set<ContentHash>] = [:]
    private var byteCount = 0

    func contains(_ hash: ContentHash) -> Bool { entries[hash] != nil }

    /// Missing parents, ascending; some may be waiting themselves.
    var wanted: [ContentHash] { childrenByParent.keys.sorted() }

    /// - Returns: `false` when there is no room.
    mutating func keep(_ entry: RosterEntry, until missing: [ContentHash]) -> Bool {
        guard entries.count < RosterLimits.waitingMax,
            byteCount + entry.bytes.count <= RosterLimits.waitingBytesMax
        else { return false }
        entries[entry.hash] = entry
        byteCount += entry.bytes.count
        for parent in missing { childrenByParent[parent, default: []].insert(entry.hash) }
        return true
    }

    /// Lets go those that lacked only `parent`, ascending by hash.
    mutating func release(
        _ parent: ContentHash, isHere: (ContentHash) -> Bool
    ) -> [RosterEntry] {
        var ready: [RosterEntry] = []
        for child in (childrenByParent.removeValue(forKey: parent) ?? []).sorted() {
            guard let entry = entries[child], entry.parents.allSatisfy(isHere) else { continue }
            entries[child] = nil
            byteCount -= entry.bytes.count
            ready.append(entry)
        }
        return ready
    }
}
