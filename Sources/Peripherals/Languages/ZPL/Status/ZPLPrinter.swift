/// The talk with one label printer that speaks ZPL (`ZPL-Status.md`): asks how it is before a job,
/// hands it the bytes, and asks afterwards what it did. It tells each ``PrintJob`` its inputs.
///
/// The printer keeps its machine when the cable is pulled: the same printer is known again by its
/// identity. `Job` is the caller's name for a job.
public struct ZPLPrinter<Job: Hashable & Sendable>: Sendable {
    let settings: ZPLPrinterSettings
    var phase = Phase.absent
    /// The job that wants to be printed next.
    var wanted: Wish?
    /// The job whose bytes are in the printer and whose paper is not accounted for.
    var owed: Debt?
    var reader = ZPLAnswerReader()
    /// Bytes of a question that the link has not taken yet.
    var question: [UInt8] = []
    /// What the link is busy with.
    var flight: Flight?
    var lastSeen: Observation?

    enum Phase {
        case absent
        case idle
        case asking(Question, until: ContinuousClock.Instant)
        case resting(until: ContinuousClock.Instant)
        /// The job was told that it may start; its bytes are awaited.
        case granted(Job, labelsBefore: Int?)
        case sending(Sending)
    }

    struct Wish {
        let job: Job
        /// Told already; not told twice.
        var hold: PrintJob.Hold?
    }

    struct Debt {
        let job: Job
        /// The printer's count of labels before the job; nil where it does not count.
        let labelsBefore: Int?
        let copies: Int
        var isAsked = false
        /// Counts that did not fit although the printer holds nothing any more.
        var misses = 0
    }

    struct Sending {
        let job: Job
        let bytes: [UInt8]
        let copies: Int
        let labelsBefore: Int?
        var accepted = 0
        var lastProgress: ContinuousClock.Instant
    }

    enum Flight {
        case question
        case job(bytes: Int)
    }

    public enum Input: Sendable {
        /// The link to the printer is open; nothing was sent over it yet.
        case attached
        /// The link is gone.
        case detached
        /// This job wants to be printed next. A later wish replaces an earlier one.
        case prepare(Job)
        /// This job wants nothing any more: cancelled, or settled by a person or a scan.
        case withdraw(Job)
        /// The bytes of the job that was told `ready`, and the labels that they make.
        case send(Job, [UInt8], copies: Int)
        /// The job wants to know what became of it.
        case ask(Job)
        /// A job from before a restart, with the count that was kept for it.
        case restore(Job, labelsBefore: Int?, copies: Int)
        /// The link took this many bytes of the last `write`: all, or those until its own time-out,
        /// which is to be about a second. 0 is an answer. Said before anything that was received
        /// afterwards.
        case wrote(bytes: Int)
        case received([UInt8])
        case timerFired
    }

    public enum Effect: Sendable, Hashable {
        /// Hand these bytes to the link, then say `wrote`. Never two at a time.
        case write([UInt8])
        case tell(Job, PrintJob.Input)
        /// Keep this with the job before its attempt is stored; `restore` wants it back.
        case keep(Job, labelsBefore: Int)
        /// What a person may see. Said when it changes.
        case observe(Observation)
        /// Say `timerFired` then. Only the latest wake counts.
        case wake(at: ContinuousClock.Instant)
    }

    public enum Observation: Sendable, Hashable {
        case status(ZPLHostStatus)
        case errors(ZPLErrorStatus)
        /// It was asked and did not answer: no paper, an open head, overheated, or hung.
        case silent
        /// The printer took a part of the job and takes no more at present.
        case stalled(Job, acceptedBytes: Int, of: Int)
        /// It holds nothing any more, and its count has not moved by the copies.
        case unaccounted(Job, labels: Int, of: Int)
        /// It holds nothing any more and keeps no count: whether paper came out is not known.
        case drained(Job)
    }

    public init(_ settings: ZPLPrinterSettings) { self.settings = settings }

    /// Pure and total. The caller performs the effects in order and feeds their outcomes back.
    public mutating func handle(
        _ input: Input, at now: ContinuousClock.Instant
    ) -> [Effect] {
        switch input {
        case .attached: attach(at: now)
        case .detached: detach()
        case .prepare(let job): prepare(job, at: now)
        case .withdraw(let job): withdraw(job)
        case .send(let job, let bytes, let copies): send(job, bytes, copies, at: now)
        case .ask(let job): ask(job, at: now)
        case .restore(let job, let labels, let copies): restore(job, labels, copies)
        case .wrote(let bytes): finishWrite(bytes, at: now)
        case .received(let bytes): receive(bytes, at: now)
        case .timerFired: wake(at: now)
        }
    }
}

/// What the profile says of the talk with a printer.
public struct ZPLPrinterSettings: Sendable, Hashable {
    /// Bytes of one transfer, 1 to 65,536.
    public let transferBytes: Int
    /// Silence after this.
    public let answersWithin: Duration
    /// Between two questions while a job is in the printer; four times as long while it is held.
    public let asksEvery: Duration
    /// A job of which the printer took no byte for so long is given back.
    public let stallsAfter: Duration
    /// The printer keeps a count of labels, `odometer.total_label_count`.
    public let countsLabels: Bool

    public init(
        transferBytes: Int = 8_192, answersWithin: Duration = .milliseconds(700),
        asksEvery: Duration = .milliseconds(500), stallsAfter: Duration = .seconds(3),
        countsLabels: Bool
    ) {
        self.transferBytes = max(1, min(65_536, transferBytes))
        self.answersWithin = answersWithin
        self.asksEvery = asksEvery
        self.stallsAfter = stallsAfter
        self.countsLabels = countsLabels
    }
}

/// What the machine asks a printer.
enum Question: Hashable {
    case status
    /// Asked when `~HS` is not answered: Zebra's page says that it is not while something is open
    /// or out.
    case errors
    case count

    var bytes: [UInt8] {
        switch self {
        case .status: Array("~HS".utf8)
        case .errors: Array("~HQES".utf8)
        case .count: Array("! U1 getvar \"odometer.total_label_count\"\r\n".utf8)
        }
    }
}
