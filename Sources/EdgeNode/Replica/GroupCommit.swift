/// Gathers commits that arrive while the disk is busy into one SQLite transaction: one fsync for
/// all of them. Pure; the `Replica` actor drives it, the seeded executor does so in simulation.
///
/// A commit that finds nobody waiting is written at once: there is no timer.
public struct GroupCommit: Sendable {
    public typealias JobID = UInt64

    public enum Input: Sendable, Hashable {
        case submitted(JobID)
        /// Whoever was told to lead has let the others in.
        case gathered
    }

    public enum Effect: Sendable, Hashable {
        /// The submitter leads: it lets waiting callers in and then reports `gathered`.
        case lead
        /// The submitter waits; a leader writes for it.
        case wait
        case write([JobID])
    }

    /// Jobs of one SQLite transaction: bounds how long a reader of the result waits.
    public static let jobsMax = 512

    private var queue: [JobID] = []
    private var isLed = false

    public init() {}

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .submitted(let job):
            queue.append(job)
            if isLed { return [.wait] }
            isLed = true
            return [.lead]
        case .gathered:
            isLed = false
            var effects: [Effect] = []
            while !queue.isEmpty {
                effects.append(.write(Array(queue.prefix(Self.jobsMax))))
                queue.removeFirst(min(queue.count, Self.jobsMax))
            }
            return effects
        }
    }
}
