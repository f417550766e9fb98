public import CRDT

/// How one roster is described to another in few hashes (`Control-Lane.md`, What each side holds).
extension Roster {
    /// Tips and, at growing distances back to the genesis, entries they follow: whoever names them
    /// holds everything before them. At most `limit`; tips first.
    ///
    /// - Precondition: `limit` is at least 64, so that every distance has its place.
    public func landmarks(upTo limit: Int) -> [ContentHash] {
        precondition(limit >= 64, "a roster is described by at least 64 hashes")
        var marks = Array(headTips.tips.prefix(limit - 32))
        var distance = 1
        while distance < graph.entries.count {
            let entry = graph.entries[graph.entries.count - 1 - distance].hash
            if !marks.contains(entry) { marks.append(entry) }
            distance *= 2
        }
        if !marks.contains(graph.entries[0].hash) { marks.append(graph.entries[0].hash) }
        return Array(marks.prefix(limit))
    }

    /// Of these entries' hashes, those that are no landmark and follow none: what whoever holds the
    /// landmarks may lack. Landmarks not known here do not count.
    public func uncovered(
        _ hashes: [ContentHash], by landmarks: [ContentHash]
    ) -> [ContentHash] {
        var covered = EntrySet()
        for mark in landmarks {
            guard let position = graph.positions[mark] else { continue }
            covered.formUnion(graph.pasts[position])
            covered.insert(position)
        }
        return hashes.filter { hash in
            graph.positions[hash].map { !covered.contains($0) } ?? true
        }
    }
}
