import CRDT
import CSQLite
import ReplicaStorage
import Testing

/// What waits counts as delivered; once released it leaves the rows of a replica that never waited.
struct QuarantineTests {
    private static let settled = ToyRights(isSettled: true)

    private func entry(_ box: Box) -> RowOperation {
        RowOperation(
            collection: ToyPack.entry, row: box.drawID(), kind: .insert,
            cells: [CellOperation(field: 2, action: .assign(.text("unsettled")))])
    }

    private func update(
        _ row: RowID, _ cells: CellOperation..., of collection: UInt32 = ToyPack.guest
    ) -> RowOperation {
        RowOperation(collection: collection, row: row, kind: .update, cells: cells)
    }

    /// A writer, a replica that never waits, and one that does; a guest known to all.
    private func scene() throws -> (author: Box, sure: Box, waiting: Box, row: RowID) {
        let author = try Box(1, rights: Self.settled)
        let row = author.drawID()
        try author.commit([
            RowOperation(
                collection: ToyPack.guest, row: row, kind: .insert,
                cells: [CellOperation(field: 5, action: .add(.text("vip")))])
        ])
        let boxes = (author, try Box(2, rights: Self.settled), try Box(3))
        try exchange([boxes.0, boxes.1, boxes.2])
        return (boxes.0, boxes.1, boxes.2, row)
    }

    private func exchange(_ boxes: [Box]) throws {
        for box in boxes { try box.seal() }
        for _ in 0..<2 {
            for box in boxes {
                for other in boxes where other !== box { try box.pull(from: other) }
            }
        }
        for box in boxes { #expect(box.store.vector == boxes[0].store.vector) }
    }

    private func settle(_ box: Box) throws {
        box.rights = Self.settled
        try box.reopen()
        #expect(try box.store.pendingCount() == 0)
        try box.check()
    }

    @Test func `what was replaced while it waited stays replaced when it is released`() throws {
        let (author, sure, waiting, row) = try scene()
        try author.commit([
            entry(author),
            update(
                row, CellOperation(field: 3, action: .assign(.text("late"))),
                CellOperation(field: 4, action: .increment(10)),
                CellOperation(field: 5, action: .add(.text("late")))),
        ])
        try exchange([author, sure, waiting])
        #expect(try waiting.store.pendingCount() == 1)
        #expect(waiting.store.digest != sure.store.digest)
        #expect(try waiting.shown()["guest"]?[row]?[3] == .integer(0))
        // It has seen the late one, and takes back what that brought.
        try sure.commit([
            update(
                row, CellOperation(field: 3, action: .assign(.text("after"))),
                CellOperation(field: 5, action: .remove(.text("late"))))
        ])
        // It has seen nothing of it.
        try waiting.commit([update(row, CellOperation(field: 5, action: .remove(.text("vip"))))])
        try exchange([author, sure, waiting])
        try settle(waiting)
        #expect(waiting.store.digest == sure.store.digest)
        #expect(try waiting.shown() == sure.shown())
        let shown = try #require(try waiting.shown()["guest"]?[row])
        #expect(shown[2...] == [.text("after"), .integer(10), .text("[]")])
    }

    /// Ownership follows the birth, and the birth waits.
    @Test func `writes on a row whose birth waits count once it is released`() throws {
        let (author, sure, waiting, guest) = try scene()
        let stay = author.drawID()
        try author.commit([
            entry(author),
            RowOperation(
                collection: ToyPack.stay, row: stay, kind: .insert,
                cells: [
                    CellOperation(
                        field: 1, action: .assign(.reference(ToyRights.site(DeviceID(1))))),
                    CellOperation(field: 2, action: .assign(.reference(guest))),
                ]),
        ])
        try author.commit([
            update(
                stay, CellOperation(field: 7, action: .assign(.text("by its owner"))),
                of: ToyPack.stay)
        ])
        try exchange([author, sure, waiting])
        #expect(try waiting.shown()["stay"] == nil)
        try settle(waiting)
        #expect(waiting.store.digest == sure.store.digest)
        #expect(try waiting.shown()["stay"]?[stay]?[6] == .text("by its owner"))
    }

    @Test func `what is settled against its writer is final and stays so`() throws {
        let (author, _, waiting, row) = try scene()
        try author.commit([
            entry(author), update(row, CellOperation(field: 4, action: .increment(1))),
        ])
        try author.seal()
        try waiting.pull(from: author)
        #expect(try waiting.store.pendingCount() == 1)
        let digest = waiting.store.digest
        waiting.rights.isVoid = true
        try waiting.reopen()
        #expect(try waiting.store.pendingCount() == 0)
        #expect(waiting.store.digest == digest)
        try settle(waiting)
        #expect(waiting.store.digest == digest)
        #expect(try waiting.store.releasePending() == 0)
    }

    /// The judge at open may not know yet what is stored of the roster.
    @Test func `opening judges nothing before the owner asks for it`() throws {
        let (author, _, waiting, _) = try scene()
        try author.commit([entry(author)])
        try author.seal()
        try waiting.pull(from: author)
        waiting.rights.isVoid = true
        try waiting.reopen(isReleasing: false)
        #expect(try waiting.store.pendingCount() == 1)
        waiting.store.judge(by: Self.settled)
        #expect(try waiting.store.releasePending() == 1)
        #expect(try waiting.shown()["entry"]?.count == 1)
    }

    @Test func `a value that loses to a released one is listed once, as where nobody waited`()
        throws
    {
        let (author, sure, waiting, row) = try scene()
        // Neither has seen the other's.
        try waiting.commit([update(row, CellOperation(field: 3, action: .assign(.text("mine"))))])
        try author.commit([
            entry(author), update(row, CellOperation(field: 3, action: .assign(.text("late")))),
        ])
        try exchange([author, sure, waiting])
        #expect(try sure.losses() == 1)
        #expect(try waiting.losses() == 0)
        try settle(waiting)
        #expect(waiting.store.digest == sure.store.digest)
        #expect(try waiting.losses() == 1)
        try waiting.reopen()
        #expect(try waiting.losses() == 1)
    }

    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func `a replica that waited equals those that never did`(seed: UInt64) throws {
        let boxes = [
            try Box(1, seed: seed, rights: Self.settled),
            try Box(2, seed: seed, rights: Self.settled), try Box(3, seed: seed),
        ]
        var edits = RandomEdits(seed: seed)
        var dice = CrashDice(state: seed ^ 0xBAD)
        for step in 0..<80 {
            let box = boxes[Int(dice.roll(3))]
            switch dice.roll(8) {
            case 0..<5:
                var changes = try edits.draw(box)
                if box.rights.isSettled, dice.roll(3) == 0 { changes.append(entry(box)) }
                try box.commit(changes, at: 1_700_000_000_000 + Int64(dice.roll(3)))
            case 5..<7:
                let other = boxes[Int(dice.roll(3))]
                try other.seal()
                if other !== box { try box.pull(from: other) }
            default: try box.reopen()
            }
            // Half-way one settlement, after which new ones wait again.
            if step == 40, seed % 2 == 0 {
                try settle(boxes[2])
                boxes[2].rights.isSettled = false
            }
        }
        try exchange(boxes)
        try settle(boxes[2])
        let shown = try boxes[0].shown()
        for box in boxes {
            #expect(box.store.digest == boxes[0].store.digest)
            #expect(try box.shown() == shown)
            try box.check()
        }
    }

    /// The schema's version decides alone, not whether the fields happen to be known.
    @Test func `what needs a newer schema is released when it comes`() throws {
        let author = try Box(1, schema: ToyPack.second)
        let row = author.drawID()
        var changes = [
            Transaction(
                stamp: Stamp(milliseconds: 1_000),
                rows: [
                    RowOperation(
                        collection: ToyPack.guest, row: row, kind: .insert,
                        cells: [CellOperation(field: 4, action: .increment(1))])
                ]),
            Transaction(
                stamp: Stamp(milliseconds: 2_000), minimumReader: 2,
                rows: [
                    update(
                        row, CellOperation(field: 4, action: .increment(2)),
                        CellOperation(field: 7, action: .increment(5)))
                ]),
        ]
        changes.append(
            Transaction(
                stamp: Stamp(milliseconds: 3_000),
                rows: [update(row, CellOperation(field: 7, action: .increment(7)))]))
        let frame = IncomingFrame(
            writer: WriterID(device: DeviceID(8), incarnation: 1), low: 1, previous: 0,
            transactions: changes.map { $0.encoded().bytes }, sealed: [1])
        let old = try Box(2)
        for box in [author, old] {
            #expect(
                try box.store.merge(frame, wallMilliseconds: 0, isSigned: { _ in true })
                    == .applied(transactions: 3))
        }
        #expect(try old.store.pendingCount() == 1)
        #expect(old.store.vector == author.store.vector)
        #expect(try old.shown()["guest"]?[row]?[3] == .integer(1))
        try old.reopen()
        #expect(try old.store.pendingCount() == 1)
        old.schema = ToyPack.second
        try old.reopen()
        #expect(try old.store.pendingCount() == 0)
        try old.check()
        #expect(old.store.digest == author.store.digest)
        #expect(try old.shown() == author.shown())
        #expect(try old.shown()["guest"]?[row]?[6] == .integer(12))
    }
}

extension Box {
    /// How many lost values are listed for people.
    fileprivate func losses() throws -> Int32 {
        var shell: OpaquePointer?
        var statement: OpaquePointer?
        defer {
            sqlite3_finalize(statement)
            sqlite3_close_v2(shell)
        }
        let results = [
            sqlite3_open_v2(FaultBench.file, &shell, SQLITE_OPEN_READWRITE, bench.name),
            sqlite3_prepare_v2(shell, "SELECT count(*) FROM warren_conflict", -1, &statement, nil),
        ]
        try #require(results == [SQLITE_OK, SQLITE_OK])
        try #require(sqlite3_step(statement) == SQLITE_ROW)
        return sqlite3_column_int(statement, 0)
    }
}
