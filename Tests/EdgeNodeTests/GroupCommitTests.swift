import EdgeNode
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
}
