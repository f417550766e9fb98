import EdgeNode
import Synchronization

/// Runs every job of every actor and task of a simulated fleet on the caller's thread, in an order
/// drawn by seed: the same seed gives the same day, another seed another interleaving.
final class SeededExecutor: DiskExecuting, TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var dice: Dice
        var performed = 0
    }

    private let state: Mutex<State>

    init(dice: Dice) { state = Mutex(State(dice: dice)) }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        state.withLock { $0.jobs.append(unowned) }
    }

    var hasWaitingJobs: Bool { state.withLock { !$0.jobs.isEmpty } }

    /// Jobs run so far: the fleet's own measure of time.
    var performed: Int { state.withLock { $0.performed } }

    /// Runs up to `limit` jobs.
    ///
    /// - Returns: whether nothing is left to run.
    @discardableResult
    func drain(upTo limit: Int = Int.max) -> Bool {
        for _ in 0..<limit {
            let job = state.withLock { state -> UnownedJob? in
                guard !state.jobs.isEmpty else { return nil }
                state.performed += 1
                // A job of one actor may overtake another's; an actor's own jobs stay in order
                // because the actor enqueues its next only when it is free.
                let index = state.dice.below(min(state.jobs.count, 8))
                return state.jobs.remove(at: index)
            }
            guard let job else { return true }
            job.runSynchronously(
                isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
        }
        return !hasWaitingJobs
    }

    /// Starts work on this executor and whatever it calls.
    @discardableResult
    func start(_ work: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self) { await work() }
    }
}
