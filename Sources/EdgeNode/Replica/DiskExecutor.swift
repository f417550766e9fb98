internal import Foundation
internal import Synchronization

/// A serial executor that knows whether callers wait behind the running job.
public protocol DiskExecuting: SerialExecutor {
    var hasWaitingJobs: Bool { get }
}

/// One thread for the replica's disk, so that an fsync never blocks Swift's own pool.
public final class DiskExecutor: DiskExecuting {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)

    public init(name: String = "warren-disk") {
        let thread = Thread { [self] in run() }
        thread.name = name
        // Row decoding of a 1 MiB transaction is iterative; SQLite asks for less than this.
        thread.stackSize = 4 << 20
        thread.start()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        queue.withLock { $0.jobs.append(unowned) }
        wake.signal()
    }

    public var hasWaitingJobs: Bool { queue.withLock { !$0.jobs.isEmpty } }

    /// Ends the thread after the queued jobs.
    public func stop() {
        queue.withLock { $0.isStopped = true }
        wake.signal()
    }

    private func run() {
        while true {
            wake.wait()
            let next = queue.withLock { queue -> (job: UnownedJob?, isDone: Bool) in
                queue.jobs.isEmpty
                    ? (nil, queue.isStopped) : (queue.jobs.removeFirst(), false)
            }
            if let job = next.job { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if next.isDone { return }
        }
    }
}
