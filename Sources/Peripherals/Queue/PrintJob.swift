/// One wish for paper on its way to one printer (`Print-Job-States.md`).
///
/// A job is on disk before its first byte leaves. Once a byte may have left, the job never goes
/// back to the queue by itself: paper may exist that nobody sees from here.
public struct PrintJob: Sendable {
    public internal(set) var state: State
    /// The number of the latest attempt; 0 before the first.
    public internal(set) var attempt: Int
    /// How many attempts in a row failed before their first byte.
    var misses: Int
    let printer: Printer

    public enum State: Sendable, Hashable {
        case queued
        /// Nothing was sent, and nothing will be until the printer is well.
        case held(Hold)
        /// The attempt is being written to disk; no byte has been handed to the link.
        case starting
        case sending(acceptedBytes: Int)
        /// The link took every byte; whether paper came out is not known yet. Without `until` the
        /// printer cannot tell, and a scan or a person must.
        case sent(until: ContinuousClock.Instant?)
        case printed(Evidence)
        /// No byte left. Without `retryAt` it waits for a person.
        case failed(retryAt: ContinuousClock.Instant?)
        /// Bytes left and nobody knows what became of them. Waits for evidence or a person.
        case unknown
        case cancelled
    }

    /// What is known of the printer when the job is made.
    public struct Printer: Sendable, Hashable {
        /// How long to wait for a confirmation; nil if this printer cannot give one.
        public let confirmsWithin: Duration?

        public init(confirmsWithin: Duration?) { self.confirmsWithin = confirmsWithin }
    }

    public enum Hold: String, Sendable, CaseIterable {
        case absent, silent, paperOut, ribbonOut, headOpen, paused, busy, fault
        /// No printer for this role can take a label of this width.
        case unfit
        /// Several printers could take it, and nobody said which.
        case undecided
    }

    /// Why a job counts as printed.
    public enum Evidence: String, Sendable, CaseIterable {
        /// The printer's own counters moved by the copies, and it holds nothing any more.
        case counters
        /// The printed tag was scanned.
        case scan
        /// Somebody looked.
        case person
        /// The bytes lie whole and synced in a file: a folder stands in for the printer.
        case file
    }

    public enum Input: Sendable, Hashable {
        /// The printer is here, well and free.
        case ready
        case blocked(Hold)
        /// The record of this store effect is durable.
        case stored(Record)
        /// The link took this many bytes of the attempt so far.
        case accepted(bytes: Int)
        case acceptedAll
        /// The link broke or made no progress, having taken this many bytes in all.
        case interrupted(acceptedBytes: Int)
        case confirmed(Evidence)
        case timerFired
        /// A person does not want it any more.
        case cancel
        /// A person wants it printed, knowing that paper may exist already.
        case again
        /// The node has come up and found this job on disk.
        case restarted
        /// The node has come up with an older copy of its folder: what became of the job since the
        /// copy was made nobody knows here.
        case restored
    }

    public enum Effect: Sendable, Hashable {
        /// Make this durable, then say `stored`.
        case store(Record)
        /// Hand the bytes of the job to the link, from the first on.
        case send(attempt: Int)
        /// Ask the printer what it did, if it can tell.
        case ask(attempt: Int)
        /// Say `timerFired` then. Only the latest wake counts.
        case wake(at: ContinuousClock.Instant)
        /// Tell the person that it cannot be done, and why.
        case refuse(Refusal)
    }

    public enum Refusal: Sendable, Hashable {
        /// Bytes have left: only the printer can stop it now.
        case atThePrinter
        /// It is over; a new wish is a new job.
        case over
        /// It is waiting to be printed already.
        case waiting
    }

    /// Attempts that may fail before their first byte until a person is asked.
    public static let missesMax = 6

    public init(for printer: Printer) {
        state = .queued
        attempt = 0
        misses = 0
        self.printer = printer
    }

    /// Pure. The caller performs the effects in order and feeds their outcomes back as inputs.
    public mutating func handle(
        _ input: Input, at now: ContinuousClock.Instant
    ) -> [Effect] {
        let effects =
            switch input {
            case .ready: start()
            case .blocked(let hold): block(hold)
            case .stored(let record): continueAfter(record)
            case .accepted(let bytes): progress(bytes)
            case .acceptedAll: finishSending(at: now)
            case .interrupted(let bytes): interrupt(bytes, at: now)
            case .confirmed(let evidence): confirm(evidence)
            case .timerFired: wake(at: now)
            case .cancel: cancel()
            case .again: printAgain()
            case .restarted: restart(at: now)
            case .restored: doubt(at: now)
            }
        assert(invariantViolation == nil, invariantViolation ?? "")
        return effects
    }
}
