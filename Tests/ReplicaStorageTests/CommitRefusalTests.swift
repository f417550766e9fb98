import CFaultVFS
import CRDT
import CSQLite
import ReplicaStorage
import Testing

/// What a commit takes, every replica can read; what no replica could read is refused at once.
struct CommitRefusalTests {
    @Test func `a commit waits for another tool and then asks to try again`() throws {
        let box = try Box(1)
        var other: OpaquePointer?
        #expect(
            sqlite3_open_v2(
                FaultBench.file, &other, SQLITE_OPEN_READWRITE, box.bench.name) == SQLITE_OK)
        defer { sqlite3_close_v2(other) }
        #expect(sqlite3_exec(other, "BEGIN IMMEDIATE", nil, nil, nil) == SQLITE_OK)
        let waits = box.bench.stats.sleeps
        let insert = RowOperation(
            collection: ToyPack.guest, row: box.drawID(), kind: .insert, cells: [])
        let error = #expect(throws: StorageError.self) { try box.commit([insert]) }
        #expect(error?.code == .busy)
        #expect(error?.message.contains("try again") == true)
        #expect(box.bench.stats.sleeps > waits)
        #expect(sqlite3_exec(other, "ROLLBACK", nil, nil, nil) == SQLITE_OK)
        try box.commit([insert])
        #expect(box.store.localHead.sequence == 1)
        try box.check()
    }

    private struct Stayer {
        let box: Box
        let guest: RowID
        let stay: RowID

        init() throws {
            box = try Box(1)
            guest = box.drawID()
            stay = box.drawID()
            try box.commit([
                RowOperation(collection: ToyPack.guest, row: guest, kind: .insert, cells: []),
                RowOperation(
                    collection: ToyPack.stay, row: stay, kind: .insert,
                    cells: [
                        CellOperation(
                            field: 1,
                            action: .assign(.reference(ToyRights.site(DeviceID(1))))),
                        CellOperation(field: 2, action: .assign(.reference(guest))),
                    ]),
            ])
        }

        func update(_ cells: [CellOperation], _ collection: UInt32 = ToyPack.guest) -> RowOperation
        {
            RowOperation(
                collection: collection, row: collection == ToyPack.guest ? guest : stay,
                kind: .update, cells: cells)
        }

        /// Refused, with nothing changed.
        func refuses(_ changes: [RowOperation]) throws {
            let before = (box.store.digest, box.store.vector)
            #expect(throws: StorageError(.refused, "")) { try box.commit(changes) }
            #expect((box.store.digest, box.store.vector) == before)
            try box.check()
            try box.commit([update([CellOperation(field: 3, action: .assign(.text("on")))])])
        }
    }

    @Test(arguments: [
        [
            CellOperation(field: 3, action: .assign(.text("a"))),
            CellOperation(field: 3, action: .assign(.text("b"))),
        ],
        [CellOperation(field: 77, action: .assign(.text("a")))],
        [CellOperation(field: 0, action: .assign(.text("a")))],
        [CellOperation(field: 3, action: .assign(.text(String(repeating: "x", count: 1 << 19))))],
        [CellOperation(field: 3, action: .assign(.integer(1)))],
        [CellOperation(field: 3, action: .increment(1))],
        [CellOperation(field: 4, action: .assign(.integer(1)))],
        [CellOperation(field: 5, action: .add(.integer(1)))],
    ])
    func `cells that no replica could read are refused`(cells: [CellOperation]) throws {
        let stayer = try Stayer()
        try stayer.refuses([stayer.update(cells)])
    }

    @Test func `numbers that are none and zeros with a sign never reach the log`() throws {
        let stayer = try Stayer()
        try stayer.refuses([
            stayer.update([CellOperation(field: 8, action: .assign(.real(.nan)))], ToyPack.stay)
        ])
        try stayer.box.commit([
            stayer.update([CellOperation(field: 8, action: .assign(.real(-0.0)))], ToyPack.stay)
        ])
        let other = try Box(2)
        try stayer.box.seal()
        try other.pull(from: stayer.box)
        #expect(other.store.digest == stayer.box.store.digest)
    }

    @Test func `operations that contradict each other are refused`() throws {
        let stayer = try Stayer()
        let box = stayer.box
        let row = box.drawID()
        let insert = RowOperation(collection: ToyPack.key, row: row, kind: .insert, cells: [])
        try stayer.refuses([insert, insert])
        try stayer.refuses([
            RowOperation(
                collection: ToyPack.guest, row: stayer.guest, kind: .delete,
                cells: [CellOperation(field: 3, action: .assign(.text("a")))])
        ])
        let note = stayer.update([CellOperation(field: 3, action: .assign(.text("a")))])
        try stayer.refuses([note, note])
        try stayer.refuses([
            RowOperation(collection: ToyPack.guest, row: row, kind: .update, cells: [])
        ])
        try stayer.refuses([
            RowOperation(collection: ToyPack.guest, row: stayer.guest, kind: .insert, cells: [])
        ])
        try stayer.refuses([
            RowOperation(collection: 99, row: row, kind: .insert, cells: [])
        ])
    }

    @Test func `several elements reach one set in one transaction`() throws {
        let stayer = try Stayer()
        try stayer.box.commit([
            stayer.update([CellOperation(field: 5, action: .add(.text("a")))]),
            stayer.update([CellOperation(field: 5, action: .add(.text("b")))]),
        ])
        let shown = try stayer.box.shown()["guest"]?[stayer.guest]
        #expect(shown?.last == .text("[\"a\",\"b\"]"))
        let other = try Box(2)
        try stayer.box.seal()
        try other.pull(from: stayer.box)
        #expect(other.store.digest == stayer.box.store.digest)
    }

    @Test func `only the home site changes what it owns, and another is told so`() throws {
        let stayer = try Stayer()
        let owner = stayer.update(
            [CellOperation(field: 7, action: .assign(.text("me")))], ToyPack.stay)
        try stayer.box.commit([owner])
        try stayer.box.seal()
        let other = try Box(2)
        try other.pull(from: stayer.box)
        let before = other.store.digest
        #expect(throws: StorageError(.refused, "")) { try other.commit([owner]) }
        #expect(other.store.digest == before)
    }

    @Test func `a transaction above a limit is refused and the largest allowed one travels`() throws
    {
        let box = try Box(1)
        func rows(_ count: Int, named: Bool) -> [RowOperation] {
            (0..<count).map { _ in
                RowOperation(
                    collection: ToyPack.guest, row: box.drawID(), kind: .insert,
                    cells: named ? [CellOperation(field: 1, action: .assign(.text("n")))] : [])
            }
        }
        #expect(throws: StorageError(.refused, "")) { try box.commit(rows(4097, named: false)) }
        // A personal cell makes a second operation, in its subject's section.
        #expect(throws: StorageError(.refused, "")) { try box.commit(rows(4096, named: true)) }
        #expect(throws: StorageError(.refused, "")) { try box.commit([]) }
        try box.commit(rows(4096, named: false))
        try box.commit(rows(2048, named: true))
        try box.seal()
        let other = try Box(2)
        try other.pull(from: box)
        #expect(other.store.digest == box.store.digest)
        #expect(other.store.digest.rows == 6144)
    }
}
