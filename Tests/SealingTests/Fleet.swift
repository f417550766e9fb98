import CRDT
import Signing

/// A kit, some devices and a genesis, for roster tests.
struct Fleet {
    static let scheme = StandInSignatures()
    let kit = DeviceIdentity(seed: .filled(0xEE), purpose: .recoveryKit, scheme: Fleet.scheme)
    let devices: [DeviceIdentity]
    let genesis: RosterEntry
    let tenant: TenantID

    init(_ count: Int = 6) {
        devices = (0..<count).map {
            DeviceIdentity(seed: .filled(UInt8($0)), scheme: Fleet.scheme)
        }
        genesis = RosterEntry(genesisBy: kit, firstDevice: devices[0].keys, site: Fleet.site(0))
        tenant = genesis.foundedTenant!
    }

    static func site(_ number: UInt64) -> RowID { RowID(prefix: 0xAA, counter: number) }

    func roster() -> Roster { try! Roster(genesis: genesis, scheme: Fleet.scheme) }

    /// A roster of genesis and the given entries, which must all be taken.
    func roster(_ entries: [RosterEntry]) -> Roster {
        var roster = roster()
        for entry in entries { _ = roster.admit(entry) }
        return roster
    }

    func entry(
        _ deed: RosterDeed, by author: Int, after parents: [RosterEntry]
    ) -> RosterEntry {
        entry(deed, by: devices[author], after: parents)
    }

    func entry(
        _ deed: RosterDeed, by author: DeviceIdentity, after parents: [RosterEntry]
    ) -> RosterEntry {
        RosterEntry(tenant: tenant, parents: parents.map(\.hash), deed: deed, by: author)
    }

    func add(_ device: Int, at site: UInt64 = 0, _ rights: Rights = .desk) -> RosterDeed {
        .add(DeviceBundle(keys: devices[device].keys, site: Fleet.site(site), rights: rights))
    }

    func speaker(_ device: Int, _ incarnation: UInt32 = 1, at site: UInt64 = 0) -> RosterDeed {
        .speaker(site: Fleet.site(site), writer: writer(device, incarnation))
    }

    func revoke(_ device: Int, _ cuts: [Cut] = []) -> RosterDeed {
        .revoke(devices[device].device, cuts: cuts)
    }

    func reduce(_ device: Int, to rights: Rights, _ cuts: [Cut] = []) -> RosterDeed {
        .reduce(devices[device].device, to: rights, cuts: cuts)
    }

    func writer(_ device: Int, _ incarnation: UInt32 = 1) -> WriterID {
        WriterID(device: devices[device].device, incarnation: incarnation)
    }

    func name(_ device: Int, _ sequence: UInt64, _ chain: UInt8 = 7) -> TransactionName {
        TransactionName(writer: writer(device), sequence: sequence, chain: .filled(chain))
    }
}

extension Roster {
    func isMember(_ identity: DeviceIdentity) -> Bool {
        current.member(identity.device).map { !$0.isRevoked } ?? false
    }
}

extension Roster {
    /// For a writer that has not branched, whose whole history is at hand.
    func judge(
        _ name: TransactionName, writing collection: UInt32, citing head: ContentHash
    ) -> Judgement {
        judge(name, writing: collection, citing: head, lineage: { _ in .onBranch })
    }

    func judge(
        _ name: TransactionName, writing collection: UInt32, citing view: RosterView
    ) -> Judgement {
        judge(name, writing: collection, citing: view, lineage: { _ in .onBranch })
    }
}
