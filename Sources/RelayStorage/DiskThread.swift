internal import Glibc
internal import Synchronization

/// One thread for a store's disk, so that an fsync never blocks Swift's own pool.
// Sendable because the semaphore is only posted to and waited on, which threads may do at once, and
// is destroyed by its own thread after the last wait; the queue is behind a mutex.
final class DiskThread: SerialExecutor, @unchecked Sendable {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wake: UnsafeMutablePointer<sem_t>

    init() {
        wake = .allocate(capacity: 1)
        sem_init(wake, 0, 0)
        var thread = pthread_t()
        // The thread keeps this value alive until `stop`.
        let context = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<DiskThread>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        precondition(result == 0, "the system starts no thread for the relay's disk")
        pthread_detach(thread)
    }

    deinit {
        sem_destroy(wake)
        wake.deallocate()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.withLock { $0.jobs.append(unowned) }
        sem_post(wake)
    }

    /// Whether callers wait behind the running job.
    var hasWaitingJobs: Bool { queue.withLock { !$0.jobs.isEmpty } }

    /// Ends the thread after the queued jobs.
    func stop() {
        queue.withLock { $0.isStopped = true }
        sem_post(wake)
    }

    private func run() {
        while true {
            while sem_wait(wake) != 0 {}
            let (job, isDone) = queue.withLock { queue -> (UnownedJob?, Bool) in
                queue.jobs.isEmpty ? (nil, queue.isStopped) : (queue.jobs.removeFirst(), false)
            }
            job?.runSynchronously(on: asUnownedSerialExecutor())
            if isDone { return }
        }
    }
}
