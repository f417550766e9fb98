import CRDT
import Signing
import Testing

@Suite struct `Row digests` {
    private func scene() -> RowScene {
        var scene = RowScene()
        scene.assign(1, FleetSchema.multi, .integer(1))
        scene.assign(2, FleetSchema.multi, .integer(2))
        scene.act(1, FleetSchema.set, .add(.integer(3)))
        scene.delete(2)
        scene.share()
        return scene
    }

    @Test func `a digest does not know the numbers a replica gives to writers`() {
        let scene = scene()
        #expect(scene.row(at: 0) != scene.row(at: 1))
        #expect(
            scene.row(at: 0).digest(BLAKE2bHasher()) == scene.row(at: 1).digest(BLAKE2bHasher()))
    }

    @Test(arguments: [
        FleetSchema.last, FleetSchema.counter, FleetSchema.set, FleetSchema.strangeValue,
        FleetSchema.strangeCounter, FleetSchema.strangeSet,
    ])
    func `every change of a cell changes the digest, also of an unknown one`(field: UInt32) {
        var scene = scene()
        let before = scene.row().digest(BLAKE2bHasher())
        switch field {
        case FleetSchema.counter, FleetSchema.strangeCounter: scene.act(0, field, .increment(0))
        case FleetSchema.set, FleetSchema.strangeSet: scene.act(0, field, .remove(.integer(8)))
        default: scene.assign(0, field, .null)
        }
        #expect(scene.row().digest(BLAKE2bHasher()) != before)
    }

    @Test func `a delete and a revival change the digest`() {
        var scene = RowScene()
        var digests = [scene.row().digest(BLAKE2bHasher())]
        scene.delete(0)
        digests.append(scene.row().digest(BLAKE2bHasher()))
        scene.assign(0, FleetSchema.last, .integer(1))
        digests.append(scene.row().digest(BLAKE2bHasher()))
        #expect(Set(digests).count == 3)
    }

    @Test func `two values and one value are told apart`() {
        var one = RowScene()
        one.assign(0, FleetSchema.multi, .integer(1))
        var two = one
        two.assign(1, FleetSchema.multi, .integer(1))
        two.share()
        #expect(two.row().siblings(of: FleetSchema.multi).count == 2)
        #expect(one.row().digest(BLAKE2bHasher()) != two.row().digest(BLAKE2bHasher()))
    }
}
