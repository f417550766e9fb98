import CRDT

/// Draws random edits: few rows, every merge code, deletes, revivals, and writes to owned cells by
/// sites that do not own them.
struct EditScript {
    /// Rows born so far, by anyone.
    private(set) var born: [(collection: UInt32, row: RowID)] = []
    var rowsMax = 4
    /// Whether a writer that drew the id of a row it knows draws again, as commands do.
    var redrawsKnownIDs = true
    /// Transactions in a hundred that change several rows, or one row twice.
    var longPercent = 15

    /// Plays a whole history: `edits` transactions with deliveries between them, then all the rest.
    static func play(
        seed: UInt64, edits: Int, walls: [WallClock]? = nil, forks: Bool = false,
        deliveriesPercent: Int = 60, rowsMax: Int = 4, redrawsKnownIDs: Bool = true
    ) -> TestFleet {
        var random = SplitMix64(seed: seed)
        let kinds: [WallClock] = [.honest, .epoch1970, .year2099, .coarse, .jumping, .coarse]
        let clocks = walls ?? (0..<3).map { _ in kinds[random.below(kinds.count)] }
        var fleet = TestFleet(seed: random.next(), walls: clocks, spare: forks ? 1 : 0)
        var script = EditScript()
        script.rowsMax = rowsMax
        script.redrawsKnownIDs = redrawsKnownIDs
        let forkAt = forks ? random.below(max(1, edits / 4)) : -1
        for edit in 0..<edits {
            if edit == forkAt {
                fleet.fork(random.below(3))
                // The next births of both branches carry one id.
                script.rowsMax += 2
            }
            fleet.now += Int64(random.below(90_000))
            let writer = random.below(fleet.replicas.count)
            if let operations = script.draw(&fleet, writer, &random) {
                fleet.write(writer, operations)
            }
            for _ in 0..<3 where random.happens(deliveriesPercent) {
                fleet.deliver(
                    random.below(fleet.logs.count), to: random.below(fleet.replicas.count))
            }
        }
        return fleet
    }

    private mutating func draw(
        _ fleet: inout TestFleet, _ writer: Int, _ random: inout SplitMix64
    ) -> [RowOperation]? {
        let known = born.filter { fleet.replicas[writer].rows[$0.row]?.created != nil }
        if known.isEmpty || (born.count < rowsMax && random.happens(30)) {
            var birth: RowOperation?
            fleet.adjust(writer) { replica in
                var row = replica.ids.draw()
                while redrawsKnownIDs, replica.rows[row] != nil { row = replica.ids.draw() }
                birth = Self.birth(of: row, &random)
            }
            guard let birth else { return nil }
            if !born.contains(where: { $0.row == birth.row }) {
                born.append((birth.collection, birth.row))
            }
            guard random.happens(25),
                let more = Self.change(birth.collection, birth.row, &random)
            else { return [birth] }
            return [birth, more]
        }
        let count = random.happens(longPercent) ? 2 + random.below(2) : 1
        return (0..<count).compactMap { _ in
            let target = known[random.below(known.count)]
            return Self.change(target.collection, target.row, &random)
        }
    }

    private static func birth(of row: RowID, _ random: inout SplitMix64) -> RowOperation {
        let collections = [
            FleetSchema.everything, FleetSchema.everything, FleetSchema.everything,
            FleetSchema.finalDelete, FleetSchema.appendOnly, FleetSchema.unknown,
        ]
        // The id decides the collection, so that both births of a forked id are of one row.
        let collection = collections[Int((row.prefix + UInt128(row.counter)) % 6)]
        var cells = [
            assign(FleetSchema.home, .reference(FleetSchema.site(random.below(3)))),
            assign(FleetSchema.origin, .integer(Int64(random.below(1_000)))),
        ]
        for field in FleetSchema.last...FleetSchema.owned where random.happens(50) {
            let cell = action(field, &random, canBeNull: false)
            cells.append(cell)
        }
        // In a collection that nobody knows an owned field is one like others.
        if collection == FleetSchema.unknown, random.happens(50) { cells.removeLast() }
        return RowOperation(
            collection: collection, row: row, kind: .insert, cells: cells)
    }

    private static func change(
        _ collection: UInt32, _ row: RowID, _ random: inout SplitMix64
    ) -> RowOperation? {
        if collection == FleetSchema.appendOnly { return nil }
        if random.happens(15) {
            return RowOperation(collection: collection, row: row, kind: .delete, cells: [])
        }
        var fields: Set<UInt32> = []
        for _ in 0..<(1 + random.below(3)) {
            let strange: [UInt32] = [97, 98, 99]
            fields.insert(
                random.happens(20)
                    ? strange[random.below(3)]
                    : FleetSchema.last + UInt32(random.below(9)))
        }
        let cells = fields.sorted().map { action($0, &random, canBeNull: true) }
        return RowOperation(collection: collection, row: row, kind: .update, cells: cells)
    }

    /// Small numbers, so that values repeat, and now and then a null.
    private static func action(
        _ field: UInt32, _ random: inout SplitMix64, canBeNull: Bool
    ) -> CellOperation {
        let number = Int64(random.below(6))
        switch field {
        case FleetSchema.counter, FleetSchema.strangeCounter:
            return CellOperation(field: field, action: .increment(number - 2))
        case FleetSchema.set, FleetSchema.strangeSet:
            let value = Value.integer(number / 2)
            return CellOperation(
                field: field, action: random.happens(60) ? .add(value) : .remove(value))
        case FleetSchema.rank:
            return assign(field, .text(FleetSchema.statuses[Int(number) % 5]))
        default:
            return assign(
                field, canBeNull && random.happens(10) ? .null : .integer(number))
        }
    }

    private static func assign(_ field: UInt32, _ value: Value) -> CellOperation {
        CellOperation(field: field, action: .assign(value))
    }
}
