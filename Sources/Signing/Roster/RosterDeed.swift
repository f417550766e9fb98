public import CRDT

/// The kind byte of an entry. Codes are for ever.
public enum RosterKind: UInt8, Sendable, CaseIterable {
    /// The tenant begins.
    case genesis = 1
    /// A device joins, or a member's bundle and rights are stated anew.
    case add = 2
    /// A site's speaking writer.
    case speaker = 3
    /// A device leaves for ever.
    case revoke = 4
    /// A device loses rights.
    case reduce = 5
    /// Reserved, carried, without effect.
    case suspend = 6
    /// Reserved, carried, without effect: a new epoch.
    case rotate = 7
    /// Reserved, carried, without effect: a device leaves the floor's quorum.
    case park = 8
    /// Reserved, carried, without effect: schema and compaction floor.
    case floor = 9
}

/// What an entry does: its kind and body.
public enum RosterDeed: Hashable, Sendable {
    /// Signed by the recovery kit, without parents.
    case genesis(Genesis)
    /// Signed by an admin or the kit.
    case add(DeviceBundle)
    /// `writer` speaks for `site` from here on: signed by its own device, or by an admin.
    case speaker(site: RowID, writer: WriterID)
    /// Signed by an admin or the kit; an incarnation without a cut is cut at 0.
    case revoke(DeviceID, cuts: [Cut])
    /// Signed by an admin or the kit; `to` is what remains.
    case reduce(DeviceID, to: Rights, cuts: [Cut])
    /// A reserved or later kind: kept and carried, changes nothing.
    case carried(kind: UInt8, body: [UInt8])

    /// The code that travels.
    public var kind: UInt8 {
        switch self {
        case .genesis: RosterKind.genesis.rawValue
        case .add: RosterKind.add.rawValue
        case .speaker: RosterKind.speaker.rawValue
        case .revoke: RosterKind.revoke.rawValue
        case .reduce: RosterKind.reduce.rawValue
        case .carried(let kind, _): kind
        }
    }
}

/// The first entry's body: who recovers, who begins. No name of any kind.
public struct Genesis: Hashable, Sendable {
    /// The recovery kit's public keys.
    public let recoveryKit: PublicKeys
    /// The first device, which has full rights.
    public let firstDevice: PublicKeys
    /// The row of the first device's site.
    public let site: RowID

    /// Names the kit, the first device and its site.
    public init(recoveryKit: PublicKeys, firstDevice: PublicKeys, site: RowID) {
        self.recoveryKit = recoveryKit
        self.firstDevice = firstDevice
        self.site = site
    }
}

/// A member: its keys, its site, its rights.
public struct DeviceBundle: Hashable, Sendable {
    /// What it signs and reads with.
    public let keys: PublicKeys
    /// The row of the site it stands in.
    public let site: RowID
    /// What it may do until an entry says otherwise.
    public let rights: Rights

    /// Describes one member.
    public init(keys: PublicKeys, site: RowID, rights: Rights) {
        self.keys = keys
        self.site = site
        self.rights = rights
    }

    /// The id that follows from the signing key.
    public var device: DeviceID { keys.device }
}
