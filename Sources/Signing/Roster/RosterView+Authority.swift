import CRDT

extension RosterView {
    /// Whether this state, the past of `entry`, lets its author do the deed (`Roster.md`,
    /// Authority).
    func authorises(_ entry: RosterEntry, kit: DeviceID) -> Bool {
        let isKit = entry.author == kit
        let isKeeper = isKit || isAdmin(entry.author)
        switch entry.deed {
        case .genesis: return false
        case .add(let bundle):
            guard isKeeper, bundle.device != kit else { return false }
            if let member = member(bundle.device) { return !member.isRevoked }
            return members.count < RosterLimits.devicesMax
        case .revoke(let device, _), .reduce(let device, _, _):
            return isKeeper && member(device) != nil
        case .speaker(let site, let writer):
            guard let named = member(writer.device), !named.isRevoked else { return false }
            guard named.bundle.site == site else { return false }
            return isKeeper
                || (writer.device == entry.author && ownsVoice(of: site, writer.device))
        case .carried: return true
        }
    }

    /// A device may speak next for its site if nobody does, or if it does already.
    private func ownsVoice(of site: RowID, _ device: DeviceID) -> Bool {
        switch speaker(of: site) {
        case .vacant: true
        case .writer(let writer): writer.device == device
        case .fork(let writers): writers.allSatisfy { $0.device == device }
        }
    }
}
