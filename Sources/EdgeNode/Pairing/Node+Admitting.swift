internal import CRDT
internal import ReplicaStorage
internal import Sealing
internal import Signing

extension BoxRole {
    var rights: Rights {
        switch self {
        case .desk: .desk
        case .admin: .full
        case .reader: .readOnly
        }
    }
}

/// What a newcomer gets: keys and roster, as they are once it stands in it on this disk.
struct Admission: Sendable {
    let grant: PairingGrant
    let roster: [RosterEntry]
    let head: ContentHash
    let site: RowID
}

extension Node {
    /// Whether this box may admit others.
    var isAdmin: Bool {
        get async { await replica.roster?.current.isAdmin(identity.device) ?? false }
    }

    /// Writes a newcomer into the roster, at a site of its own. One that is there already, because
    /// its link broke at the last step, keeps its site.
    ///
    /// - Throws: `NodeFault` for a device that was revoked, and where the disk fails.
    func admit(
        _ guest: PairingGuest, as role: BoxRole
    ) async throws -> Admission {
        guard var roster = await replica.roster else {
            throw NodeFault(.refused, "this box knows no roster")
        }
        let device = guest.keys.device
        guard roster.current.member(device)?.isRevoked != true else {
            throw NodeFault(.refused, "this device was revoked; set the box up in an empty folder")
        }
        if let member = roster.current.member(device), member.rights != role.rights {
            throw NodeFault(
                .refused,
                """
                this box was admitted with other rights before its link broke. Open the pairing \
                with the role it had, or set the box up in an empty folder.
                """)
        }
        let known = roster.current.site(of: device)
        try refuseLookAlike(ofSite: guest.site, except: known)
        let site = known ?? RowID(environment.randomNumber128())
        do throws(StorageError) {
            if roster.current.site(of: device) == nil {
                let bundle = DeviceBundle(keys: guest.keys, site: site, rights: role.rights)
                _ = try await replica.enter(.add(bundle), by: identity)
            }
            if roster.current.speaker(of: site) == .vacant, role != .reader {
                // A new file begins with incarnation 1.
                let writer = WriterID(device: device, incarnation: 1)
                _ = try await replica.enter(.speaker(site: site, writer: writer), by: identity)
            }
        } catch {
            throw NodeFault(error)
        }
        try await saveRoster()
        roster = await replica.roster ?? roster
        let secrets = try directory.secrets()
        let grant = PairingGrant(
            tenant: roster.tenant, site: site, controlKey: secrets.controlKey,
            epochKeys: secrets.epochKeys, hasStandInSeal: facts.hasStandInSeal,
            handover: relay?.handedOver(isAdmin: role == .admin).encoded ?? [])
        return Admission(grant: grant, roster: roster.entries, head: roster.head, site: site)
    }

    /// Whether a newcomer's site may be called as it wants: asked before two people compare, so
    /// that nobody agrees to what cannot be. A disk that does not answer is told when it admits.
    func hasRoom(for guest: PairingGuest) async -> Bool {
        let known = await replica.roster?.current.site(of: guest.keys.device)
        do throws(NodeFault) {
            try refuseLookAlike(ofSite: guest.site, except: known)
        } catch {
            return error.kind != .refused
        }
        return true
    }

    /// Two sites whose names look the same would be one on every page.
    ///
    /// - Parameter row: the site that bears the name itself, if it is known already.
    func refuseLookAlike(ofSite name: String, except row: RowID? = nil) throws(NodeFault) {
        guard let sites = replica.schema.collection(named: "site") else { return }
        var other = try read { reader throws(StorageError) in
            try LookAlike.other(than: row, like: name, in: "name", of: sites, reader)
        }
        if other == nil, row != site, LookAlike.look(of: name) == LookAlike.look(of: facts.name) {
            other = (site, facts.name)
        }
        guard let other else { return }
        throw NodeFault(
            .refused,
            "The site cannot be called so: \(LookAlike.reason(name, other)). Begin again.")
    }

    /// Takes what a newcomer says at the end: which key it uses towards the relay. It says so again
    /// at each start, so one that is lost here costs time only.
    func welcome(_ guest: PairingGuest) async {
        guard case .relayKey(let note)? = try? ControlItem(decoding: guest.reply),
            note.device == guest.keys.device
        else { return }
        // Refused if it is not signed by the newcomer; then it has no place on the relay yet.
        try? await replica.enter(.relayKey(note))
    }
}
