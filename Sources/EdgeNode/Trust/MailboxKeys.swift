internal import CRDT
internal import Signing
internal import SyncProtocol

/// Brings the keys of a mailbox into line with the roster: who is a member gets in, who was revoked
/// is put out. A value; it is given one answer after the other.
///
/// Keys that nobody of the tenant has said to use stay: another admin may have let a newcomer in of
/// whom nothing was heard here yet. They are counted, for a person.
struct MailboxKeys: Sendable {
    private let members: Set<RelayKey>
    private let revoked: Set<RelayKey>
    private var deeds: [MailboxDeed] = []
    private var hasListed = false
    /// Keys in the mailbox that no device of the tenant claims.
    private(set) var unclaimed = 0
    private(set) var added = 0
    private(set) var removed = 0

    /// - Parameters:
    ///   - notes: everything the lane says about keys.
    ///   - own: the key of this box, whatever the lane says.
    init(_ roster: Roster, notes: [RelayKeyNote], at access: RelayAccess, own: RelayKey) {
        var members: Set<RelayKey> = [own]
        var revoked: Set<RelayKey> = []
        for note in notes
        where note.relay == access.relay.value && note.mailbox == access.mailbox.value {
            guard let key = RelayKey(bytes: note.key.bytes),
                let member = roster.current.member(note.device)
            else { continue }
            if member.isRevoked { revoked.insert(key) } else { members.insert(key) }
        }
        self.members = members
        // Nobody keeps a member out by claiming its key for a revoked device.
        self.revoked = revoked.subtracting(members)
    }

    /// The next deed; `nil` when the keys are as they should be.
    ///
    /// - Parameter answer: to the deed before; `nil` at first.
    mutating func next(after answer: MailboxDeedAnswer?) -> MailboxDeed? {
        if !hasListed {
            guard case .keys(let keys) = answer else { return .listKeys }
            hasListed = true
            let there = Set(keys)
            unclaimed = there.subtracting(members).subtracting(revoked).count
            let (gone, missing) = (
                there.intersection(revoked).sorted(), members.subtracting(there).sorted()
            )
            (removed, added) = (gone.count, missing.count)
            // Who has to go, goes first.
            deeds = gone.map { .removeKey($0) } + missing.map { .addKey($0) }
        }
        return deeds.isEmpty ? nil : deeds.removeFirst()
    }
}
