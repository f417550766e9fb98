import CRDT
import EdgeNode
import ReplicaStorage
import Signing
import Synchronization

extension World {
    /// Asks a box on the fleet's own executor and waits for the answer.
    func ask<Answer: Sendable>(
        _ box: Int, _ question: @escaping @Sendable (Replica) async -> Answer
    ) throws -> Answer {
        guard let replica = boxes[box].replica else {
            throw Broken(invariant: "I24", detail: "box \(box) is not running")
        }
        let answer = Mutex<Answer?>(nil)
        let holder = Holder(answer: answer)
        executor.start { [holder] in
            let given = await question(replica)
            holder.answer.withLock { $0 = given }
        }
        executor.drain()
        guard let given = holder.answer.withLock({ $0 }) else {
            throw Broken(invariant: "I24", detail: "box \(box) does not answer")
        }
        return given
    }

    /// I02, I04: what was acknowledged is there after a crash, and so is what any wire carried.
    func checkAfterBoot(_ box: Int) throws {
        let own = acknowledged.withLock { $0.filter { $0.box == box } }.map(\.proof)
        try checkPresent(own.filter { !awaited.contains($0) }, at: box, invariant: "I02")
        let sent = published.filter { $0.value == box && !awaited.contains($0.key) }.keys.sorted()
        try checkPresent(sent, at: box, invariant: "I04")
        try checkNews(at: box, isAtEnd: false)
        try checkCut(at: box)
        try checkDesk(at: box, isAtEnd: false)
    }

    func checkPresent(_ wanted: [RowID], at box: Int, invariant: String) throws {
        let present = try proofs(at: box)
        for proof in wanted where !present.contains(proof) {
            throw Broken(
                invariant: invariant,
                detail: "box \(box) lacks \(try story(of: proof)); \(present.count) are there")
        }
    }

    /// Who did a deed, and who shows it.
    private func story(of proof: RowID) throws -> String {
        let deed = acknowledged.withLock { $0.first { $0.proof == proof } }
        let holders = try boxes.indices.filter { try proofs(at: $0).contains(proof) }
        let name = deed.map { "\($0.name.writer.incarnation)/\($0.name.sequence)" } ?? "unasked"
        return "deed \(name) of box \(deed?.box ?? published[proof] ?? -1), shown by \(holders)"
    }

    /// The deeds that a box shows.
    func proofs(at box: Int) throws -> Set<RowID> {
        guard let ledger = SimulatedPack.schema.collection(SimulatedPack.ledger) else { return [] }
        return try running(box).readers.read { reader throws(StorageError) in
            Set(try reader.records(ledger, limit: 100_000).map(\.id))
        }
    }

    private func running(_ box: Int) throws -> Replica {
        guard let replica = boxes[box].replica else {
            throw Broken(invariant: "I24", detail: "box \(box) is not running")
        }
        return replica
    }

    func checkAtEnd() throws {
        let first = try ask(0) { await $0.status() }
        for box in boxes.indices {
            let status = try ask(box) { await $0.status() }
            note(status.digest.bytes)
            if status.vector != first.vector {
                throw Broken(invariant: "I03", detail: "box \(box) has not everything")
            }
            if status.digest != first.digest {
                throw Broken(invariant: "I01", detail: "box \(box) has other rows than box 0")
            }
            let report = try ask(box) { replica in
                await Result { () async throws in try await replica.verify() }
            }.get()
            if !report.isClean {
                throw Broken(invariant: "I01", detail: "box \(box) does not verify: \(report)")
            }
            try checkPresent(
                acknowledged.withLock { $0.map(\.proof) }, at: box, invariant: "I03")
            try checkLedger(box)
            try checkCut(at: box)
            try checkNews(at: box, isAtEnd: true)
            try checkDesk(at: box, isAtEnd: true)
        }
        try checkSequences(first)
        let heard = notices.withLock { $0 }
        if let notice = heard.first { throw Broken(invariant: "I18", detail: notice) }
    }

    /// I08, I09, I10: each deed adds to a counter and to the ledger in one transaction, so wherever
    /// a row shows, the two sums agree.
    private func checkLedger(_ box: Int) throws {
        let schema = SimulatedPack.schema
        guard let ledger = schema.collection(SimulatedPack.ledger),
            let animals = schema.collection(SimulatedPack.animal)
        else { return }
        let (entries, rows) = try running(box).readers.read { reader throws(StorageError) in
            (
                try reader.records(ledger, limit: 100_000),
                try reader.records(animals, limit: 100_000)
            )
        }
        var sums: [RowID: Int64] = [:]
        for entry in entries {
            guard case .reference(let animal) = entry.values[0],
                case .integer(let delta) = entry.values[1]
            else { continue }
            sums[animal, default: 0] += delta
        }
        for row in rows {
            guard case .integer(let visits) = row.values[7] else { continue }
            if visits != sums[row.id] ?? 0 {
                throw Broken(
                    invariant: "I08",
                    detail: "box \(box): \(visits) counted, \(sums[row.id] ?? 0) in the ledger")
            }
        }
    }

    /// I15: whoever has seen a value replaces it, though the clock stands at 1970 by now; and the
    /// replacement is what every box shows.
    func checkLastWord() throws {
        guard let animals = SimulatedPack.schema.collection(SimulatedPack.animal) else { return }
        let box = dice.below(boxes.count)
        let rows = try running(box).readers.read { reader throws(StorageError) in
            try reader.records(animals, limit: 100)
        }
        guard !rows.isEmpty else { return }
        let row = dice.pick(rows).id
        boxes[box].wall.jump(to: 0)
        let changes = [
            RowOperation(
                collection: SimulatedPack.animal, row: row, kind: .update,
                cells: [
                    CellOperation(field: 2, action: .assign(.text("last word"))),
                    CellOperation(field: 5, action: .assign(.integer(-7))),
                    CellOperation(field: 7, action: .assign(.text("requested"))),
                ])
        ]
        let result = try ask(box) { replica in
            await Result { () async throws in try await replica.commit(changes) }
        }
        _ = try result.get()
        try heal()
        for box in boxes.indices {
            let shown = try running(box).readers.read { reader throws(StorageError) in
                try reader.record(animals, row)
            }
            let values = shown.map { [$0.values[1], $0.values[4], $0.values[6]] }
            if values != [.text("last word"), .integer(-7), .text("requested")] {
                throw Broken(
                    invariant: "I15",
                    detail: "box \(box) shows \(values ?? []) and not the last word")
            }
        }
    }

    /// I11: two histories of one writer are kept both, and every box tells of it.
    func checkAlarm(_ writer: WriterID) throws {
        for box in boxes.indices {
            let forks = try ask(box) { replica in
                await Result { () async throws in try await replica.forks() }
            }.get()
            guard !forks.contains(where: { $0.writer == writer }) else { continue }
            throw Broken(invariant: "I11", detail: "box \(box) raises no alarm for \(writer)")
        }
    }

    /// Acknowledged deeds of one writer have distinct sequences up to its head.
    private func checkSequences(_ status: ReplicaStatus) throws {
        var seen: [WriterID: Set<UInt64>] = [:]
        let mayFork = mayFork.withLock { $0 }
        for deed in acknowledged.withLock({ $0 }) {
            if !seen[deed.name.writer, default: []].insert(deed.name.sequence).inserted {
                guard mayFork, deed.box == unreliable else {
                    throw Broken(invariant: "I11", detail: "a sequence was given twice")
                }
                try checkAlarm(deed.name.writer)
            }
            if status.vector.sequence(of: deed.name.writer) < deed.name.sequence {
                throw Broken(invariant: "I03", detail: "an acknowledged sequence is missing")
            }
        }
    }
}

private final class Holder<Answer: Sendable>: Sendable {
    let answer: Mutex<Answer?>

    init(answer: consuming Mutex<Answer?>) { self.answer = answer }
}

extension Result where Failure == any Error {
    init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
