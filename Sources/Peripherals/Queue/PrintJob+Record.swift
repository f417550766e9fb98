extension PrintJob {
    /// A job's state as it is kept: one event of the job, appended to those before it.
    public struct Record: Sendable, Hashable {
        public let state: StateWord
        public let attempt: Int
        public let misses: Int
        /// The hold's or the evidence's word.
        public let detail: String?

        public init(state: StateWord, attempt: Int, misses: Int, detail: String? = nil) {
            self.state = state
            self.attempt = attempt
            self.misses = misses
            self.detail = detail
        }
    }

    /// The words of the states, as the tables and the pages say them. They are for ever.
    public enum StateWord: String, Sendable, CaseIterable {
        case queued, held, sending, sent, printed, failed, unknown, cancelled
    }

    /// What must be on disk of the present state. `starting` and `sending` are one word: on disk
    /// nobody can tell whether the first byte followed the record.
    public var record: Record {
        switch state {
        case .queued: record(.queued)
        case .held(let hold): record(.held, hold.rawValue)
        case .starting, .sending: record(.sending)
        case .sent: record(.sent)
        case .printed(let evidence): record(.printed, evidence.rawValue)
        case .failed: record(.failed)
        case .unknown: record(.unknown)
        case .cancelled: record(.cancelled)
        }
    }

    private func record(_ word: StateWord, _ detail: String? = nil) -> Record {
        Record(state: word, attempt: attempt, misses: misses, detail: detail)
    }

    /// A job found on disk; follow with the input `restarted`.
    public init(restoring record: Record, for printer: Printer) {
        self.init(for: printer)
        // Whatever the record says, a job that left the queue had a first attempt.
        attempt = max(record.state == .queued || record.state == .held ? 0 : 1, record.attempt)
        misses = max(0, record.misses)
        state =
            switch record.state {
            case .queued: .queued
            case .held: .held(record.detail.flatMap(Hold.init) ?? .silent)
            case .sending: .sending(acceptedBytes: 0)
            case .sent: .sent(until: nil)
            case .printed: .printed(record.detail.flatMap(Evidence.init) ?? .person)
            case .failed: .failed(retryAt: nil)
            case .unknown: .unknown
            case .cancelled: .cancelled
            }
    }

    /// Nil while the job is sound; else what is wrong with it.
    var invariantViolation: String? {
        switch state {
        case .queued, .held, .cancelled: nil
        case .starting, .sending, .sent, .printed, .failed, .unknown:
            attempt > 0 ? nil : "a job left the queue without an attempt"
        }
    }
}
