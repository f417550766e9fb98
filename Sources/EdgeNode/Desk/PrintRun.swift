internal import CRDT
internal import Foundation
internal import Peripherals
internal import ReplicaStorage

/// Where jobs' records are kept: the replica.
typealias PrintLedger =
    @Sendable (
        @escaping @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed
    ) async throws -> Commit?

/// One job's machine with what is kept of it: the effect here, an event row for everybody.
struct PrintRun {
    private let job: RowID
    private let node: Node
    private var machine: PrintJob
    private var number: Int64

    init(job: RowID, node: Node, kept: StoredEffect) {
        self.job = job
        self.node = node
        // The file printer confirms at once or not at all; nothing is waited for.
        let printer = PrintJob.Printer(confirmsWithin: nil)
        let detail = PrintDetail(decoding: kept.detail)
        number = detail?.number ?? 0
        machine = PrintJob(restoring: Self.record(kept, detail), for: printer)
    }

    /// What is known of a job that was kept. One whose record cannot be read counts as cut off
    /// while sending: paper may exist, and only one that never left the queue is surely fresh.
    private static func record(_ kept: StoredEffect, _ detail: PrintDetail?) -> PrintJob.Record {
        if kept.state == PrintService.queuedState, detail == nil {
            return PrintJob.Record(state: .queued, attempt: 0, misses: 0)
        }
        guard let detail, let state = PrintJob.StateWord(rawValue: kept.state) else {
            return PrintJob.Record(state: .sending, attempt: detail?.attempt ?? 1, misses: 0)
        }
        return PrintJob.Record(
            state: state, attempt: detail.attempt, misses: detail.misses, detail: detail.word)
    }

    var attempt: Int { machine.attempt }

    /// Nothing will happen to it any more.
    var isOver: Bool {
        switch machine.state {
        case .printed, .cancelled: true
        case .queued, .held, .starting, .sending, .sent, .failed, .unknown: false
        }
    }

    mutating func handle(_ input: PrintJob.Input) -> [PrintJob.Effect] {
        machine.handle(input, at: ContinuousClock.now)
    }

    /// Durable before it returns: effect and event row in one transaction.
    mutating func keep(_ record: PrintJob.Record, in ledger: PrintLedger) async throws {
        number += 1
        let now = node.environment.wallMilliseconds()
        let detail = PrintDetail(
            attempt: record.attempt, misses: record.misses, number: number, word: record.detail)
        let effect = StoredEffect(
            row: job, kind: PrintService.effectKind, state: record.state.rawValue,
            detail: detail.encoded, wallMilliseconds: now)
        let values: [String: Value] = [
            "job": .reference(job), "site": .reference(node.site), "occurred_at": .integer(now),
            "state": .text(record.state.rawValue), "attempt": .integer(Int64(record.attempt)),
            "misses": .integer(Int64(record.misses)),
            "detail": record.detail.map { .text($0) } ?? .null, "number": .integer(number),
        ]
        guard let collection = node.replica.schema.collection(named: "print_job_event") else {
            throw NodeFault(.stopped, "the packs have no print_job_event")
        }
        _ = try await ledger { _, ids throws(StorageError) in
            Deed(changes: [collection.insert(ids.draw(), values)], effects: [effect])
        }
    }
}

/// What `warren_effect.detail` holds for a print job, as JSON.
private struct PrintDetail: Codable {
    let attempt: Int
    let misses: Int
    /// Of the last event row.
    let number: Int64
    let word: String?

    init(attempt: Int, misses: Int, number: Int64, word: String?) {
        self.attempt = attempt
        self.misses = misses
        self.number = number
        self.word = word
    }

    init?(decoding bytes: [UInt8]) {
        guard let known = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            return nil
        }
        self = known
    }

    var encoded: [UInt8] { (try? Array(JSONEncoder().encode(self))) ?? [] }
}

/// A job's words, kept as one flat JSON object.
enum LabelWords {
    static func decode(_ text: String?) -> [String: String] {
        guard let text else { return [:] }
        let words = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8))
        return words ?? [:]
    }
}

extension RowCollection {
    /// A new row by field names; nulls and unknown names are left out.
    func insert(_ row: RowID, _ values: [String: Value]) -> RowOperation {
        let cells = fields.compactMap { field -> CellOperation? in
            guard let value = values[field.name], !value.isNull else { return nil }
            return CellOperation(field: field.id, action: .assign(value))
        }
        return RowOperation(
            collection: id, row: row, kind: .insert, cells: cells.sorted { $0.field < $1.field })
    }
}
