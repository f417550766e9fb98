import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PeerTransport
import Testing

@Suite(.timeLimit(.minutes(5))) struct SenderPaceTests {
    /// The writer of a channel takes whatever it is given until its loop says that the socket is
    /// full, which a loop that is kept waiting cannot say.
    @Test func `a sender waits for its event loop, and hands it no heap of messages`()
        async throws
    {
        let listener = try await PeerListener.bind(
            try PeerAddress(host: "127.0.0.1", port: 0), options: .patient,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await listener.run { link in while await link.receive() != nil {} }
            }
            try await PeerDialer(listener.address, options: .patient).withLink { link in
                let (loops, steps) = (HeldLoops(), SteppedExecutor())
                let sent = NIOLockedValueBox(0)
                let sender = Task(executorPreference: steps) {
                    for _ in 0..<100 {
                        try await link.send([UInt8](repeating: 9, count: 250_000))
                        sent.withLockedValue { $0 += 1 }
                    }
                }
                // All that can be done while no loop moves.
                steps.runAll()
                #expect((1...8).contains(sent.withLockedValue(\.self)))
                loops.release()
                steps.release()
                await #expect(throws: Never.self) { try await sender.value }
                #expect(sent.withLockedValue(\.self) == 100)
            }
            group.cancelAll()
        }
    }
}

/// Every event loop of this process, kept from its work until `release`.
private struct HeldLoops {
    private let gate = DispatchSemaphore(value: 0)
    private let count: Int

    init() {
        let gate = gate
        let entered = DispatchSemaphore(value: 0)
        var count = 0
        for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() {
            count += 1
            loop.execute {
                entered.signal()
                gate.wait()
            }
        }
        self.count = count
        for _ in 0..<count { entered.wait() }
    }

    func release() {
        for _ in 0..<count { gate.signal() }
    }
}

/// Runs a task's jobs when told to; when `runAll` returns, the task waits for somebody else.
private final class SteppedExecutor: TaskExecutor {
    private let jobs = NIOLockedValueBox<[UnownedJob]?>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isKept = jobs.withLockedValue { jobs in
            jobs?.append(job)
            return jobs != nil
        }
        if !isKept { run(elsewhere: job) }
    }

    func runAll() {
        while let job = jobs.withLockedValue({ $0?.isEmpty == false ? $0?.removeFirst() : nil }) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// From now on jobs run as they come.
    func release() {
        let kept = jobs.withLockedValue { jobs in
            defer { jobs = nil }
            return jobs ?? []
        }
        kept.forEach(run(elsewhere:))
    }

    private func run(elsewhere job: UnownedJob) {
        DispatchQueue.global().async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
