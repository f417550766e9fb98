import CRDT
import Signing
import Testing

@Suite struct RosterRightsTests {
    private let fleet = Fleet()
    private let some = Rights(isAdmin: false, collections: .only([4, 5]))

    private func cut(_ sequence: UInt64, _ chain: UInt8 = 7) -> Cut {
        Cut(incarnation: 1, sequence: sequence, chain: .filled(chain))
    }

    @Test func `rights are judged at the cited head`() {
        let one = fleet.entry(fleet.add(1, at: 0, some), by: 0, after: [fleet.genesis])
        let more = fleet.entry(fleet.add(1, at: 0, .desk), by: 0, after: [one])
        let roster = fleet.roster([one, more])
        let name = fleet.name(1, 5)
        #expect(roster.judge(name, writing: 4, citing: one.hash) == .allowed)
        #expect(
            roster.judge(name, writing: 6, citing: one.hash)
                == .refused(.noRight(collection: 6)))
        #expect(roster.judge(name, writing: 6, citing: more.hash) == .allowed)
        #expect(
            roster.judge(name, writing: 4, citing: fleet.genesis.hash) == .refused(.notAMember))
        #expect(
            roster.judge(name, writing: 4, citing: .filled(1)) == .pending(.filled(1)))
    }

    @Test func `a revocation holds beyond its cut whatever head is cited`() {
        let one = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let revoked = fleet.entry(fleet.revoke(1, [cut(9)]), by: 0, after: [one])
        let roster = fleet.roster([one, revoked])
        let beyond = Judgement.refused(.revoked(beyond: 9))
        #expect(roster.judge(fleet.name(1, 8), writing: 4, citing: one.hash) == .allowed)
        #expect(roster.judge(fleet.name(1, 9), writing: 4, citing: one.hash) == .allowed)
        #expect(roster.judge(fleet.name(1, 9, 8), writing: 4, citing: one.hash) == beyond)
        #expect(roster.judge(fleet.name(1, 10), writing: 4, citing: one.hash) == beyond)
        #expect(
            roster.judge(
                fleet.name(1, 8), writing: 4, citing: one.hash, lineage: { _ in .offBranch })
                == beyond)
        #expect(roster.judge(fleet.name(1, 8), writing: 4, citing: revoked.hash) == beyond)
        #expect(roster.cut(of: fleet.writer(1)) == .through(cut(9)))
        #expect(roster.cut(of: fleet.writer(1, 2)) == .nothing)
        #expect(roster.cut(of: fleet.writer(0)) == nil)
    }

    @Test func `below a cut the pinned branch decides, and until it is here nobody does`() {
        let one = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let less = fleet.entry(fleet.reduce(1, to: some, [cut(9)]), by: 0, after: [one])
        let roster = fleet.roster([one, less])
        let pin = TransactionName(writer: fleet.writer(1), sequence: 9, chain: .filled(7))
        func judge(_ sequence: UInt64, writing collection: UInt32, _ answer: Lineage) -> Judgement {
            roster.judge(
                fleet.name(1, sequence), writing: collection, citing: one.hash,
                lineage: { asked in
                    #expect(asked == pin)
                    return answer
                })
        }
        #expect(judge(8, writing: 6, .onBranch) == .allowed)
        #expect(judge(8, writing: 6, .offBranch) == .refused(.noRight(collection: 6)))
        #expect(judge(8, writing: 6, .unknown) == .undecided(pin))
        // It may write this on either branch; and nothing is asked at the cut or beyond it.
        #expect(judge(8, writing: 4, .unknown) == .allowed)
        #expect(judge(10, writing: 6, .unknown) == .refused(.noRight(collection: 6)))
        #expect(judge(9, writing: 6, .unknown) == .allowed)
    }

    @Test func `of concurrent revocations the lesser cut holds until a later one restates it`() {
        let admin = fleet.entry(fleet.add(2, .full), by: 0, after: [fleet.genesis])
        let one = fleet.entry(fleet.add(1), by: 0, after: [admin])
        let wide = fleet.entry(fleet.revoke(1, [cut(9)]), by: 0, after: [one])
        let narrow = fleet.entry(fleet.revoke(1, [cut(4)]), by: 2, after: [one])
        var roster = fleet.roster([admin, one, wide, narrow])
        #expect(roster.cut(of: fleet.writer(1)) == .through(cut(4)))
        let settled = fleet.entry(fleet.revoke(1, [cut(8)]), by: 0, after: [wide, narrow])
        _ = roster.admit(settled)
        #expect(roster.cut(of: fleet.writer(1)) == .through(cut(8)))
    }

    @Test func `a reduction holds beyond its cut, and a later add lifts it for later heads`() {
        let one = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let less = fleet.entry(fleet.reduce(1, to: some, [cut(9)]), by: 0, after: [one])
        let again = fleet.entry(fleet.add(1, at: 0, .desk), by: 0, after: [less])
        let roster = fleet.roster([one, less, again])
        let refused = Judgement.refused(.noRight(collection: 6))
        #expect(roster.judge(fleet.name(1, 9), writing: 6, citing: one.hash) == .allowed)
        #expect(roster.judge(fleet.name(1, 10), writing: 6, citing: one.hash) == refused)
        #expect(roster.judge(fleet.name(1, 10), writing: 4, citing: one.hash) == .allowed)
        #expect(roster.judge(fleet.name(1, 5), writing: 6, citing: less.hash) == refused)
        #expect(roster.judge(fleet.name(1, 10), writing: 6, citing: again.hash) == .allowed)
    }

    @Test func `what a fallen entry admitted has no rights even at a head that knew it`() {
        let admin = fleet.entry(fleet.add(1, .full), by: 0, after: [fleet.genesis])
        let added = fleet.entry(fleet.add(2), by: 1, after: [admin])
        let revoked = fleet.entry(fleet.revoke(1), by: 0, after: [admin])
        let roster = fleet.roster([admin, added, revoked])
        #expect(
            roster.judge(fleet.name(2, 1), writing: 4, citing: added.hash)
                == .refused(.notAMember))
    }

    @Test func `a device speaks for its site, and only an admin hands the voice over`() {
        let one = fleet.entry(fleet.add(1, at: 3), by: 0, after: [fleet.genesis])
        let two = fleet.entry(fleet.add(2, at: 3), by: 0, after: [one])
        var roster = fleet.roster([one, two])
        let site = Fleet.site(3)
        #expect(roster.current.speaker(of: site) == .vacant)
        var last = two
        func say(_ deed: RosterDeed, by author: Int) -> Speaker {
            last = fleet.entry(deed, by: author, after: [last])
            _ = roster.admit(last)
            return roster.current.speaker(of: site)
        }
        #expect(say(fleet.speaker(1, at: 3), by: 1) == .writer(fleet.writer(1)))
        #expect(say(fleet.speaker(2, at: 3), by: 2) == .writer(fleet.writer(1)))
        #expect(say(fleet.speaker(1, 2, at: 3), by: 1) == .writer(fleet.writer(1, 2)))
        #expect(say(fleet.speaker(0, at: 3), by: 0) == .writer(fleet.writer(1, 2)))
        #expect(say(fleet.speaker(2, at: 3), by: 0) == .writer(fleet.writer(2)))
        #expect(say(fleet.revoke(2), by: 0) == .vacant)
        #expect(say(fleet.speaker(1, 3, at: 3), by: 1) == .writer(fleet.writer(1, 3)))
    }

    @Test func `concurrent speakers are a fork until an admin names one`() {
        let one = fleet.entry(fleet.add(1, at: 3), by: 0, after: [fleet.genesis])
        let left = fleet.entry(fleet.speaker(1, 1, at: 3), by: 1, after: [one])
        let right = fleet.entry(fleet.speaker(1, 2, at: 3), by: 1, after: [one])
        var roster = fleet.roster([one, left, right])
        #expect(
            roster.current.speaker(of: Fleet.site(3))
                == .fork([fleet.writer(1, 1), fleet.writer(1, 2)]))
        _ = roster.admit(fleet.entry(fleet.speaker(1, 2, at: 3), by: 0, after: [left, right]))
        #expect(roster.current.speaker(of: Fleet.site(3)) == .writer(fleet.writer(1, 2)))
    }

    @Test func `rights meet and never grow`() {
        let left = Rights(isAdmin: true, collections: .only([1, 2]))
        let right = Rights(isAdmin: false, collections: .only([2, 3]))
        #expect(left.reduced(to: right) == Rights(isAdmin: false, collections: .only([2])))
        #expect(Rights.full.reduced(to: left) == left)
        #expect(right.reduced(to: .full) == right)
        #expect(!Rights.readOnly.mayWrite(1))
    }
}
