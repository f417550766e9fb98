import CRDT
import Testing

@Suite struct `Listed losses` {
    private static let field = FleetSchema.listed

    private func losses(_ scene: RowScene) -> Set<[Loss]> {
        var found: Set<[Loss]> = []
        scene.fleet.inEveryOrder(0) { found.insert($0.losses) }
        return found
    }

    @Test func `of two concurrent values the loser is listed once with the winner`() {
        var scene = RowScene()
        scene.assign(0, Self.field, .integer(1))
        scene.assign(1, Self.field, .integer(2))
        let lists = losses(scene)
        #expect(lists.count == 1)
        #expect(lists.first?.map(\.lost.value) == [.integer(1)])
        #expect(lists.first?.map(\.kept.value) == [.integer(2)])
    }

    @Test func `a value that was seen before it was replaced is not listed`() {
        var scene = RowScene()
        scene.assign(0, Self.field, .integer(1))
        scene.share()
        scene.assign(1, Self.field, .integer(2))
        #expect(losses(scene) == [[]])
    }

    @Test func `equal concurrent values are no loss`() {
        var scene = RowScene()
        scene.assign(0, Self.field, .integer(2))
        scene.assign(1, Self.field, .integer(2))
        #expect(losses(scene) == [[]])
    }

    @Test func `a plain last-writer field lists nothing`() {
        var scene = RowScene()
        scene.assign(0, FleetSchema.last, .integer(1))
        scene.assign(1, FleetSchema.last, .integer(2))
        #expect(losses(scene) == [[]])
    }

    @Test(arguments: seeds(40, full: 400))
    func `in every order only concurrent losers are listed and no unseen loser is missed`(
        seed: UInt64
    ) {
        let scene = RowScene.drawn(seed: seed, field: Self.field)
        var writers: [Value: LoggedTransaction] = [:]
        for entry in scene.fleet.all {
            for case .assign(let value) in entry.transaction.rows[0].cells.map(\.action) {
                writers[value] = entry
            }
        }
        let unseen = writers.filter { value, entry in
            !writers.contains { $0.key != value && $0.value.covers(entry) }
        }
        scene.fleet.inEveryOrder(1) { replica in
            let winner = replica.rows[RowScene.row]?.value(of: FleetSchema.field(Self.field))
            let lost = Set(replica.losses.map(\.lost.value))
            #expect(lost.isSuperset(of: unseen.keys.filter { $0 != winner }))
            let areConcurrent = replica.losses.allSatisfy { loss in
                guard let lost = writers[loss.lost.value], let kept = writers[loss.kept.value]
                else { return false }
                return !lost.covers(kept) && !kept.covers(lost)
            }
            #expect(areConcurrent)
        }
    }
}
