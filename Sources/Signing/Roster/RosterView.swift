public import CRDT

/// A member of the roster as one state sees it.
public struct Member: Hashable, Sendable {
    /// Keys and site as last stated.
    public let bundle: DeviceBundle
    /// The bundle's rights after every reduction this state knows.
    public let rights: Rights
    /// Revoked in this state; a revoked device never returns.
    public let isRevoked: Bool
    /// The entries that stated the bundle; several when admins stated it concurrently.
    let introductions: Set<ContentHash>
}

/// Who speaks for a site.
public enum Speaker: Hashable, Sendable {
    /// Nobody was named, or whoever was named is revoked.
    case vacant
    /// One writer.
    case writer(WriterID)
    /// Concurrent entries name several, ascending: an alarm, until an admin names one.
    case fork([WriterID])
}

/// The roster at one state (a set of entries closed under ancestors): a pure function of that set.
public struct RosterView: Sendable {
    /// Everyone ever admitted, the revoked included.
    public private(set) var members: [DeviceID: Member] = [:]
    private var speakers: [RowID: [Int: WriterID]] = [:]
    private(set) var scope: EntrySet
    private(set) var standing: EntrySet

    init(of graph: RosterGraph, in scope: EntrySet) {
        self.scope = scope
        standing = graph.standing(in: scope)
        var introductions: [DeviceID: [Int]] = [:]
        var voices: [RowID: [Int]] = [:]
        for position in standing.positions {
            switch graph.entries[position].deed {
            case .genesis(let genesis):
                introductions[genesis.firstDevice.device, default: []].append(position)
            case .add(let bundle): introductions[bundle.device, default: []].append(position)
            case .speaker(let site, _): voices[site, default: []].append(position)
            case .revoke, .reduce, .carried: break
            }
        }
        for (device, positions) in introductions {
            members[device] = Self.member(device, graph.latest(of: positions), graph, standing)
        }
        for (site, positions) in voices {
            for position in graph.latest(of: positions) {
                guard case .speaker(_, let writer) = graph.entries[position].deed else { continue }
                speakers[site, default: [:]][position] = writer
            }
        }
    }

    /// The member, the revoked included; `nil` for a stranger.
    public func member(_ device: DeviceID) -> Member? { members[device] }

    /// Whether somebody else is a member and was not revoked.
    public func hasMembers(besides device: DeviceID) -> Bool {
        members.contains { $0.key != device && !$0.value.isRevoked }
    }

    /// Where a device stands.
    public func site(of device: DeviceID) -> RowID? { members[device]?.bundle.site }

    /// Admitted, not revoked devices of a site, ascending.
    public func devices(at site: RowID) -> [DeviceID] {
        members.filter { $0.value.bundle.site == site && !$0.value.isRevoked }.keys.sorted()
    }

    /// Whose writes to a site's owned fields count.
    public func speaker(of site: RowID) -> Speaker {
        let named = Set((speakers[site] ?? [:]).values).filter { writer in
            members[writer.device].map { !$0.isRevoked } ?? false
        }
        switch named.count {
        case 0: return .vacant
        case 1: return named.first.map(Speaker.writer) ?? .vacant
        default: return .fork(named.sorted())
        }
    }

    /// Rights in this state alone; `Roster.judge` also weighs the cuts.
    public func mayWrite(_ device: DeviceID, _ collection: UInt32) -> Bool {
        guard let member = members[device], !member.isRevoked else { return false }
        return member.rights.mayWrite(collection)
    }

    /// Takes in an entry that follows everything in this state and changes no member. Nothing is
    /// concurrent with it, so it stands if its author might do it.
    mutating func follow(_ position: Int, in graph: RosterGraph) {
        scope.insert(position)
        guard graph.areAuthorised[position] else { return }
        standing.insert(position)
        if case .speaker(let site, let writer) = graph.entries[position].deed {
            speakers[site] = [position: writer]
        }
    }

    /// Whether a device may keep the roster.
    public func isAdmin(_ device: DeviceID) -> Bool {
        members[device].map { $0.rights.isAdmin && !$0.isRevoked } ?? false
    }

    private static func member(
        _ device: DeviceID, _ introductions: [Int], _ graph: RosterGraph, _ standing: EntrySet
    ) -> Member? {
        guard
            let first = introductions.min(by: {
                graph.entries[$0].hash < graph.entries[$1].hash
            }), let bundle = graph.bundle(of: device, at: first)
        else { return nil }
        var rights = bundle.rights
        var isRevoked = false
        for reduction in graph.reductions[device] ?? [] where standing.contains(reduction) {
            switch graph.entries[reduction].deed {
            case .revoke: isRevoked = true
            case .reduce(_, let remaining, _):
                let isSuperseded = introductions.contains { graph.pasts[$0].contains(reduction) }
                if !isSuperseded { rights = rights.reduced(to: remaining) }
            case .genesis, .add, .speaker, .carried: break
            }
        }
        return Member(
            bundle: bundle, rights: rights, isRevoked: isRevoked,
            introductions: Set(introductions.map { graph.entries[$0].hash }))
    }
}

extension RosterGraph {
    /// The bundle that a genesis or add entry states of a device.
    func bundle(of device: DeviceID, at position: Int) -> DeviceBundle? {
        switch entries[position].deed {
        case .genesis(let genesis) where genesis.firstDevice.device == device:
            DeviceBundle(keys: genesis.firstDevice, site: genesis.site, rights: .full)
        case .add(let bundle) where bundle.device == device: bundle
        case .genesis, .add, .speaker, .revoke, .reduce, .carried: nil
        }
    }
}
