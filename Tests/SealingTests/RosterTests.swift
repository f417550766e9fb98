import CRDT
import Signing
import Testing

@Suite struct RosterTests {
    private let fleet = Fleet()

    @Test func `a genesis founds the tenant and admits the first device`() {
        let roster = fleet.roster()
        #expect(roster.tenant == fleet.tenant)
        #expect(roster.head == fleet.genesis.hash)
        #expect(roster.current.member(fleet.devices[0].device)?.rights == .full)
        #expect(roster.current.site(of: fleet.devices[0].device) == Fleet.site(0))
        #expect(roster.current.devices(at: Fleet.site(0)) == [fleet.devices[0].device])
        #expect(roster.recoveryKit == fleet.kit.keys)
        #expect(roster.signingKey(of: fleet.kit.device) == fleet.kit.keys.signing)
    }

    @Test func `an entry without its parents waits, and its parent lets it in`() {
        var roster = fleet.roster()
        let first = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let second = fleet.entry(fleet.add(2), by: 0, after: [first])
        #expect(roster.admit(second) == .waiting(for: [first.hash]))
        #expect(roster.admit(second) == .known)
        #expect(roster.missing == [first.hash])
        #expect(roster.admit(first) == .admitted([first.hash, second.hash], dropped: []))
        #expect(roster.missing == [])
        #expect(roster.isMember(fleet.devices[2]))
    }

    @Test func `strangers, forgers and other tenants are refused`() throws {
        var roster = fleet.roster()
        let stranger = fleet.entry(fleet.add(2), by: 1, after: [fleet.genesis])
        #expect(roster.admit(stranger) == .refused(.unknownAuthor(fleet.devices[1].device)))
        let honest = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        var forged = honest.bytes
        forged[forged.count - 1] ^= 1
        #expect(roster.admit(try RosterEntry(decoding: forged)) == .refused(.badSignature))
        let foreign = RosterEntry(
            tenant: TenantID(9), parents: [fleet.genesis.hash], deed: fleet.add(1),
            by: fleet.devices[0])
        #expect(roster.admit(foreign) == .refused(.foreignTenant(TenantID(9))))
        let other = RosterEntry(
            genesisBy: fleet.devices[3], firstDevice: fleet.devices[4].keys, site: Fleet.site(1))
        #expect(roster.admit(other) == .refused(.foreignTenant(other.foundedTenant!)))
        #expect(throws: Roster.Refusal.notGenesis) {
            try Roster(genesis: honest, scheme: Fleet.scheme)
        }
    }

    @Test func `a bad entry that waited is dropped when its parent comes`() throws {
        var roster = fleet.roster()
        let first = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let stranger = fleet.entry(fleet.add(2), by: 3, after: [first])
        #expect(roster.admit(stranger) == .waiting(for: [first.hash]))
        #expect(roster.admit(first) == .admitted([first.hash], dropped: [stranger.hash]))
    }

    @Test func `only admins and the kit admit devices`() {
        let desk = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let byDesk = fleet.entry(fleet.add(2), by: 1, after: [desk])
        let byKit = fleet.entry(fleet.add(3), by: fleet.kit, after: [desk])
        let roster = fleet.roster([desk, byDesk, byKit])
        #expect(roster.isMember(fleet.devices[1]))
        #expect(!roster.isMember(fleet.devices[2]))
        #expect(roster.isMember(fleet.devices[3]))
        #expect(roster.entry(byDesk.hash) == byDesk)
    }

    @Test func `reserved and unknown kinds are kept and change nothing`() {
        var roster = fleet.roster()
        let before = roster.current.members
        var last = fleet.genesis
        for kind in [UInt8(6), 7, 8, 9, 200] {
            last = fleet.entry(.carried(kind: kind, body: [1, 2, 3]), by: 0, after: [last])
            #expect(roster.admit(last) == .admitted([last.hash], dropped: []))
        }
        #expect(roster.current.members == before)
        #expect(roster.head == last.hash)
    }

    @Test func `a revocation voids what the revoked device did at the same time`() {
        let admin = fleet.entry(fleet.add(1, .full), by: 0, after: [fleet.genesis])
        let revoked = fleet.entry(fleet.revoke(1), by: 0, after: [admin])
        let accomplice = fleet.entry(fleet.add(2, .full), by: 1, after: [admin])
        let grandchild = fleet.entry(fleet.add(3), by: 2, after: [accomplice])
        let roster = fleet.roster([admin, accomplice, grandchild, revoked])
        #expect(roster.current.member(fleet.devices[1].device)?.isRevoked == true)
        #expect(roster.current.member(fleet.devices[2].device) == nil)
        #expect(roster.current.member(fleet.devices[3].device) == nil)
    }

    @Test func `a revocation leaves standing what it has seen`() {
        let admin = fleet.entry(fleet.add(1, .full), by: 0, after: [fleet.genesis])
        let added = fleet.entry(fleet.add(2), by: 1, after: [admin])
        let revoked = fleet.entry(fleet.revoke(1), by: 0, after: [added])
        #expect(fleet.roster([admin, added, revoked]).isMember(fleet.devices[2]))
    }

    @Test func `two admins who revoke each other are both out, and the kit decides`() {
        let admin = fleet.entry(fleet.add(1, .full), by: 0, after: [fleet.genesis])
        let one = fleet.entry(fleet.revoke(1), by: 0, after: [admin])
        let two = fleet.entry(fleet.revoke(0), by: 1, after: [admin])
        var roster = fleet.roster([admin, two, one])
        #expect(!roster.isMember(fleet.devices[0]))
        #expect(!roster.isMember(fleet.devices[1]))
        let rescue = fleet.entry(fleet.add(2, .full), by: fleet.kit, after: [one, two])
        _ = roster.admit(rescue)
        #expect(roster.current.member(fleet.devices[2].device)?.rights == .full)
    }

    @Test func `a revoked admin cannot revoke a third at the same time`() {
        let one = fleet.entry(fleet.add(1, .full), by: 0, after: [fleet.genesis])
        let two = fleet.entry(fleet.add(2, .full), by: 0, after: [one])
        let thief = fleet.entry(fleet.revoke(1), by: 0, after: [two])
        let revenge = fleet.entry(fleet.revoke(2), by: 1, after: [two])
        let roster = fleet.roster([one, two, revenge, thief])
        #expect(roster.isMember(fleet.devices[2]))
        #expect(!roster.isMember(fleet.devices[1]))
    }

    @Test func `a revoked device never returns`() {
        let desk = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let revoked = fleet.entry(fleet.revoke(1), by: 0, after: [desk])
        let again = fleet.entry(fleet.add(1, .full), by: 0, after: [revoked])
        #expect(!fleet.roster([desk, revoked, again]).isMember(fleet.devices[1]))
    }

    @Test func `the head of several tips is learned by passing through or by being told`() {
        let one = fleet.entry(fleet.add(1), by: 0, after: [fleet.genesis])
        let two = fleet.entry(fleet.add(2), by: fleet.kit, after: [fleet.genesis])
        let three = fleet.entry(fleet.add(3), by: 0, after: [fleet.genesis])
        let citing = fleet.roster([one, two])
        var roster = fleet.roster([three, one, two])
        #expect(roster.view(at: citing.head) == nil)
        let told = citing.headTips
        #expect(told.tips.count == 2 && told.hash == citing.head)
        let isLearned = roster.learn(told)
        #expect(isLearned)
        #expect(roster.view(at: citing.head)?.members == citing.current.members)
        #expect(roster.view(at: one.hash)?.members.count == 2)
    }
}

extension Fleet {
    func add(_ device: Int, _ rights: Rights) -> RosterDeed { add(device, at: 0, rights) }
}
