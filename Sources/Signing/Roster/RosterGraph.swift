import CRDT

/// The admitted entries as a graph. Positions are local and follow admission, so parents come
/// before children; nothing that others see depends on them.
struct RosterGraph: Sendable {
    private(set) var entries: [RosterEntry] = []
    private(set) var positions: [ContentHash: Int] = [:]
    /// Every entry's ancestors, itself not included.
    private(set) var pasts: [EntrySet] = []
    /// Whether the author might do this, judged by the entry's own past: fixed for ever.
    private(set) var areAuthorised: [Bool] = []
    /// Genesis and add entries that make a device (or the kit) known.
    private(set) var introductions: [DeviceID: [Int]] = [:]
    /// Revoke and reduce entries by the device they name.
    private(set) var reductions: [DeviceID: [Int]] = [:]
    private(set) var recoveryKit: DeviceID = DeviceID(0)

    mutating func append(_ entry: RosterEntry, past: EntrySet, isAuthorised: Bool) {
        let position = entries.count
        entries.append(entry)
        positions[entry.hash] = position
        pasts.append(past)
        areAuthorised.append(isAuthorised)
        switch entry.deed {
        case .genesis(let genesis):
            recoveryKit = genesis.recoveryKit.device
            introductions[recoveryKit, default: []].append(position)
            introductions[genesis.firstDevice.device, default: []].append(position)
        case .add(let bundle): introductions[bundle.device, default: []].append(position)
        case .revoke(let device, _), .reduce(let device, _, _):
            reductions[device, default: []].append(position)
        case .speaker, .carried: break
        }
    }

    /// Everything from which an entry with these parents descends; `nil` if one is missing.
    func past(of parents: [ContentHash]) -> EntrySet? {
        var past = EntrySet()
        for parent in parents {
            guard let position = positions[parent] else { return nil }
            past.formUnion(pasts[position])
            past.insert(position)
        }
        return past
    }

    func areConcurrent(_ left: Int, _ right: Int) -> Bool {
        left != right && !pasts[left].contains(right) && !pasts[right].contains(left)
    }

    /// The positions that no other of the list descends from. The list is ascending.
    func latest(of positions: [Int]) -> [Int] {
        var kept: [Int] = []
        for position in positions.reversed()
        where !kept.contains(where: { pasts[$0].contains(position) }) { kept.append(position) }
        return kept.reversed()
    }

    /// The keys by which a device was introduced, whatever became of it.
    func keys(of device: DeviceID, in scope: EntrySet? = nil) -> PublicKeys? {
        for position in introductions[device] ?? [] where scope?.contains(position) ?? true {
            switch entries[position].deed {
            case .genesis(let genesis):
                return device == recoveryKit ? genesis.recoveryKit : genesis.firstDevice
            case .add(let bundle): return bundle.keys
            case .speaker, .revoke, .reduce, .carried: break
            }
        }
        return nil
    }
}
