import CFaultVFS
import CRDT
import ReplicaStorage
import Testing

/// After a restore, a clone or a lost tail nobody ever signs two histories.
struct IncarnationTests {
    private func guest(_ box: Box, _ name: String) -> RowOperation {
        RowOperation(
            collection: ToyPack.guest, row: box.drawID(), kind: .insert,
            cells: [CellOperation(field: 3, action: .assign(.text(name)))])
    }

    private func note(_ row: RowID, _ text: String) -> RowOperation {
        RowOperation(
            collection: ToyPack.guest, row: row, kind: .update,
            cells: [CellOperation(field: 3, action: .assign(.text(text)))])
    }

    /// Puts the database as it was back, and leaves the anchor as it is.
    private func restore(_ box: Box, _ backup: [UInt8]) throws {
        box.store.close()
        fvfs_load(box.bench.disk, FaultBench.file, backup, Int64(backup.count))
        _ = fvfs_file_delete(box.bench.disk, FaultBench.file + "-wal")
        try box.restart()
    }

    private func backup(_ box: Box) throws -> [UInt8] {
        try box.reopen()
        box.store.close()
        let bytes = try #require(box.bench.bytes(FaultBench.file))
        try box.restart()
        return bytes
    }

    private func converge(_ boxes: [Box]) throws {
        for box in boxes { try box.seal() }
        for _ in 0..<2 {
            for box in boxes {
                for other in boxes where other !== box { try box.pull(from: other) }
            }
        }
        let shown = try boxes[0].shown()
        for box in boxes {
            #expect(box.store.digest == boxes[0].store.digest)
            #expect(box.store.vector == boxes[0].store.vector)
            #expect(try box.shown() == shown)
            try box.check()
        }
    }

    @Test func `what the image held in the clear is whole with the frames that came after it`()
        throws
    {
        let (north, south) = (try Box(1), try Box(2))
        let change = guest(north, "one")
        try north.commit([change])
        try north.seal()
        try north.commit([note(change.row, "two")])
        let old = try backup(north)
        try north.seal()
        try north.commit([note(change.row, "three")])
        try north.seal()
        try south.pull(from: north)
        try restore(north, old)
        // South need not give the second again: North holds it, without a frame of its own.
        let after = try south.store.frames(
            of: south.store.vector.entries[0].writer, after: 2, bytesMax: 1)
        for frame in after { _ = try north.merge(frame.bytes) }
        #expect(try north.store.verify().log == [])
        try north.seal()
        #expect(try north.store.verify().log == [])
        try converge([north, south])
    }

    @Test func `a database older than its anchor names what it lost and begins anew`() throws {
        let north = try Box(1)
        let south = try Box(2)
        try south.commit([guest(south, "a")])
        try south.seal()
        try north.pull(from: south)
        let change = guest(north, "one")
        try north.commit([change])
        try north.seal()
        let old = try backup(north)
        try north.commit([note(change.row, "two")])
        try north.commit([note(change.row, "three")])
        try north.seal()
        try south.pull(from: north)
        let before = north.store.localHead.writer

        try restore(north, old)
        #expect(north.store.boot.continuity == .behindAnchor)
        #expect(north.store.boot.lost?.writer == before)
        #expect(north.store.boot.lost?.sequences == 2...3)
        #expect(north.store.localHead.writer.incarnation == before.incarnation + 1)
        #expect(north.store.localHead.sequence == 0)
        // Written before the lost tail is back: concurrent with it, and everywhere judged so.
        try north.commit([note(change.row, "restored")])
        try converge([north, south])
        #expect(north.store.vector.sequence(of: before) == 3)
        let local = north.store.localHead
        try north.reopen()
        #expect(north.store.boot.continuity == .continued)
        #expect(north.store.localHead == local)
    }

    /// What the lost tail had seen was cited before it, in transactions that are still here.
    @Test func `a tail fetched back replaces what it had seen when it was written`() throws {
        let north = try Box(1)
        let south = try Box(2)
        let stay = south.drawID()
        func room(_ name: String, _ kind: RowOperation.Kind) -> RowOperation {
            RowOperation(
                collection: ToyPack.stay, row: stay, kind: kind,
                cells: [CellOperation(field: 3, action: .assign(.text(name)))])
        }
        try south.commit([room("by south", .insert)])
        try south.seal()
        try north.pull(from: south)
        try north.commit([guest(north, "cites south")])
        try north.seal()
        let old = try backup(north)
        try north.commit([room("by north, having seen", .update)])
        try north.seal()
        try south.pull(from: north)
        try restore(north, old)
        try converge([north, south])
        #expect(north.store.boot.continuity == .behindAnchor)
    }

    /// The context of a new incarnation begins empty, so its first transaction cites everything.
    @Test func `the first write of a new incarnation cites all that it has seen`() throws {
        let boxes = [try Box(1), try Box(2), try Box(3)]
        let row = guest(boxes[1], "a")
        try boxes[1].commit([row])
        try boxes[1].seal()
        try boxes[0].pull(from: boxes[1])
        try boxes[0].commit([note(row.row, "seen")])
        try boxes[0].seal()
        boxes[0].store.close()
        _ = fvfs_file_delete(boxes[0].bench.disk, FaultAnchor.file)
        try boxes[0].restart()
        #expect(boxes[0].store.boot.continuity == .anchorMissing)
        try boxes[0].commit([
            RowOperation(
                collection: ToyPack.guest, row: row.row, kind: .update,
                cells: [CellOperation(field: 5, action: .add(.text("late")))])
        ])
        try boxes[0].seal()
        let local = boxes[0].store.localHead.writer
        let last = try boxes[0].store.frames(of: local, after: 0, bytesMax: 1)
        let run = try #require(ToySeal.decode(last[0].bytes))
        let first = try EncodedTransaction(decoding: run.transactions[0]).transaction
        try #require(first.context.map(\.sequence) == [1, 1])
        // Without its past the frame waits instead of being applied.
        #expect(
            try boxes[2].merge(run.sealed) == .blocked(applied: 0, on: first.context[0]))
        try converge(boxes)
    }

    /// Fetched from peers, an old or a cloned incarnation is a history like any other.
    @Test func `the local writer stays the local writer whichever of its kin arrives`() throws {
        let north = try Box(1)
        let south = try Box(2)
        let empty = try backup(north)
        try north.commit([guest(north, "first life")])
        try north.seal()
        try south.pull(from: north)
        try restore(north, empty)
        try north.commit([guest(north, "second life")])
        try north.seal()
        try south.pull(from: north)
        try restore(north, empty)
        let local = north.store.localHead.writer
        try converge([north, south])
        try north.reopen()
        #expect(north.store.boot.continuity == .continued)
        #expect(north.store.localHead.writer == local)
        try north.commit([guest(north, "third life")])
        try converge([north, south])
    }

    @Test func `a newer incarnation in the anchor means an older database`() throws {
        let north = try Box(1)
        try north.commit([guest(north, "a")])
        let old = try backup(north)
        north.host = 99
        try north.reopen()
        #expect(north.store.boot.continuity == .otherHost)
        let second = north.store.localHead.writer
        #expect(second.incarnation == 2)
        try restore(north, old)
        #expect(north.store.boot.continuity == .behindAnchor)
        #expect(north.store.localHead.writer.incarnation == 3)
    }

    /// A start may end between the new incarnation and what follows from it.
    @Test func `a file that may be older says so at every start until that is settled`() throws {
        let north = try Box(1)
        #expect(!north.store.boot.isOlder)
        try north.commit([guest(north, "a")])
        north.store.close()
        _ = fvfs_file_delete(north.bench.disk, FaultAnchor.file)
        try north.restart()
        #expect(north.store.boot.isOlder)
        try north.reopen()
        #expect(north.store.boot.continuity == .continued)
        #expect(north.store.boot.isOlder)
        try north.store.settleOlder()
        #expect(north.store.boot.isOlder)
        try north.reopen()
        #expect(!north.store.boot.isOlder)
    }

    @Test func `a lost database begins anew and names everything that was sent`() throws {
        let north = try Box(1)
        try north.commit([guest(north, "a")])
        try north.seal()
        north.store.close()
        _ = fvfs_file_delete(north.bench.disk, FaultBench.file)
        _ = fvfs_file_delete(north.bench.disk, FaultBench.file + "-wal")
        try north.restart()
        #expect(north.store.boot.continuity == .behindAnchor)
        #expect(north.store.boot.lost?.sequences == 1...1)
        #expect(north.store.localHead.writer.incarnation == 2)
    }

    /// A clone or a forgotten restore shows when a peer holds more of us than we do.
    @Test func `own transactions that come from outside end the incarnation`() throws {
        let north = try Box(1)
        let south = try Box(2)
        let twin = try Box(1)
        let old = try backup(north)
        try north.commit([guest(north, "a")])
        try north.seal()
        try south.pull(from: north)
        try restore(twin, old)
        fvfs_load(twin.bench.disk, FaultAnchor.file, nil, 0)
        try twin.reopen()
        let before = north.store.localHead.writer
        try south.commit([guest(south, "b")])
        try south.seal()
        _ = fvfs_file_delete(north.bench.disk, FaultAnchor.file)
        try restore(north, old)
        try converge([north, south])
        #expect(north.store.localHead.writer != before)
        try north.commit([guest(north, "c")])
        try converge([north, south])
    }

    @Test func `a crash while an incarnation begins only begins another`() throws {
        for call in 1...40 as ClosedRange<UInt64> {
            let north = try Box(1)
            try north.commit([guest(north, "a")])
            north.store.close()
            _ = fvfs_file_delete(north.bench.disk, FaultAnchor.file)
            _ = fvfs_directory_sync(north.bench.disk)
            north.bench.fail(after: call, with: FVFS_POWER_CUT)
            let isCut = (try? north.restart()) == nil
            fvfs_clear_faults(north.bench.disk)
            fvfs_crash(north.bench.disk, call, FVFS_TEAR)
            try north.restart()
            #expect(north.store.localHead.writer.incarnation >= 2)
            #expect(north.store.vector.entries.map(\.sequence) == [1])
            try north.check()
            if !isCut { #expect(north.store.boot.continuity != .newReplica) }
        }
    }
}
