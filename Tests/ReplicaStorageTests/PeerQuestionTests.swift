import CRDT
import ReplicaStorage
import Signing
import Testing

/// What a peer may ask: frames of a gap, points of a history, items of the control lane.
struct PeerQuestionTests {
    /// A box with `count` own transactions, each in a frame of its own.
    private func framed(_ count: Int) throws -> Box {
        let box = try Box(1)
        for _ in 0..<count {
            try box.commit([
                RowOperation(
                    collection: ToyPack.guest, row: box.drawID(), kind: .insert, cells: [])
            ])
            try box.seal()
        }
        return box
    }

    private func entry(_ box: Box, _ sequence: UInt64) throws -> ContextEntry {
        let writer = box.store.localHead.writer
        return try #require(try box.store.entry(of: writer, at: sequence))
    }

    private func ask(
        _ box: Box, peerHolds: [ContextEntry], isForked: Bool = false, bytesMax: Int = .max
    ) throws -> GapAnswer {
        let head = try entry(box, box.store.localHead.sequence)
        return try box.store.answer(
            HistoryGap(
                writer: head.writer, held: [head], peerHolds: peerHolds, isForked: isForked),
            bytesMax: bytesMax)
    }

    @Test func `a gap is filled after the greatest entry that lies on our history`() throws {
        let box = try framed(6)
        guard
            case .frames(let frames) = try ask(
                box, peerHolds: [try entry(box, 2), try entry(box, 4)])
        else {
            Issue.record("no frames")
            return
        }
        #expect(frames.map(\.low) == [5, 6])
        #expect(frames.map(\.previous) == [try entry(box, 4).chain, try entry(box, 5).chain])
        #expect(frames.map(\.chain) == [try entry(box, 5).chain, try entry(box, 6).chain])
        #expect(try ask(box, peerHolds: [try entry(box, 6)]) == .nothing)
    }

    @Test func `an answer stops at its bytes but brings one frame at least`() throws {
        let box = try framed(5)
        guard case .frames(let one) = try ask(box, peerHolds: [], bytesMax: 1) else {
            Issue.record("no frames")
            return
        }
        #expect(one.map(\.low) == [1])
    }

    @Test func `a strange entry within our history is a fork, beyond it is news`() throws {
        let box = try framed(5)
        let writer = box.store.localHead.writer
        let strange = ContextEntry(writer: writer, sequence: 3, chain: 1)
        #expect(try ask(box, peerHolds: [strange]) == .diverged(strange))
        guard case .frames(let all) = try ask(box, peerHolds: [strange], isForked: true) else {
            Issue.record("no frames")
            return
        }
        #expect(all.map(\.low) == [1, 2, 3, 4, 5])
        let beyond = ContextEntry(writer: writer, sequence: 9, chain: 1)
        guard case .frames = try ask(box, peerHolds: [beyond]) else {
            Issue.record("no frames")
            return
        }
    }

    @Test(arguments: [
        (1, [1]), (2, [2, 1]), (9, [9, 8, 7, 5, 1]), (12, [12, 11, 10, 8, 4]),
    ])
    func `pins stand at growing distances back from the head`(
        count: Int, sequences: [UInt64]
    ) throws {
        let box = try framed(count)
        let pins = try box.store.pins(of: box.store.localHead.writer)
        #expect(pins.map(\.sequence) == sequences)
        #expect(try pins.allSatisfy { try box.store.agrees(with: $0) == true })
        #expect(try box.store.pins(of: WriterID(device: DeviceID(99), incarnation: 1)) == [])
    }

    @Test func `control items keep their order, their first bytes and their place`() throws {
        let box = try Box(1)
        let ids = (1...4).map { ContentHash(0, 0, 0, UInt64($0)) }
        try box.store.durably { () throws(StorageError) in
            for id in ids { try box.store.keepInside(control: id, id.bytes) }
        }
        try box.store.durably { () throws(StorageError) in
            try box.store.keepInside(control: ids[1], [9])
        }
        try box.reopen()
        #expect(box.store.newestControl == 4)
        let items = try box.store.control(after: 1, limit: 2)
        #expect(items.map(\.number) == [2, 3])
        #expect(items.map(\.bytes) == [ids[1].bytes, ids[2].bytes])
        #expect(box.store.hasRoom(control: 1))
        #expect(!box.store.hasRoom(control: ReplicaStore.controlBytesMax))
    }

    @Test func `a failed transaction keeps no control item`() throws {
        let box = try Box(1)
        #expect(throws: StorageError(.refused, "")) {
            try box.store.durably { () throws(StorageError) in
                try box.store.keepInside(control: ContentHash(1, 2, 3, 4), [1])
                throw StorageError(.refused, "on purpose")
            }
        }
        #expect(box.store.newestControl == 0)
        #expect(try box.store.control(after: 0, limit: 9) == [])
    }
}
