import CRDT
import ReplicaStorage
import Signing
import Testing

/// Frames arrive in any order, cut anyhow, twice, in part, or from somebody hostile.
struct FrameTests {
    /// A box whose guest row was noted `count` times, one transaction each.
    private func noted(_ count: Int) throws -> (box: Box, run: UnsealedRun) {
        let box = try Box(1)
        let row = box.drawID()
        try box.commit([RowOperation(collection: ToyPack.guest, row: row, kind: .insert, cells: [])]
        )
        for number in 1..<count {
            try box.commit([
                RowOperation(
                    collection: ToyPack.guest, row: row, kind: .update,
                    cells: [CellOperation(field: 3, action: .assign(.text("\(number)")))])
            ])
        }
        return (box, try #require(try box.store.unsealedRun(bytesMax: .max)))
    }

    private func cut(_ run: UnsealedRun, _ range: ClosedRange<Int>) -> [UInt8] {
        let frame = IncomingFrame(
            writer: run.writer, low: UInt64(range.lowerBound),
            previous: range.lowerBound == 1
                ? run.previous : run.chains[range.lowerBound - 2].prefix,
            transactions: Array(run.transactions[(range.lowerBound - 1)..<range.upperBound]),
            sealed: [])
        return ToySeal.encode(frame)
    }

    @Test func `gaps, duplicates and overlaps are told apart`() throws {
        let (box, run) = try noted(6)
        let other = try Box(2)
        #expect(try other.merge(cut(run, 3...4)) == .gap(next: 1))
        #expect(try other.merge(cut(run, 1...2)) == .applied(transactions: 2))
        #expect(try other.merge(cut(run, 1...2)) == .duplicate)
        #expect(try other.merge(cut(run, 2...4)) == .applied(transactions: 2))
        #expect(try other.merge(cut(run, 1...6)) == .applied(transactions: 2))
        #expect(try other.merge(cut(run, 3...5)) == .duplicate)
        #expect(other.store.digest == box.store.digest)
        #expect(other.store.vector == box.store.vector)
        try other.check()
        for sequence in 1...6 {
            let entry = ContextEntry(
                writer: run.writer, sequence: UInt64(sequence),
                chain: run.chains[sequence - 1].prefix)
            #expect(try other.store.agrees(with: entry) == true)
        }
    }

    @Test func `a frame that waits is applied in part, kept whole and resumed after a restart`()
        throws
    {
        let south = try Box(2)
        let (box, _) = try noted(2)
        try south.commit([
            RowOperation(collection: ToyPack.key, row: south.drawID(), kind: .insert, cells: [])
        ])
        try south.seal()
        try box.pull(from: south)
        for _ in 0..<3 {
            try box.commit([
                RowOperation(collection: ToyPack.key, row: box.drawID(), kind: .insert, cells: [])
            ])
        }
        let run = try #require(try box.store.unsealedRun(bytesMax: .max))
        let other = try Box(3)
        let wanted = ContextEntry(
            writer: south.store.localHead.writer, sequence: 1,
            chain: south.store.localHead.chain.prefix)
        #expect(try other.merge(cut(run, 1...5)) == .blocked(applied: 2, on: wanted))
        // The author may have cut the same transactions otherwise for somebody else.
        #expect(try other.merge(cut(run, 3...4)) == .blocked(applied: 0, on: wanted))
        #expect(try other.merge(cut(run, 1...5)) == .blocked(applied: 0, on: wanted))
        for sequence in 1...2 as ClosedRange<UInt64> {
            let entry = ContextEntry(
                writer: run.writer, sequence: sequence,
                chain: run.chains[Int(sequence) - 1].prefix)
            #expect(try other.store.agrees(with: entry) == true)
        }
        try other.check()
        try other.reopen()
        #expect(other.store.vector.sequence(of: run.writer) == 2)
        #expect(try other.store.waitingFrames().count == 1)
        try other.pull(from: south)
        #expect(other.store.vector.sequence(of: run.writer) == 5)
        #expect(try other.store.waitingFrames().isEmpty)
        #expect(other.store.digest == box.store.digest)
        try other.check()
    }

    @Test func `frames whose past never comes take no more than their device's room`() throws {
        let (south, north, other) = (try Box(2), try Box(1), try Box(3))
        try south.commit([
            RowOperation(collection: ToyPack.key, row: south.drawID(), kind: .insert, cells: [])
        ])
        try south.seal()
        try north.pull(from: south)
        for _ in 0..<18 {
            try north.commit([
                RowOperation(collection: ToyPack.key, row: north.drawID(), kind: .insert, cells: [])
            ])
        }
        let run = try #require(try north.store.unsealedRun(bytesMax: .max))
        let size = ReplicaStore.waitingBytesMax / 16
        func merge(_ sequence: Int) throws -> MergeOutcome {
            let frame = IncomingFrame(
                writer: run.writer, low: UInt64(sequence),
                previous: sequence == 1 ? run.previous : run.chains[sequence - 2].prefix,
                transactions: [run.transactions[sequence - 1]],
                sealed: [UInt8](repeating: UInt8(sequence), count: size))
            return try other.store.merge(frame, wallMilliseconds: 0, isSigned: { _ in true })
        }
        for sequence in 1...16 {
            guard case .blocked(0, _) = try merge(sequence) else {
                Issue.record("frame \(sequence) does not wait")
                return
            }
        }
        #expect(try merge(17) == .gap(next: 17))
        #expect(try merge(18) == .gap(next: 17))
        // What waits already waits on, and once its past is here everything goes on.
        guard case .blocked = try merge(16) else {
            Issue.record("a frame that waits was dropped")
            return
        }
        for sealed in try south.frames() { try other.merge(sealed) }
        for sequence in 1...18 { #expect(try merge(sequence) == .applied(transactions: 1)) }
        try other.check()
    }

    @Test func `another history of the same writer is a fork and changes nothing`() throws {
        let (_, ours) = try noted(3)
        let (_, theirs) = try noted(4)
        let other = try Box(2)
        #expect(try other.merge(cut(ours, 1...3)) == .applied(transactions: 3))
        let strange = IncomingFrame(
            writer: ours.writer, low: 4, previous: 77, transactions: [theirs.transactions[3]],
            sealed: [1])
        let before = other.store.digest
        let outcome = try other.store.merge(strange, wallMilliseconds: 0, isSigned: { _ in true })
        #expect(outcome == .fork(at: 3))
        // Also where it overlaps what is here.
        let overlapping = IncomingFrame(
            writer: ours.writer, low: 3, previous: 78,
            transactions: Array(theirs.transactions[2...3]), sealed: [2])
        let second = try other.store.merge(
            overlapping, wallMilliseconds: 0, isSigned: { _ in true })
        #expect(second == .fork(at: 2))
        #expect(other.store.digest == before)
        #expect(other.store.vector.sequence(of: ours.writer) == 3)
        try other.check()
    }

    @Test(arguments: [0, 1, 2, UInt64.max, UInt64.max - 1, 1 << 62, 1 << 63])
    func `numbers beyond the format are refused`(low: UInt64) throws {
        let (_, run) = try noted(2)
        let other = try Box(2)
        for transactions in [[], run.transactions, [[]], [[0xFF]]] as [[[UInt8]]] {
            let frame = IncomingFrame(
                writer: run.writer, low: low, previous: run.previous,
                transactions: transactions, sealed: [1])
            let outcome = try other.store.merge(
                frame, wallMilliseconds: .min, isSigned: { _ in true })
            let isWhole = low == 1 && transactions == run.transactions
            #expect((outcome == .applied(transactions: 2)) == isWhole)
            try other.check()
            if isWhole { return }
        }
        #expect(other.store.vector.entries.isEmpty)
    }

    @Test func `bytes that do not parse or that nobody signed leave no trace`() throws {
        let (_, run) = try noted(3)
        let other = try Box(2)
        let frame = IncomingFrame(
            writer: run.writer, low: 1, previous: run.previous,
            transactions: [run.transactions[0], [1, 2, 3]], sealed: [1])
        let outcome = try other.store.merge(frame, wallMilliseconds: 0, isSigned: { _ in true })
        guard case .malformed(let sequence, _) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(sequence == 2)
        let whole = IncomingFrame(
            writer: run.writer, low: 1, previous: run.previous, transactions: run.transactions,
            sealed: [1])
        #expect(
            try other.store.merge(whole, wallMilliseconds: 0, isSigned: { _ in false })
                == .unsigned)
        #expect(other.store.vector.entries.isEmpty)
        #expect(try other.store.waitingFrames().isEmpty)
        let signed = run.chains[2]
        #expect(
            try other.store.merge(whole, wallMilliseconds: 0, isSigned: { $0 == signed })
                == .applied(transactions: 3))
    }

    @Test func `a quarantined transaction counts as delivered and shows nothing`() throws {
        let box = try Box(1)
        func entry(_ memo: String) -> RowOperation {
            RowOperation(
                collection: ToyPack.entry, row: box.drawID(), kind: .insert,
                cells: [CellOperation(field: 2, action: .assign(.text(memo)))])
        }
        // Written where rights are wider; box 2 judges by its own roster.
        let lax = try LaxBox()
        for memo in ["fine", "forbidden", "unsettled", "fine again"] {
            try lax.commit([entry(memo)])
        }
        let run = try #require(try lax.store.unsealedRun(bytesMax: .max))
        let strict = try Box(2)
        #expect(try strict.merge(cut(run, 1...4)) == .applied(transactions: 4))
        #expect(strict.store.vector.sequence(of: run.writer) == 4)
        #expect(try strict.shown()["entry"]?.count == 2)
        try strict.check()
        let digest = strict.store.digest
        try strict.reopen()
        #expect(strict.store.digest == digest)
        #expect(try strict.merge(cut(run, 1...4)) == .duplicate)
    }
}

/// A box at which everything is allowed.
final class LaxBox {
    let bench = FaultBench()
    let store: ReplicaStore

    init() throws {
        store = try ReplicaStore(
            ReplicaConfiguration(
                path: FaultBench.file, vfs: bench.name, schema: ToyPack.first,
                tenant: TenantID(7), device: DeviceID(9), host: ContentHash(0, 0, 0, 9),
                hasher: BLAKE2bHasher(), generation: 9),
            anchor: FaultAnchor(bench.disk))
    }

    @discardableResult
    func commit(_ changes: [RowOperation]) throws(StorageError) -> Commit {
        try store.commit(
            CommitRequest(changes: changes, wallMilliseconds: 1_700_000_000_000, saltSeed: 5))
    }
}
