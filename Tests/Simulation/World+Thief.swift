import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import Synchronization

// In every eighth seed boxes judge by the real roster, and a device's rights are cut during the
// day. Its frames, and those of whoever copied its key, reach boxes in any order; what is not
// within the cut only those that know of it, for what was applied before is not judged again yet
// (`Roster.md`, Judging). Others get it from them, behind the cut.
extension World {
    static func hasRealRoster(_ seed: UInt64) -> Bool { seed % 8 == 0 }

    /// Somebody brings frames of the device, or an admin cuts its rights.
    func prowl() {
        guard let thief else { return }
        if !isCutEntered, report.steps >= cutStep {
            isCutEntered = true
            enterCut(thief.deed, at: admin)
        }
        guard thiefDice.chance(150) else { return }
        let history = thiefDice.below(thief.histories.count)
        let frames = thief.histories[history]
        let last = thiefDice.below(frames.count)
        let first = thiefDice.chance(500) ? 0 : last
        let isWithin = history == 0 && frames[...last].allSatisfy(\.beyond.isEmpty)
        bring(
            frames[first...last].map(\.sealed), to: thiefDice.below(boxes.count),
            needsCut: !isWithin)
    }

    /// The box whose disk never lies, so that the cut it entered stays entered.
    private var admin: Int { unreliable == 0 ? 1 : 0 }

    private func enterCut(_ deed: RosterDeed, at box: Int) {
        guard let replica = boxes[box].replica else { return }
        let author = tenant.identities[box]
        let task = executor.start { [weak self] in
            do throws(StorageError) {
                let entry = try await replica.enter(deed, by: author)
                self?.cutEntry.withLock { $0 = entry.hash }
            } catch {
                self?.refuse(error, at: box)
            }
            self?.noteCutTried()
        }
        boxes[box].tasks.append(task)
    }

    /// Entered again where the disk failed: of two alike the joined cut is the same.
    private func noteCutTried() {
        if cutEntry.withLock({ $0 == nil }) { isCutEntered = false }
    }

    private func bring(_ frames: [[UInt8]], to box: Int, needsCut: Bool) {
        guard let replica = boxes[box].replica else { return }
        let cut = cutEntry.withLock { $0 }
        if needsCut, cut == nil { return }
        let task = executor.start { [weak self] in
            if needsCut, let cut {
                guard await replica.known(of: [cut]).contains(cut) else { return }
            }
            do throws(StorageError) {
                _ = try await replica.deliver(frames)
            } catch {
                self?.refuse(error, at: box)
            }
        }
        boxes[box].tasks.append(task)
        report.thefts += 1
    }

    /// A box that began a new incarnation says in the roster that it speaks on.
    func keepVoice(at box: Int) {
        guard tenant.hasRealRoster, let replica = boxes[box].replica else { return }
        let (site, identity) = (tenant.sites[box], tenant.identities[box])
        let task = executor.start { [weak self] in
            do throws(StorageError) {
                try await replica.keepVoice(of: site, by: identity)
            } catch {
                self?.refuse(error, at: box)
            }
        }
        boxes[box].tasks.append(task)
    }

    /// After all faults: the cut is known everywhere, and all that the device wrote came somewhere.
    func endProwl() throws {
        guard let thief else { return }
        if cutEntry.withLock({ $0 == nil }) {
            enterCut(thief.deed, at: admin)
            try heal()
        }
        for history in thief.histories.indices.reversed() {
            bringWhole(history, of: thief)
        }
        try heal()
        // A branch before all that it goes on from is a gap, which nobody can verify and nobody
        // keeps (`ReplicaStorage`, The log): whoever has it brings it once more.
        for history in thief.histories.indices.dropFirst() {
            bringWhole(history, of: thief)
        }
        try heal()
        for box in boxes.indices {
            let missing = thief.within.subtracting(try proofs(at: box))
            if !missing.isEmpty {
                throw Broken(
                    invariant: "I13", detail: "box \(box) lacks \(missing.count) within the cut")
            }
            try checkAlarm(thief.writer)
        }
    }

    private func bringWhole(_ history: Int, of thief: SimulatedThief) {
        let frames = thief.histories[history].map(\.sealed)
        bring(frames, to: thiefDice.below(boxes.count), needsCut: true)
        executor.drain()
    }

    /// I13: nothing that is not within the cut is in effect anywhere, at any time.
    func checkCut(at box: Int) throws {
        guard let thief else { return }
        let shown = thief.beyond.intersection(try proofs(at: box))
        guard !shown.isEmpty else { return }
        throw Broken(
            invariant: "I13", detail: "box \(box) shows \(shown.count) that the cut leaves out")
    }
}
