import CRDT
import ReplicaStorage
import Testing

/// A box with an older pack keeps what it does not know, and shows it once it does.
struct UpgradeTests {
    @Test(arguments: 1...25 as ClosedRange<UInt64>)
    func `a box that learns a newer pack equals the boxes that always knew it`(
        seed: UInt64
    ) throws {
        var play = try FleetPlay(
            seed: seed, boxes: 3, schemas: [ToyPack.second, ToyPack.second, ToyPack.first])
        for _ in 0..<70 { try play.step() }
        try play.exchange()
        let late = play.boxes[2]
        #expect(late.store.vector == play.boxes[0].store.vector)
        try late.check()
        late.schema = ToyPack.second
        try late.reopen()
        try late.check()
        #expect(late.store.boot.continuity == .continued)
        try play.settle()
        for _ in 0..<30 { try play.step() }
        try play.settle()
    }

    @Test func `a box does not open what a newer pack wrote`() throws {
        let box = try Box(1, schema: ToyPack.second)
        box.schema = ToyPack.first
        let error = #expect(throws: StorageError.self) { try box.reopen() }
        #expect(error?.code == .schemaChanged)
        box.schema = ToyPack.second
        try box.restart()
    }
}
