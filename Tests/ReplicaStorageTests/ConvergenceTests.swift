import CRDT
import ReplicaStorage
import Testing

/// Replicas that applied the same transactions hold the same rows.
struct ConvergenceTests {
    @Test func `what one box commits another shows after one exchange`() throws {
        let north = try Box(1)
        let south = try Box(2)
        let row = north.drawID()
        let made = try north.commit([
            RowOperation(
                collection: ToyPack.guest, row: row, kind: .insert,
                cells: [
                    CellOperation(field: 1, action: .assign(.text("Ada"))),
                    CellOperation(field: 4, action: .increment(2)),
                    CellOperation(field: 5, action: .add(.text("vip"))),
                ])
        ])
        #expect(made.name.sequence == 1)
        #expect(try north.frames().isEmpty)
        try north.seal()
        try south.pull(from: north)
        let expected: [String: [RowID: [Value]]] = [
            "guest": [
                row: [.text("Ada"), .null, .null, .integer(2), .text("[\"vip\"]")]
            ]
        ]
        #expect(try north.shown() == expected)
        #expect(try south.shown() == expected)
        #expect(north.store.digest == south.store.digest)
        #expect(north.store.vector == south.store.vector)
        #expect(try north.store.unsealedRun(bytesMax: 1) == nil)
        try north.check()
        try south.check()
    }

    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `three boxes that edit at random end equal`(seed: UInt64) throws {
        var play = try FleetPlay(seed: seed, boxes: 3)
        for _ in 0..<60 { try play.step() }
        try play.settle()
    }
}

/// A few boxes that edit and exchange in an order drawn from a seed.
struct FleetPlay {
    let boxes: [Box]
    var edits: RandomEdits
    var dice: CrashDice
    /// Every frame ever sealed, to be delivered again in any order.
    private var wire: [[UInt8]] = []
    private var wall: Int64 = 1_700_000_000_000

    init(seed: UInt64, boxes count: UInt64, schemas: [Schema] = []) throws {
        boxes = try (1...count).map { number in
            let place = Int(number) - 1
            return try Box(
                number, seed: seed,
                schema: place < schemas.count ? schemas[place] : ToyPack.first)
        }
        edits = RandomEdits(seed: seed)
        dice = CrashDice(state: seed ^ 0xD1CE)
    }

    mutating func step() throws {
        let box = boxes[Int(dice.roll(UInt64(boxes.count)))]
        switch dice.roll(10) {
        case 0..<4:
            // A coarse clock, with skew: ties and far stamps are drawn often.
            wall += dice.roll(3) == 0 ? 1 : 0
            let skew = box.number == 2 && dice.roll(6) == 0 ? 1 << 44 : 0 as Int64
            try box.commit(try edits.draw(box), at: wall + skew)
        case 4..<6:
            try box.seal(bytesMax: Int(dice.roll(600)))
            wire += try box.frames().suffix(4)
        case 6..<9:
            guard !wire.isEmpty else { return }
            try box.merge(wire[Int(dice.roll(UInt64(wire.count)))])
            for waiting in try box.store.waitingFrames() { try box.merge(waiting.bytes) }
        default: try box.reopen()
        }
    }

    /// Hands everything to everybody.
    func exchange() throws {
        for box in boxes { try box.seal() }
        for _ in 0..<2 {
            for box in boxes {
                for other in boxes where other !== box { try box.pull(from: other) }
            }
        }
    }

    /// Exchanges everything, then holds every box against the first.
    func settle() throws {
        try exchange()
        let shown = try boxes[0].shown()
        for box in boxes {
            #expect(box.store.vector == boxes[0].store.vector)
            #expect(box.store.digest == boxes[0].store.digest)
            #expect(try box.shown() == shown)
            try box.check()
            let before = box.store.digest
            try box.reopen()
            #expect(box.store.digest == before)
            #expect(box.store.boot.continuity == .continued)
        }
    }
}
