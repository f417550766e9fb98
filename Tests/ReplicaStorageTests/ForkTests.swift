import CFaultVFS
import CRDT
import ReplicaStorage
import Testing

/// A copied box: both copies write under one name. Everything of both counts, and everybody knows.
struct ForkTests {
    private func guest(_ box: Box, _ note: String) -> RowOperation {
        RowOperation(
            collection: ToyPack.guest, row: box.drawID(), kind: .insert,
            cells: [
                CellOperation(field: 3, action: .assign(.text(note))),
                CellOperation(field: 4, action: .increment(1)),
            ])
    }

    private func visit(_ row: RowID, _ note: String) -> RowOperation {
        RowOperation(
            collection: ToyPack.guest, row: row, kind: .update,
            cells: [
                CellOperation(field: 3, action: .assign(.text(note))),
                CellOperation(field: 4, action: .increment(1)),
                CellOperation(field: 5, action: .add(.text(note))),
            ])
    }

    /// The same files on two machines that look the same, with different ids from here on.
    private func clone(_ box: Box) throws -> Box {
        box.store.close()
        let copy = FaultBench(seed: 77)
        fvfs_clone(box.bench.disk, copy.disk)
        try box.restart()
        return try Box(box.number, seed: 2, bench: copy)
    }

    private func converge(_ boxes: [Box]) throws {
        for box in boxes { try box.seal() }
        for _ in 0..<3 {
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

    /// North with three transactions, known to south; then its copy.
    private func scene() throws -> (north: Box, twin: Box, south: Box, row: RowID) {
        let north = try Box(1)
        let south = try Box(2)
        try south.commit([guest(south, "of south")])
        try south.seal()
        try north.pull(from: south)
        let birth = guest(north, "common")
        try north.commit([birth])
        try north.commit([visit(birth.row, "common too")])
        try north.seal()
        try south.pull(from: north)
        return (north, try clone(north), south, birth.row)
    }

    @Test func `two clones and a third replica keep both branches and all know of it`() throws {
        let (north, twin, south, row) = try scene()
        let name = north.store.localHead.writer
        #expect(twin.store.boot.continuity == .continued)
        #expect(twin.store.localHead == north.store.localHead)
        try north.commit([visit(row, "north"), guest(north, "only north")])
        let first = north.store.localHead.chain
        try north.commit([visit(row, "north again")])
        try twin.commit([visit(row, "twin"), guest(twin, "only twin")])
        let second = twin.store.localHead.chain
        let boxes = [north, twin, south]
        try converge(boxes)
        for box in boxes {
            let forks = try box.store.reader.forks()
            #expect(forks.map(\.writer) == [name])
            #expect(forks.map(\.shared) == [2])
            #expect(forks.map(\.branches) == [[first, second].sorted()])
            #expect(
                box.store.vector.entries.filter { $0.writer == name }.map(\.sequence).sorted()
                    == [3, 4])
        }
        // Two of the birth and the common visit, and one of each later visit: nothing twice.
        let record = try #require(try south.shown()["guest"]?[row])
        #expect(record[3] == .integer(5))
        #expect(try south.shown()["guest"]?.count == 4)
        #expect(north.store.localHead.writer != name)
        #expect(twin.store.localHead.writer != name)
    }

    /// One history more than a vector may name would end every session.
    @Test func `a clone too many is left out with an alarm and everybody else goes on`() throws {
        let south = try Box(2)
        let writer = WriterID(device: DeviceID(8), incarnation: 1)
        func frame(_ number: Int, of writer: WriterID) -> IncomingFrame {
            IncomingFrame(
                writer: writer, low: 1, previous: 0,
                transactions: [
                    Transaction(
                        stamp: Stamp(milliseconds: 1_000 + Int64(number)),
                        rows: [guest(south, "clone \(number)")]
                    ).encoded().bytes
                ], sealed: [UInt8(number)])
        }
        func merge(_ frame: IncomingFrame) throws -> MergeOutcome {
            try south.store.merge(frame, wallMilliseconds: 7, isSigned: { _ in true })
        }
        for number in 1...Limits.branchesMax {
            #expect(try merge(frame(number, of: writer)) == .applied(transactions: 1))
        }
        #expect(south.store.crowdedSince == nil)
        let (vector, digest) = (south.store.vector, south.store.digest)
        for _ in 0..<2 {
            #expect(try merge(frame(99, of: writer)) == .crowded)
            #expect(south.store.crowdedSince == 7)
            #expect(south.store.vector == vector)
            #expect(south.store.digest == digest)
            try south.reopen()
        }
        #expect(vector.entries.count == Limits.branchesMax)
        let other = WriterID(device: DeviceID(9), incarnation: 1)
        #expect(try merge(frame(100, of: other)) == .applied(transactions: 1))
        try south.commit([guest(south, "goes on")])
        try south.check()
    }

    @Test func `the alarm is raised once and survives a restart`() throws {
        let (north, twin, south, row) = try scene()
        try north.commit([visit(row, "north")])
        try twin.commit([visit(row, "twin")])
        try converge([north, twin, south])
        let before = try south.store.reader.forks()
        let vector = south.store.vector
        try south.reopen()
        #expect(try south.store.reader.forks() == before)
        #expect(south.store.vector == vector)
        try converge([north, twin, south])
        #expect(try south.store.reader.forks() == before)
        try south.check()
    }

    @Test func `clones go on under names of their own and do not meet again`() throws {
        let (north, twin, south, row) = try scene()
        let boxes = [north, twin, south]
        for round in 0..<4 {
            try north.commit([visit(row, "north \(round)")])
            try twin.commit([visit(row, "twin \(round)"), guest(twin, "more")])
            try south.commit([visit(row, "south \(round)")])
            try converge(boxes)
        }
        #expect(try south.store.reader.forks().count == 1)
        #expect(north.store.localHead.writer != twin.store.localHead.writer)
        #expect(try south.shown()["guest"]?[row]?[3] == .integer(14))
    }

    /// Both branches, cut anyhow and delivered in any order, twice too.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `branches in any order and any cut give one digest`(seed: UInt64) throws {
        let (north, twin, south, row) = try scene()
        var dice = CrashDice(state: seed)
        for step in 0..<12 {
            let box = [north, twin, south][Int(dice.roll(3))]
            try box.commit([visit(row, "\(step)")])
            if dice.roll(3) == 0 { try box.seal(bytesMax: Int(dice.roll(300))) }
            // South hears of one branch or the other, and its writes cite what it heard.
            if dice.roll(4) == 0 { try south.pull(from: dice.roll(2) == 0 ? north : twin) }
        }
        for box in [north, twin, south] { try box.seal(bytesMax: Int(dice.roll(300))) }
        var wire = try [north, twin, south].flatMap { try $0.frames() }
        let stranger = try Box(9, seed: seed)
        for _ in 0..<3 {
            for index in wire.indices {
                wire.swapAt(index, Int(dice.roll(UInt64(wire.count))))
            }
            for frame in wire {
                try stranger.merge(frame)
                for waiting in try stranger.store.waitingFrames() {
                    try stranger.merge(waiting.bytes)
                }
            }
            try stranger.reopen()
        }
        try converge([north, twin, south, stranger])
    }

    @Test func `a copy of a copy makes three branches and one alarm`() throws {
        let (north, twin, south, row) = try scene()
        let third = try clone(twin)
        let boxes = [north, twin, third, south]
        try north.commit([visit(row, "north")])
        try twin.commit([visit(row, "twin")])
        try third.commit([visit(row, "third")])
        try converge(boxes)
        let forks = try south.store.reader.forks()
        #expect(forks.map(\.branches.count) == [3])
        for box in boxes {
            #expect(try box.store.reader.forks().map(\.branches) == forks.map(\.branches))
        }
    }

    @Test func `a branch of a branch is kept like any other`() throws {
        let (north, twin, south, row) = try scene()
        try north.commit([visit(row, "north")])
        try twin.commit([visit(row, "twin")])
        try twin.seal()
        let third = try clone(twin)
        try twin.commit([visit(row, "twin again")])
        try third.commit([visit(row, "third")])
        try converge([north, twin, third, south])
        #expect(try south.store.reader.forks().map(\.shared).sorted() == [2, 3])
        #expect(try south.shown()["guest"]?[row]?[3] == .integer(6))
    }

    @Test func `another history that nobody signed leaves no trace`() throws {
        let (north, twin, south, row) = try scene()
        try north.commit([visit(row, "north")])
        try north.seal()
        try south.pull(from: north)
        try twin.commit([visit(row, "twin")])
        let run = try #require(try twin.store.unsealedRun(bytesMax: .max))
        let frame = try #require(ToySeal.decode(ToySeal.encode(run)))
        let before = (south.store.digest, south.store.vector)
        #expect(
            try south.store.merge(frame, wallMilliseconds: 0, isSigned: { _ in false })
                == .unsigned)
        #expect(try south.store.reader.forks().isEmpty)
        #expect((south.store.digest, south.store.vector) == before)
        #expect(
            try south.store.merge(frame, wallMilliseconds: 0, isSigned: { $0 == run.chains[0] })
                == .applied(transactions: 1))
        #expect(try south.store.reader.forks().count == 1)
    }

    /// What a writer had seen decides, and a branch had seen only what its part of the past had.
    @Test func `a transaction waits for the branch it cites, not for a number`() throws {
        let (north, twin, south, row) = try scene()
        try twin.commit([visit(row, "twin")])
        try twin.seal()
        let witness = try Box(5)
        try witness.pull(from: south)
        try witness.pull(from: twin)
        try witness.commit([visit(row, "saw the twin")])
        try witness.seal()
        try north.commit([visit(row, "north")])
        try north.commit([visit(row, "north again")])
        try north.seal()
        try south.pull(from: north)
        let frames = try witness.store.frames(
            of: witness.store.localHead.writer, after: 0, bytesMax: .max)
        guard case .blocked(0, let missing) = try south.merge(frames[0].bytes) else {
            Issue.record("it was applied before what it had seen")
            return
        }
        #expect(missing.sequence == 3)
        try converge([north, twin, south, witness])
    }

    @Test func `an overlap with other bytes is a fork and not a duplicate`() throws {
        let (north, twin, south, row) = try scene()
        try north.commit([visit(row, "north")])
        try north.seal()
        try south.pull(from: north)
        try twin.commit([visit(row, "twin")])
        let run = try #require(try twin.store.unsealedRun(bytesMax: .max))
        // The whole history in one frame: the first two are known, the third is another.
        var all: [[UInt8]] = []
        for frame in try twin.frames() {
            guard let opened = ToySeal.decode(frame), opened.writer == run.writer else { continue }
            all += opened.transactions
        }
        all += run.transactions
        let whole = ToySeal.encode(
            IncomingFrame(
                writer: run.writer, low: 1, previous: 0, transactions: all, sealed: []))
        #expect(try south.merge(whole) == .applied(transactions: 1))
        #expect(try south.merge(whole) == .duplicate)
        #expect(try south.store.reader.forks().count == 1)
        try south.check()
    }
}
