import CRDT
import Testing

/// A writes 5; B, having seen it, writes 3; C, having seen that, writes 4. D has seen nothing.
@Suite struct `Chains of writers` {
    private func chain(_ field: UInt32, stranger: Int64?) -> RowScene {
        var scene = RowScene(writers: 4)
        if let stranger { scene.assign(3, field, .integer(stranger)) }
        scene.assign(0, field, .integer(5))
        scene.share(0, to: 1)
        scene.assign(1, field, .integer(3))
        scene.share(0, to: 2)
        scene.share(1, to: 2)
        scene.assign(2, field, .integer(4))
        return scene
    }

    @Test func `the end of a chain stands alone, though its start was greater`() {
        let scene = chain(FleetSchema.maximum, stranger: nil)
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(4)])
        #expect(scene.distinctRows() == 1)
    }

    @Test(arguments: [(2, 4), (6, 6)] as [(Int64, Int64)])
    func `a stranger to the chain competes with its end and never with its start`(
        stranger: Int64, expected: Int64
    ) {
        let scene = chain(FleetSchema.maximum, stranger: stranger)
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(expected)])
        #expect(scene.distinctRows() == 1)
    }

    @Test func `several values are the end of the chain and the stranger in every order`() {
        let scene = chain(FleetSchema.multi, stranger: 9)
        var seen: Set<Set<Value>> = []
        scene.fleet.inEveryOrder(0) { replica in
            let row = replica.rows[RowScene.row]
            seen.insert(Set(row?.siblings(of: FleetSchema.multi).map(\.value) ?? []))
        }
        #expect(seen == [[.integer(4), .integer(9)]])
    }

    @Test func `keeping one value makes the order of arrival decide, contexts or not`() {
        let single = NaiveScheme.divergent[4]
        // 4 joins the chain's 5 and 3: beaten by 5 it is gone, arriving after 3 it stands.
        var scene = RowScene()
        scene.assign(0, FleetSchema.maximum, .integer(5))
        scene.assign(2, FleetSchema.maximum, .integer(4))
        scene.share(0, to: 1)
        scene.assign(1, FleetSchema.maximum, .integer(3))
        #expect(single.outcomes(scene.fleet.everyOrder()) == [3, 4])
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(4)])
    }

    @Test func `guessing what was seen from stamps gives other outcomes in other orders`() {
        let guessing = NaiveScheme.divergent[5]
        var scene = RowScene(walls: [.epoch1970, .honest, .honest])
        scene.assign(2, FleetSchema.maximum, .integer(9))
        scene.assign(1, FleetSchema.maximum, .integer(5))
        #expect(guessing.outcomes(scene.fleet.everyOrder()) == [5, 9])
        #expect(scene.outcomes(FleetSchema.maximum) == [.integer(9)])
    }

    @Test func `without contexts nobody can lower a maximum`() {
        let scene = chain(FleetSchema.maximum, stranger: nil)
        #expect(NaiveScheme.withoutContexts.outcomes(scene.fleet.everyOrder()) == [5])
    }

    @Test func `a writer that has seen all siblings leaves one`() {
        var scene = RowScene()
        scene.assign(0, FleetSchema.multi, .integer(1))
        scene.assign(1, FleetSchema.multi, .integer(2))
        scene.share()
        #expect(scene.row(at: 2).siblings(of: FleetSchema.multi).count == 2)
        scene.assign(2, FleetSchema.multi, .integer(3))
        #expect(scene.row(at: 2).siblings(of: FleetSchema.multi).map(\.value) == [.integer(3)])
        #expect(scene.distinctRows() == 1)
    }
}
