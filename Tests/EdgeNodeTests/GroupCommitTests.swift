import CRDT
import Dispatch
import EdgeNode
import ReplicaStorage
import Testing

struct GroupCommitTests {
    @Test func `a commit that finds nobody waiting leads at once`() {
        var group = GroupCommit()
        #expect(group.handle(.submitted(1)) == [.lead])
        #expect(group.handle(.gathered) == [.write([1])])
    }

    @Test func `whoever comes while one leads is written with it, in order`() {
        var group = GroupCommit()
        #expect(group.handle(.submitted(1)) == [.lead])
        #expect(group.handle(.submitted(2)) == [.wait])
        #expect(group.handle(.submitted(3)) == [.wait])
        #expect(group.handle(.gathered) == [.write([1, 2, 3])])
        #expect(group.handle(.submitted(4)) == [.lead])
    }

    @Test func `a crowd is written in transactions of bounded size`() {
        var group = GroupCommit()
        let crowd = UInt64(GroupCommit.jobsMax * 2 + 1)
        for job in 1...crowd { _ = group.handle(.submitted(job)) }
        let batches = group.handle(.gathered).map { effect -> [GroupCommit.JobID] in
            if case .write(let jobs) = effect { jobs } else { [] }
        }
        #expect(batches.map(\.count) == [GroupCommit.jobsMax, GroupCommit.jobsMax, 1])
        #expect(batches.flatMap { $0 } == Array(1...crowd))
    }

    @Test func `nothing is written when nobody submitted`() {
        var group = GroupCommit()
        #expect(group.handle(.gathered) == [])
    }

    @Test(.timeLimit(.minutes(5)))
    func `whoever waits is answered, wherever its task prefers to run`() async throws {
        try await ImportBoxes.with { boxes in
            let replica = boxes.north.node.replica
            let threads = [OwnThread(), OwnThread()]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for crowd in 0..<16 {
                    group.addTask(executorPreference: threads[crowd % 2]) {
                        for turn in 0..<50 {
                            try await Self.keep("\(crowd)-\(turn)", replica)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func keep(_ key: String, _ replica: Replica) async throws {
        let answer = StoredAnswer(
            key: key, request: ContentHash(0, 0, 0, 1), answer: [1], wallMilliseconds: 1)
        _ = try await replica.commit(deed: { _, _ throws(StorageError) in Deed(answer: answer) })
    }
}

/// As an event loop would: a wait then gives others a turn where it seems to give none.
private final class OwnThread: TaskExecutor {
    private let queue = DispatchQueue(label: "own")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
