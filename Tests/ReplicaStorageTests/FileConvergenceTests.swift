import CRDT
import Foundation
import ReplicaStorage
import Signing
import Testing

/// Many edits of few rows by three replicas in real files: all merge codes, often at one time.
///
/// 2 seeds of 200 edits by default; WARREN_FULL=1 plays 30 of 1,000.
struct FileConvergenceTests {
    static let isFull = Sweep.isFull

    @Test(arguments: 1...(isFull ? 30 : 2) as ClosedRange<UInt64>)
    func `replicas in files that edit the same cells at once end equal`(seed: UInt64) throws {
        var play = try FilePlay(seed: seed)
        for _ in 0..<(Self.isFull ? 1_000 : 200) { try play.step() }
        try play.settle()
        let tally = play.tally
        print("counted files \(tally.edits) \(tally.concurrent) \(tally.rows) \(tally.codes.count)")
        #expect(tally.rows <= 8)
        #expect(tally.concurrent * 3 >= tally.edits)
        // Two codes are reserved and refused.
        #expect(tally.codes.count == MergeCode.allCases.count - 2)
    }
}

/// One replica of the play, in a directory of its own.
final class FileBox: EditedBox {
    let number: UInt64
    let schema = ToyPack.first
    let store: ReplicaStore
    private let directory: TemporaryBox
    private var ids: RowIDSource

    init(_ number: UInt64, seed: UInt64) throws {
        self.number = number
        directory = try TemporaryBox()
        ids = RowIDSource(prefix: UInt128(seed) << 16 | UInt128(number))
        store = try ReplicaStore(
            ReplicaConfiguration(
                path: directory.path, schema: schema, tenant: TenantID(7),
                device: DeviceID(UInt128(number)), host: ContentHash(0, 0, 0, number),
                hasher: BLAKE2bHasher(), generation: number, rights: ToyRights()),
            anchor: FileAnchor(path: directory.path + ".anchor"))
    }

    deinit { store.close() }

    func drawID() -> RowID { ids.draw() }
}

/// What a play was made of.
struct PlayTally {
    var edits = 0
    /// Edits of which another one touched the same cell, neither having seen the other.
    var concurrent = 0
    var rows = 0
    var codes: Set<MergeCode> = []
}

/// Three boxes in files that edit eight rows and hand each other frames now and then.
struct FilePlay {
    private struct CellName: Hashable {
        let row: RowID
        let field: UInt32
    }

    private struct Edit {
        let box: Int
        let sequence: UInt64
        /// By box: the last sequence its author had applied.
        let seen: [UInt64]

        func isConcurrent(with other: Edit) -> Bool {
            seen[other.box] < other.sequence && other.seen[box] < sequence
        }
    }

    private let boxes: [FileBox]
    private var edits: RandomEdits
    private var dice: CrashDice
    private var wall: Int64 = 1_700_000_000_000
    private var editsByCell: [CellName: [Int]] = [:]
    private var made: [Edit] = []
    private(set) var tally = PlayTally()

    init(seed: UInt64) throws {
        boxes = try (1...3).map { try FileBox($0, seed: seed) }
        edits = RandomEdits(seed: seed)
        edits.rowsMax = 8
        edits.deletesOneIn = 300
        dice = CrashDice(state: seed ^ 0xF11E)
        // Eight rows known to all before the play.
        for (collection, count) in [(ToyPack.guest, 3), (ToyPack.stay, 3), (ToyPack.key, 1)] {
            for place in 0..<count {
                try commit(edits.birth(collection, boxes[place % 3]), at: place % 3)
            }
        }
        try commit(edits.birth(ToyPack.entry, boxes[0]), at: 0)
        for _ in 0..<2 { for box in boxes.indices { try pull(box) } }
        tally.edits = 0
        made = []
        editsByCell = [:]
    }

    mutating func step() throws {
        let box = Int(dice.roll(3))
        // A coarse clock, so that stamps are often equal.
        wall += dice.roll(3) == 0 ? 1 : 0
        try commit(try edits.drawOne(boxes[box]), at: box)
        if dice.roll(7) == 0 { try pull(Int(dice.roll(3))) }
    }

    private mutating func commit(_ change: RowOperation, at box: Int) throws {
        let store = boxes[box].store
        let seen = boxes.map { store.vector.sequence(of: $0.store.localHead.writer) }
        let commit = try store.commit(
            CommitRequest(changes: [change], wallMilliseconds: wall, saltSeed: 5))
        made.append(Edit(box: box, sequence: commit.name.sequence, seen: seen))
        tally.edits += 1
        let collection = boxes[box].schema.collection(change.collection)
        for cell in change.cells {
            if let code = collection?.field(cell.field)?.merge { tally.codes.insert(code) }
            editsByCell[CellName(row: change.row, field: cell.field), default: []].append(
                made.count - 1)
        }
    }

    /// Hands a box everything that the others have.
    private func pull(_ box: Int) throws {
        let store = boxes[box].store
        for other in boxes where other !== boxes[box] {
            while let run = try other.store.unsealedRun(bytesMax: 1 << 20) {
                try other.store.store(run, sealed: ToySeal.encode(run))
            }
            for entry in other.store.vector.entries {
                let frames = try other.store.frames(
                    of: entry.writer, after: store.vector.sequence(of: entry.writer),
                    bytesMax: .max)
                for frame in frames { try merge(frame.bytes, store) }
            }
        }
        var before: VersionVector?
        while before != store.vector {
            before = store.vector
            for waiting in try store.waitingFrames() { try merge(waiting.bytes, store) }
        }
    }

    private func merge(_ sealed: [UInt8], _ store: ReplicaStore) throws {
        let frame = try #require(ToySeal.decode(sealed))
        _ = try store.merge(frame, wallMilliseconds: wall, isSigned: { _ in true })
    }

    /// Exchanges everything, scans every row and compares.
    mutating func settle() throws {
        for _ in 0..<2 { for box in boxes.indices { try pull(box) } }
        let reports = try boxes.map { try $0.store.verify() }
        for (box, report) in zip(boxes, reports) {
            #expect(report.isClean, "\(report)")
            #expect(report.digest == reports[0].digest)
            #expect(report.digest == box.store.digest)
            #expect(box.store.vector == boxes[0].store.vector)
        }
        tally.rows = Int(reports[0].digest.rows)
        var concurrent: Set<Int> = []
        for places in editsByCell.values {
            for (index, left) in places.enumerated() {
                for right in places[(index + 1)...]
                where made[left].isConcurrent(with: made[right]) {
                    concurrent.formUnion([left, right])
                }
            }
        }
        tally.concurrent = concurrent.count
    }
}
