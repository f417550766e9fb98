import CRDT
import Signing

/// What the control lane has room for, by kind: nobody who merely holds the control key can use up
/// the room that a revocation needs (`Control-Lane.md`, What is kept).
struct LaneBudget: Sendable {
    /// Whose room an item takes.
    enum Share: Hashable, CaseIterable {
        /// Deeds of admins and of the recovery kit.
        case decisions
        /// Entries of everybody else, and of kinds without effect.
        case otherEntries
        /// Entries whose parents are missing: nobody can tell yet who signed them.
        case waiting
        case eraseOrders
        /// Signed by members: which key a device uses towards a relay.
        case relayKeys
        /// Unsigned: tips behind a head of several.
        case heads
        /// Unsigned: items of kinds that this build does not know.
        case carried

        /// Decisions are bounded by the roster and the lane as a whole alone. The others' bounds
        /// leave them more than 8,000 items and 24 MiB.
        var limits: (items: Int, bytes: Int) {
            switch self {
            case .decisions: (Int.max, Int.max)
            case .otherEntries: (RosterLimits.entriesMax / 2, 16 << 20)
            case .waiting: (RosterLimits.waitingMax, RosterLimits.waitingBytesMax)
            case .eraseOrders: (8_192, 12 << 20)
            case .relayKeys: (4 * RosterLimits.devicesMax, 1 << 20)
            case .heads, .carried: (256, 1 << 20)
            }
        }
    }

    private var used: [Share: (items: Int, bytes: Int)] = [:]

    /// Whether a share has room for an item of so many sealed bytes.
    func hasRoom(_ share: Share, _ bytes: Int) -> Bool {
        let held = used[share] ?? (0, 0)
        return held.items < share.limits.items && held.bytes <= share.limits.bytes - bytes
    }

    mutating func charge(_ share: Share, _ bytes: Int) {
        let held = used[share] ?? (0, 0)
        used[share] = (held.items + 1, held.bytes + bytes)
    }

    mutating func release(_ share: Share, _ bytes: Int) {
        let held = used[share] ?? (0, 0)
        used[share] = (max(0, held.items - 1), max(0, held.bytes - bytes))
    }
}

extension Roster {
    /// Whose room an entry with known parents takes.
    func share(of entry: RosterEntry) -> LaneBudget.Share {
        switch entry.deed {
        case .genesis: return .decisions
        case .carried: return .otherEntries
        case .add, .speaker, .revoke, .reduce:
            return isKeeper(entry.author) ? .decisions : .otherEntries
        }
    }

    /// Today's admins and the recovery kit.
    func isKeeper(_ author: DeviceID) -> Bool {
        if author == recoveryKit?.device { return true }
        return current.member(author).map { $0.rights.isAdmin && !$0.isRevoked } ?? false
    }

    /// Who may say which key a device uses towards a relay: the device, and admins.
    func mayNote(_ note: RelayKeyNote) -> Bool {
        if isKeeper(note.author) { return true }
        return note.author == note.device
            && current.member(note.author).map { !$0.isRevoked } ?? false
    }

    /// Who may order that records be erased: every device in good standing, for the request comes
    /// to a desk, and the recovery kit.
    func mayOrderErasure(_ author: DeviceID) -> Bool {
        if author == recoveryKit?.device { return true }
        return current.member(author).map { !$0.isRevoked } ?? false
    }
}
