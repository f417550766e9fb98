import CRDT

/// A single row among a few writers, for laws that fit in a sentence. Every step is a transaction;
/// a writer sees only what `share` brings it.
struct RowScene {
    static let row = RowID(prefix: 0x520, counter: 1)
    private(set) var fleet: TestFleet
    let collection: UInt32

    /// Writer 0 creates the row and everyone hears of it.
    init(
        writers: Int = 3, walls: [WallClock] = [], in collection: UInt32 = FleetSchema.everything,
        schema: Schema = FleetSchema.schema, cells: [CellOperation] = []
    ) {
        self.collection = collection
        let clocks = (0..<writers).map { $0 < walls.count ? walls[$0] : .honest }
        fleet = TestFleet(seed: 1, walls: clocks, schema: schema)
        write(0, .insert, cells)
        share()
    }

    /// Six writes of one field by three writers who hear of some; every value names its write.
    static func drawn(seed: UInt64, field: UInt32, stampsWrites: Bool = true) -> RowScene {
        var random = SplitMix64(seed: seed)
        let walls: [[WallClock]] = [
            [], [.jumping, .coarse, .year2099], [.coarse, .coarse, .coarse],
            [.jumping, .jumping, .jumping],
        ]
        var scene = RowScene(walls: walls[random.below(4)])
        if !stampsWrites { for writer in 0..<3 { scene.stopStamping(writer) } }
        for place in 1...6 {
            for _ in 0..<2 where random.happens(40) {
                scene.share(random.below(3), to: random.below(3))
            }
            scene.assign(random.below(3), field, .integer(Int64(place * 5 % 7)))
        }
        return scene
    }

    mutating func assign(_ writer: Int, _ field: UInt32, _ value: Value) {
        write(writer, .update, [CellOperation(field: field, action: .assign(value))])
    }

    mutating func act(_ writer: Int, _ field: UInt32, _ action: CellOperation.Action) {
        write(writer, .update, [CellOperation(field: field, action: action)])
    }

    /// One writer gives its writes no bumps from now on.
    mutating func stopStamping(_ writer: Int) {
        fleet.adjust(writer) { $0.stampsWrites = false }
    }

    mutating func delete(_ writer: Int) { write(writer, .delete, []) }

    mutating func write(
        _ writer: Int, _ kind: RowOperation.Kind, _ cells: [CellOperation] = []
    ) {
        fleet.now += 1_000
        fleet.write(
            writer,
            [RowOperation(collection: collection, row: Self.row, kind: kind, cells: cells)])
    }

    /// Everyone hears everything.
    mutating func share() { fleet.settle() }

    /// One writer hears everything another has written, as far as the past of it is known.
    mutating func share(_ from: Int, to reader: Int) {
        while fleet.deliver(from, to: reader) {}
    }

    func row(at writer: Int = 0) -> Row {
        fleet.replicas[writer].rows[Self.row] ?? Row(collection: collection, id: Self.row)
    }

    func value(_ field: UInt32, at writer: Int = 0) -> Value {
        row(at: writer).value(of: FleetSchema.field(field))
    }

    func isLive(at writer: Int = 0) -> Bool {
        row(at: writer).isLive(in: fleet.schema.collection(collection))
    }

    /// What a field reads as after each causal order of delivery.
    func outcomes(_ field: UInt32, _ tampering: Tampering = .none) -> Set<Value> {
        var values: Set<Value> = []
        fleet.inEveryOrder(1, tampering: tampering) { replica in
            values.insert(
                replica.rows[Self.row]?.value(of: FleetSchema.field(field)) ?? .null)
        }
        return values
    }

    /// How many different rows the causal orders of delivery leave.
    func distinctRows(_ tampering: Tampering = .none) -> Int {
        var pictures: Set<[RowID: RowPicture]> = []
        fleet.inEveryOrder(0, tampering: tampering) { pictures.insert($0.picture) }
        return pictures.count
    }
}
