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
    let job: RowID
    let order: PrintOrder
    let isTest: Bool
    private var machine: PrintJob
    /// Of its newest event that is known here.
    private(set) var number: Int64
    /// The printer that it is given to; of one cut off by a restart, the one that may have it.
    private(set) var slot: String?
    /// Which copy of the label is next: 1, and one more with each wish to print what may exist.
    private(set) var copy = 1
    /// The printer's count of labels before this attempt.
    var labelsBefore: Int?
    /// What the disk could not take yet.
    var owed: PrintJob.Record?

    /// A job as it is kept. Its printer is not known yet; a job that left the queue keeps waiting
    /// for a scan or a person, if none is ever found.
    ///
    /// - Parameter other: the number of the newest event that is known of the job.
    init(_ order: PrintOrder, kept: StoredEffect, after other: Int64 = 0) {
        job = kept.row
        self.order = order
        isTest = false
        let detail = PrintDetail(decoding: kept.detail)
        number = max(detail?.number ?? 0, other)
        slot = detail?.printer
        labelsBefore = detail?.labelsBefore
        copy = detail?.copy ?? 1
        machine = PrintJob(
            restoring: Self.record(kept, detail), for: .init(confirmsWithin: nil))
    }

    /// A test label: no row asks for it and none tells of it.
    init(_ order: PrintOrder, test job: RowID) {
        self.job = job
        self.order = order
        isTest = true
        number = 0
        machine = PrintJob(for: .init(confirmsWithin: nil))
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

    /// Others know of a newer event.
    mutating func follow(_ newest: Int64) { number = max(number, newest) }

    var attempt: Int { machine.attempt }
    var record: PrintJob.Record { machine.record }

    /// It waits for a printer, and no byte of it is under way.
    var isWaiting: Bool {
        switch machine.state {
        case .queued, .held: true
        case .starting, .sending, .sent, .printed, .failed, .unknown, .cancelled: false
        }
    }

    /// A printer is busy with it, or is to be.
    var isAtPrinter: Bool {
        switch machine.state {
        case .queued, .held, .starting, .sending: true
        case .sent, .printed, .failed, .unknown, .cancelled: false
        }
    }

    /// Bytes have left, and nobody has seen paper.
    var isUncertain: Bool {
        switch machine.state {
        case .sending, .sent, .unknown: true
        case .queued, .held, .starting, .printed, .failed, .cancelled: false
        }
    }

    /// Nothing will happen to it any more.
    var isOver: Bool {
        switch machine.state {
        case .printed, .cancelled: true
        case .queued, .held, .starting, .sending, .sent, .failed, .unknown: false
        }
    }

    /// Gives a waiting job to a printer, or takes it from all.
    mutating func assign(_ slot: PrinterSlot?) {
        guard isWaiting, self.slot != slot?.id || labelsBefore != nil else { return }
        self.slot = slot?.id
        labelsBefore = nil
        machine = PrintJob(
            restoring: machine.record, for: .init(confirmsWithin: slot?.confirmsWithin))
    }

    /// The printer of a job from before a restart is known again, and so is whether it can tell.
    mutating func reunite(with slot: PrinterSlot) {
        machine = PrintJob(
            restoring: machine.record, for: .init(confirmsWithin: slot.confirmsWithin))
    }

    mutating func handle(_ input: PrintJob.Input) -> [PrintJob.Effect] {
        let mayExist = isUncertain
        let effects = machine.handle(input, at: ContinuousClock.now)
        if input == .again, mayExist, case .queued = machine.state { copy += 1 }
        return effects
    }

    /// The deed that keeps a state: effect and event row in one transaction.
    mutating func deed(
        _ record: PrintJob.Record, by staff: RowID?, answer: StoredAnswer?, at node: Node
    ) throws -> @Sendable (Reader, inout RowIDSource) throws(StorageError) -> Deed {
        number += 1
        let now = node.environment.wallMilliseconds()
        let detail = PrintDetail(
            attempt: record.attempt, misses: record.misses, number: number, word: record.detail,
            printer: slot, labelsBefore: labelsBefore, copy: copy)
        let effect = StoredEffect(
            row: job, kind: PrintService.effectKind, state: record.state.rawValue,
            detail: detail.encoded, wallMilliseconds: now)
        let values: [String: Value] = [
            "job": .reference(job), "site": .reference(node.site), "occurred_at": .integer(now),
            "state": .text(record.state.rawValue), "attempt": .integer(Int64(record.attempt)),
            "misses": .integer(Int64(record.misses)),
            "detail": record.detail.map { .text($0) } ?? .null, "number": .integer(number),
            "by": staff.map { .reference($0) } ?? .null,
        ]
        guard let collection = node.replica.schema.collection(named: "print_job_event") else {
            throw NodeFault(.stopped, "the packs have no print_job_event")
        }
        return { reader, ids throws(StorageError) in
            // In the turn: another wish may have taken the key since it was looked for.
            if let answer, try reader.answer(to: answer.key) != nil {
                throw StorageError(.refused, "its Idempotency-Key was used meanwhile")
            }
            return Deed(
                changes: [collection.insert(ids.draw(), values)], answer: answer,
                effects: [effect])
        }
    }
}

/// What `warren_effect.detail` holds for a print job, as JSON.
struct PrintDetail: Codable {
    let attempt: Int
    let misses: Int
    /// Of the last event row.
    let number: Int64
    let word: String?
    /// The slot that has it; only this box knows its printers.
    var printer: String?
    var labelsBefore: Int?
    /// Absent in what older programs kept.
    var copy: Int?

    init(
        attempt: Int, misses: Int, number: Int64, word: String?, printer: String?,
        labelsBefore: Int?, copy: Int? = nil
    ) {
        self.attempt = attempt
        self.misses = misses
        self.number = number
        self.word = word
        self.printer = printer
        self.labelsBefore = labelsBefore
        self.copy = copy
    }

    init?(decoding bytes: [UInt8]) {
        guard let known = try? JSONDecoder().decode(Self.self, from: Data(bytes)) else {
            return nil
        }
        self = known
    }

    /// A job that waited, as one whose bytes may have left.
    static func begun(_ effect: StoredEffect) -> StoredEffect {
        let kept = PrintDetail(decoding: effect.detail)
        let detail = PrintDetail(
            attempt: max(1, kept?.attempt ?? 1), misses: kept?.misses ?? 0,
            number: kept?.number ?? 0, word: nil, printer: kept?.printer,
            labelsBefore: kept?.labelsBefore, copy: kept?.copy)
        return StoredEffect(
            row: effect.row, kind: effect.kind, state: PrintJob.StateWord.sending.rawValue,
            detail: detail.encoded, wallMilliseconds: effect.wallMilliseconds)
    }

    var encoded: [UInt8] { (try? Array(JSONEncoder().encode(self))) ?? [] }
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
