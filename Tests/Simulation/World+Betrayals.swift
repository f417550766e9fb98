import CFaultVFS
import CRDT
import EdgeNode
import ReplicaStorage
import Synchronization

// What no software can undo: a disk that says "synced" and has not, a machine set back to an older
// image of itself. One box of some fleets suffers it. What nobody else held may be gone; everything
// else must come back, and nothing may be overwritten by it unseen.
extension World {
    func betray() throws {
        guard let unreliable else { return }
        let box = boxes[unreliable]
        switch dice.below(4) {
        case 0:
            box.disk.loseSyncs(within: 40, &dice)
            hasLostSyncs = true
            mayFork.withLock { $0 = true }
        case 1:
            box.takeImage()
            report.images += 1
        default:
            guard box.hasImage else { return }
            try restore(unreliable, keepingAnchor: dice.chance(500))
        }
    }

    /// The machine goes back to its image, with its anchor (a snapshot of the whole machine) or
    /// without (only the database file was put back).
    private func restore(_ number: Int, keepingAnchor: Bool) throws {
        let box = boxes[number]
        hasLostSyncs = true
        box.restoresImageAtCrash = keepingAnchor ? .database : .everything
        // With its anchor the box knows that others know more, and begins a new incarnation.
        if !keepingAnchor { mayFork.withLock { $0 = true } }
        report.restores += 1
        try crash(number)
    }

    /// Deeds that no disk of the fleet holds any more are taken off the list; those that only this
    /// box lost are waited for.
    func forgive(_ number: Int) throws {
        let here = try proofs(at: number)
        var elsewhere: Set<RowID> = []
        for other in boxes.indices where other != number {
            elsewhere.formUnion(try held(by: other))
        }
        let gone = acknowledged.withLock { deeds in
            deeds.filter {
                $0.box == number && !here.contains($0.proof) && !elsewhere.contains($0.proof)
            }
        }.map(\.proof)
        acknowledged.withLock { deeds in deeds.removeAll { gone.contains($0.proof) } }
        for (proof, author) in published where author == number {
            if !here.contains(proof), !elsewhere.contains(proof) { published[proof] = nil }
        }
        awaited = elsewhere.subtracting(here)
        report.lostToDisk += gone.count
        try forgiveNews(number)
    }

    /// The same for roster news and erase orders.
    private func forgiveNews(_ number: Int) throws {
        let own = acknowledgedNews.withLock { $0.filter { $0.box == number }.map(\.item) }
        let here = try ask(number) { await $0.known(of: own) }
        var elsewhere: Set<ContentHash> = []
        for other in boxes.indices where other != number {
            elsewhere.formUnion(try ask(other) { await $0.known(of: own) })
        }
        acknowledgedNews.withLock { news in
            news.removeAll { own.contains($0.item) && !here.union(elsewhere).contains($0.item) }
        }
        awaitedNews = elsewhere.subtracting(here)
    }

    /// What a box shows; one whose disk fails at this moment restarts first.
    private func held(by box: Int) throws -> Set<RowID> {
        do {
            return try proofs(at: box)
        } catch is StorageError {
            boxes[box].disk.disarm()
            try crash(box)
            return try proofs(at: box)
        }
    }
}
