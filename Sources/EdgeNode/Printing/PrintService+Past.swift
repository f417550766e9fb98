internal import CRDT
internal import FrontDesk
internal import Peripherals
internal import ReplicaStorage

/// Jobs that an earlier start left open, as the others know them.
///
/// A folder that was put back from a backup shows jobs as waiting that were printed since; what the
/// box did then is known to its relay and to other boxes, and at times to the anchor beside the
/// database. Nothing is written of such jobs before the others were heard, since a box that writes
/// on from an older copy makes a second history.
extension PrintService {
    /// How long such jobs wait for word of the others, in milliseconds of the steady clock; a box
    /// that is cut off must print too.
    static let patience: Int64 = 20_000

    /// What there is to say of a job on disk that this process has not taken up.
    enum Past {
        /// Others may know more of it, and were not heard yet.
        case awaited
        /// Nobody knows more of it than this file.
        case known
        /// This box went on with it after this file was copied: paper may exist. With the number
        /// of the newest event that is known.
        case older(Int64)
        /// It came to its end after this file was copied.
        case over(JobEnd)

        var number: Int64 {
            switch self {
            case .older(let number): number
            case .awaited, .known, .over: 0
            }
        }
    }

    /// The event that ended a job.
    struct JobEnd {
        let record: PrintJob.Record
        let number: Int64
        let occurredAt: Int64
    }

    var awaitsOthers: Bool {
        guard node.before.hasOthers, !node.before.isKnownOlder, !node.hasHeardAllOthers else {
            return false
        }
        return node.environment.steadyMilliseconds() - begun < Self.patience
    }

    func past(of effect: StoredEffect) throws -> Past {
        guard node.before.printJobs.contains(effect.row) else { return .known }
        if awaitsOthers { return .awaited }
        let (newest, end) = try events(of: effect.row)
        if let end { return .over(end) }
        let here = PrintDetail(decoding: effect.detail)?.number ?? 0
        return node.before.isKnownOlder || newest > here ? .older(newest) : .known
    }

    /// Once the others were heard, settles what they know the end of, and puts in doubt what still
    /// waits although this box once went on with it.
    func learn() async throws {
        guard !hasLearnt, node.hasHeardOthers else { return }
        // Before anything is read: what comes meanwhile is looked at the next time.
        let (hasHeardAll, place) = (node.hasHeardAllOthers, node.replica.feed.place)
        if hasNews { try await learnFromEvents() }
        guard !isDiskStuck else { return }
        (learnt, hasLearnt) = (place, hasHeardAll)
    }

    /// Whether events of jobs may have come since they were last looked through.
    private var hasNews: Bool {
        guard let learnt, let events = packs.schema.collection(named: "print_job_event"),
            let rows = node.replica.feed.changes(after: learnt).rows
        else { return true }
        return rows.collections.contains(events.id)
    }

    private func learnFromEvents() async throws {
        for job in node.before.printJobs.sorted() {
            guard let run = runs[job], !isDiskStuck else { continue }
            let (newest, end) = try events(of: job)
            if let end {
                if !run.isOver { try await adopt(end, of: job) }
            } else if newest > run.number {
                runs[job]?.follow(newest)
                guard !run.isUncertain else { continue }
                await withdraw(job, from: run.slot)
                try await give(job, .restored)
            }
        }
    }

    /// Keeps the end that a job is known to have come to. The row that tells of it is there.
    func adopt(_ end: JobEnd, of job: RowID) async throws {
        guard !isDiskStuck else { return }
        let record = end.record
        let detail = PrintDetail(
            attempt: record.attempt, misses: record.misses, number: end.number,
            word: record.detail, printer: nil, labelsBefore: nil)
        let effect = StoredEffect(
            row: job, kind: Self.effectKind, state: record.state.rawValue,
            detail: detail.encoded, wallMilliseconds: end.occurredAt)
        do {
            _ = try await ledger({ _, _ throws(StorageError) in Deed(effects: [effect]) })
        } catch let error as StorageError where error.code == .diskFull || error.code == .busy {
            isDiskStuck = true
            return
        }
        let slot = runs[job]?.slot
        runs[job] = nil
        current = current.filter { $0.value != job }
        await withdraw(job, from: slot)
        tell(job, record)
    }

    /// - Returns: the highest number of a job's events, and the event that ended it, if one did.
    private func events(of job: RowID) throws -> (newest: Int64, end: JobEnd?) {
        guard let collection = packs.schema.collection(named: "print_job_event") else {
            return (0, nil)
        }
        let rows = try node.read { reader throws(StorageError) in
            try reader.records(
                collection, matching: [.equals(field: "job", .reference(job))],
                limit: Self.eventsMax)
        }
        var (newest, end): (Int64, JobEnd?) = (0, nil)
        for row in rows.map({ NamedRow($0, collection) }) {
            let number = row.integer("number") ?? 0
            newest = max(newest, number)
            guard let state = row.text("state").flatMap(PrintJob.StateWord.init),
                !Self.openStates.contains(state)
            else { continue }
            let record = PrintJob.Record(
                state: state, attempt: Int(clamping: row.integer("attempt") ?? 1),
                misses: Int(clamping: row.integer("misses") ?? 0), detail: row.text("detail"))
            end = JobEnd(
                record: record, number: number, occurredAt: row.integer("occurred_at") ?? 0)
        }
        return (newest, end)
    }

    /// Far more than a job gets in its life: each is one change of its state.
    private static let eventsMax = 10_000
}
