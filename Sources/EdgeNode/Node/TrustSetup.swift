public import CRDT
internal import Foundation
internal import Sealing
internal import Signing

/// Trust by a verb: makes a tenant, and admits a second box whose folder lies on the same machine.
///
/// It stands in for pairing, in which two people compare a code on two boxes. Here one hand holds
/// both ends, so it is for demos and tests; what it leaves behind is the same.
public enum TrustSetup {
    /// Makes a tenant with its first device at its first site.
    ///
    /// - Parameter show: gets the recovery kit's seed before the folder counts as a node's, so that
    ///   none ever counts whose kit nobody saw. Where it throws, the folder stays half set up and
    ///   another try begins anew, with another kit.
    /// - Returns: the recovery kit's seed, to be kept away from the box; nothing here keeps it.
    @discardableResult
    public static func begin(
        _ directory: NodeDirectory, site name: String, hasStandInSeal: Bool = false,
        _ environment: NodeEnvironment, show: ([UInt8]) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        try checkName(name)
        let kitSeed = environment.randomBytes(32)
        let scheme = Ed25519Signatures()
        let kit = DeviceIdentity(
            seed: SecretBytes(copying: kitSeed), purpose: .recoveryKit, scheme: scheme)
        let secrets = NodeSecrets(
            seed: secret(environment), controlKey: secret(environment),
            epochKeys: [secret(environment)])
        let device = DeviceIdentity(seed: secrets.seed, scheme: scheme)
        let site = RowID(environment.randomNumber128())
        let genesis = RosterEntry(genesisBy: kit, firstDevice: device.keys, site: site)
        var roster = try Roster(genesis: genesis, scheme: scheme)
        try giveVoice(device.device, site, by: device, &roster)
        let facts = NodeFacts(
            tenant: hex(roster.tenant.value), site: hex(site.value), name: name,
            hasStandInSeal: hasStandInSeal)
        try directory.create(facts, secrets, roster.entries) { try show(kitSeed) }
        return kitSeed
    }

    /// Makes a second box's folder and signs it into the first one's roster.
    ///
    /// A node reads its roster at its start, so the first box must not be running: this opens it,
    /// and with it takes the lock of its database, while the roster's file is changed.
    ///
    /// - Throws: `NodeFault` while another process has the first box open; nothing is changed then.
    public static func admit(
        _ new: NodeDirectory, site name: String, by old: NodeDirectory, schema: Schema,
        _ environment: NodeEnvironment
    ) async throws {
        try checkName(name)
        let node = try await Node(old, schema: schema, environment: environment)
        do {
            try node.refuseLookAlike(ofSite: name)
            try add(new, name, by: old, environment)
            try await shareRelay(of: node, with: new)
        } catch {
            await node.close()
            throw error
        }
        await node.close()
    }

    private static func add(
        _ new: NodeDirectory, _ name: String, by old: NodeDirectory, _ environment: NodeEnvironment
    ) throws {
        let (facts, secrets) = (try old.facts(), try old.secrets())
        var roster = try old.roster()
        let scheme = Ed25519Signatures()
        let admin = DeviceIdentity(seed: secrets.seed, scheme: scheme)
        let fresh = NodeSecrets(
            seed: secret(environment), controlKey: secrets.controlKey,
            epochKeys: secrets.epochKeys)
        let device = DeviceIdentity(seed: fresh.seed, scheme: scheme)
        let site = RowID(environment.randomNumber128())
        let bundle = DeviceBundle(keys: device.keys, site: site, rights: .desk)
        try append(.add(bundle), by: admin, &roster)
        try giveVoice(device.device, site, by: admin, &roster)
        var newFacts = facts
        newFacts.site = hex(site.value)
        newFacts.name = name
        try new.create(newFacts, fresh, roster.entries)
        try old.save(roster.entries)
    }

    /// A new file begins with incarnation 1; that writer speaks for the site.
    private static func giveVoice(
        _ device: DeviceID, _ site: RowID, by author: DeviceIdentity, _ roster: inout Roster
    ) throws {
        let writer = WriterID(device: device, incarnation: 1)
        try append(.speaker(site: site, writer: writer), by: author, &roster)
    }

    static func append(
        _ deed: RosterDeed, by author: DeviceIdentity, _ roster: inout Roster
    ) throws {
        let entry = RosterEntry(
            tenant: roster.tenant, parents: roster.parentsForNext, deed: deed, by: author)
        guard case .admitted = roster.admit(entry) else {
            throw NodeFault(.refused, "the roster does not take an entry of this device")
        }
    }

    /// A name that could not be shown at another box would be one that can never pair.
    static func checkName(_ name: String) throws {
        guard (1...64).contains(name.count) else {
            throw NodeFault(.refused, "a site's name has 1 to 64 characters")
        }
        if let fault = PairingName.fault(in: name) {
            throw NodeFault(.refused, "the site's name \(fault)")
        }
    }

    private static func secret(_ environment: NodeEnvironment) -> SecretBytes {
        SecretBytes(copying: environment.randomBytes(32))
    }

    private static func hex(_ value: UInt128) -> String { RowName.text(RowID(value)) }
}
