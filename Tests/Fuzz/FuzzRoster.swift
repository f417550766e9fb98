import CRDT
import Signing

/// A small tenant whose roster fuzzed entries come to.
enum FuzzRoster {
    static let kit = DeviceIdentity(
        seed: SecretBytes(copying: [UInt8](repeating: 0xEE, count: 32)), purpose: .recoveryKit,
        scheme: FuzzTrust.scheme)
    static let devices = (1...5).map { FuzzTrust.identity($0) }
    static let identities = devices + [kit]
    private static let site = RowID(prefix: 0xAA, counter: 1)
    private static let genesis = RosterEntry(
        genesisBy: kit, firstDevice: devices[0].keys, site: site)
    private static let tenant = genesis.foundedTenant ?? FuzzTrust.tenant

    /// Admitted before the fuzzed entry comes.
    static let entries: [RosterEntry] = {
        var entries = [genesis]
        let deeds: [(Int, RosterDeed)] = [
            (0, .add(DeviceBundle(keys: devices[1].keys, site: site, rights: .desk))),
            (5, .add(DeviceBundle(keys: devices[2].keys, site: site, rights: .full))),
            (0, .add(DeviceBundle(keys: devices[3].keys, site: site, rights: some))),
            (1, .speaker(site: site, writer: WriterID(device: devices[1].device, incarnation: 1))),
            (2, .reduce(devices[1].device, to: .readOnly, cuts: cuts(3))),
            (0, .revoke(devices[3].device, cuts: cuts(1))),
            (0, .carried(kind: 8, body: [1, 2, 3])),
            (0, .carried(kind: 200, body: [])),
        ]
        for (author, deed) in deeds {
            entries.append(entry(deed, by: author, after: [entries[entries.count - 1].hash]))
        }
        return entries
    }()

    /// Comes before or after the fuzzed entry.
    static let late = entry(
        .add(DeviceBundle(keys: devices[4].keys, site: site, rights: .full)), by: 2,
        after: [entries[5].hash])

    static let roster: Roster = {
        guard var roster = try? Roster(genesis: genesis, scheme: FuzzTrust.scheme) else {
            preconditionFailure("the genesis is good")
        }
        for entry in entries.dropFirst() { _ = roster.admit(entry) }
        return roster
    }()

    private static let some = Rights(isAdmin: false, collections: .only([1, 5, 70_000]))

    private static func cuts(_ count: UInt32) -> [Cut] {
        (0..<count).map {
            Cut(incarnation: $0, sequence: UInt64($0) + 1, chain: ContentHash(1, 2, 3, UInt64($0)))
        }
    }

    private static func entry(
        _ deed: RosterDeed, by author: Int, after parents: [ContentHash]
    ) -> RosterEntry {
        RosterEntry(tenant: tenant, parents: parents, deed: deed, by: identities[author])
    }

    /// Any deed by anyone after anything.
    static func draw(_ source: inout RandomTransactions) -> RosterEntry {
        let known = entries.map(\.hash) + [late.hash]
        var parents: [ContentHash] = []
        for _ in 0..<source.random.pick([1, 1, 2, 3, 4]) {
            parents.append(
                source.random.chance(1, in: 20) ? source.hash() : source.random.pick(known))
        }
        return entry(
            deed(&source), by: source.random.below(identities.count), after: parents)
    }

    private static func deed(_ source: inout RandomTransactions) -> RosterDeed {
        let device = source.random.pick(devices)
        let rights = source.random.pick([.full, .desk, .readOnly, some])
        let cuts = cuts(UInt32(source.random.pick([0, 1, 2, 9])))
        switch source.random.below(5) {
        case 0: return .add(DeviceBundle(keys: device.keys, site: site, rights: rights))
        case 1:
            let incarnation = UInt32(source.random.number(bits: 32))
            return .speaker(
                site: site, writer: WriterID(device: device.device, incarnation: incarnation))
        case 2: return .revoke(device.device, cuts: cuts)
        case 3: return .reduce(device.device, to: rights, cuts: cuts)
        default:
            let kind = UInt8(6 + source.random.below(250))
            return .carried(kind: kind, body: [UInt8](repeating: 7, count: source.random.below(40)))
        }
    }

    static func order(sections count: Int) -> EraseOrder {
        let writer = WriterID(device: devices[0].device, incarnation: 1)
        let sections = (0..<count).map {
            NamedSection(
                writer: writer, sequence: UInt64($0) + 1, hash: ContentHash(UInt64($0), 1, 2, 3))
        }
        let order = EraseOrder(
            tenant: tenant, subject: RowID(prefix: 9, counter: UInt64(count)), reason: .request,
            stamp: Stamp(milliseconds: 1_790_000_000_000), sections: sections, by: devices[0])
        guard let order else { preconditionFailure("few sections fit one order") }
        return order
    }
}
