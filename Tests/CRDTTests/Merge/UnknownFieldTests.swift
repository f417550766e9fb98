import CRDT
import Testing

@Suite struct `Unknown fields` {
    @Test(arguments: seeds(20, full: 200))
    func `replicas of an older schema agree with each other on cells they do not know`(
        seed: UInt64
    ) {
        var fleet = EditScript.play(seed: seed, edits: 40, forks: seed % 3 == 0)
        let replicas = (0..<3).map { fleet.newcomer($0, schema: FleetSchema.older) }
        #expect(Set(replicas.map(\.picture)).count == 1)
        #expect(Set(replicas.map(\.digest)).count == 1)
    }

    @Test(arguments: seeds(20, full: 200))
    func `a replica that learns its fields late ends like one that always knew them`(
        seed: UInt64
    ) {
        var fleet = EditScript.play(seed: seed, edits: 40, forks: seed % 3 == 0)
        let known = fleet.newcomer(0)
        var late = fleet.newcomer(1, schema: FleetSchema.older)
        late.upgrade(to: fleet.schema)
        #expect(differences(late.picture, known.picture) == [])
        #expect(late.digest == known.digest)
    }

    @Test(arguments: seeds(20, full: 200))
    func `a replica that learns its fields midway ends like one that always knew them`(
        seed: UInt64
    ) {
        var fleet = EditScript.play(seed: seed, edits: 40, forks: seed % 3 == 0)
        let known = fleet.newcomer(0)
        var midway = PureReplica(history: 1, of: fleet.logs.count, schema: FleetSchema.older)
        for history in fleet.bases.indices {
            midway.adopt(branch: history, from: fleet.bases[history])
        }
        fleet.deliver(to: &midway) { $0.sequence <= 7 }
        midway.upgrade(to: fleet.schema)
        fleet.deliver(to: &midway) { _ in true }
        #expect(differences(midway.picture, known.picture) == [])
        #expect(midway.digest == known.digest)
    }

    @Test(arguments: seeds(20, full: 200))
    func `a collection learned late reads like one that was always known`(seed: UInt64) {
        var fleet = EditScript.play(seed: seed, edits: 40)
        let known = fleet.newcomer(0, schema: FleetSchema.newer)
        var late = fleet.newcomer(1)
        late.upgrade(to: FleetSchema.newer)
        #expect(differences(late.picture, known.picture) == [])
        #expect(late.digest == known.digest)
    }

    @Test func `a late concurrent write does not beat a later one kept while unknown`() {
        let collection = FleetSchema.schema.collections[0]
        func write(_ row: inout Row, _ value: Int64, _ known: RowCollection?) {
            let dot = Dot(writer: Int(value), sequence: 1, chain: UInt64(value))
            let clock = CellClock(stamp: Stamp(milliseconds: value), dot: dot)
            let operation = RowOperation(
                collection: 1, row: RowScene.row, kind: .update,
                cells: [
                    CellOperation(field: FleetSchema.last, action: .assign(.integer(value)))
                ])
            _ = row.apply(operation, Event(clock: clock, context: Context()), known)
        }
        var row = Row(collection: 1, id: RowScene.row)
        write(&row, 5, nil)
        write(&row, 9, nil)
        write(&row, 7, collection)
        #expect(row.value(of: FleetSchema.field(FleetSchema.last)) == .integer(9))
    }

    @Test func `actions of several kinds on an unknown cell have one result in every order`() {
        let actions: [CellOperation.Action] = [
            .assign(.integer(1)), .increment(2), .add(.integer(3)), .assign(.integer(4)),
            .remove(.integer(3)),
        ]
        var states: Set<CellState?> = []
        for order in Self.permutations(of: Array(actions.indices)) {
            var row = Row(collection: FleetSchema.unknown, id: RowScene.row)
            for index in order {
                let dot = Dot(writer: index, sequence: 1, chain: UInt64(index))
                let clock = CellClock(stamp: Stamp(milliseconds: Int64(index)), dot: dot)
                let operation = RowOperation(
                    collection: FleetSchema.unknown, row: RowScene.row, kind: .update,
                    cells: [CellOperation(field: 1, action: actions[index])])
                _ = row.apply(operation, Event(clock: clock, context: Context()), nil)
            }
            states.insert(row[1])
        }
        #expect(states.count == 1)
    }

    @Test func `integers and reals of one set have one order`() {
        let values: [Value] = [
            .integer(1), .real(1), .integer(.max), .real(9_223_372_036_854_775_808), .null,
            .text("1"),
        ]
        for left in values {
            for right in values where left != right { #expect((left < right) != (right < left)) }
        }
        #expect(Set(Self.permutations(of: values).map { $0.sorted() }).count == 1)
    }

    private static func permutations<Element>(of elements: [Element]) -> [[Element]] {
        guard let first = elements.first else { return [[]] }
        return permutations(of: Array(elements.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }
}
