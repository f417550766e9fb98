import CRDT
import Signing

@testable import Sealing

/// An admitting box, a newcomer and the wire between, which remembers and may do harm.
struct PairingScene {
    private(set) var roster: Roster
    private(set) var wire: [[UInt8]] = []
    /// As shown at the admitter, then at the newcomer.
    private(set) var codes: [PairingCode] = []
    private(set) var granted: Result<PairingGrant, PairingFailure>?
    private(set) var admitted: Result<PairingGuest, PairingFailure>?
    private(set) var stored: Roster?
    private(set) var hasAdmitted = false
    private(set) var hasHarmed = false
    var forgetsToAdmit = false
    var dropsGrant = false
    var harmsLetter: Int?
    var harm: ([UInt8]) -> [UInt8] = { $0 }

    private let scheme = Ed25519Signatures()
    private let admin: DeviceIdentity
    private var admitter: PairingAdmitter
    private var newcomer: PairingNewcomer
    private var random: Seeded
    private let place = RowID(0x50)

    init(_ seed: UInt64, nonces: UInt64? = nil, site: String = "South") {
        var keys = Seeded(seed)
        func secret() -> SecretBytes { SecretBytes(copying: keys.bytes(32)) }
        let kit = DeviceIdentity(seed: secret(), purpose: .recoveryKit, scheme: scheme)
        admin = DeviceIdentity(seed: secret(), scheme: scheme)
        let fresh = DeviceIdentity(seed: secret(), scheme: scheme)
        let genesis = RosterEntry(genesisBy: kit, firstDevice: admin.keys, site: RowID(1))
        // The genesis was just made by this kit.
        roster = try! Roster(genesis: genesis, scheme: scheme)
        random = Seeded(nonces ?? seed &+ 1_000_000)
        admitter = PairingAdmitter(
            identity: admin, site: "North", nonce: random.bytes(32),
            entropy: SecretBytes(copying: random.bytes(32)))
        newcomer = PairingNewcomer(
            identity: fresh, scheme: scheme, site: site, nonce: random.bytes(32))
    }

    struct NoCode: Error {}

    /// Opening, offer, reveal: until both screens show a code.
    mutating func meet() throws {
        perform(newcomer.handle(.opened))
        guard codes.count == 2 else { throw NoCode() }
    }

    mutating func approveBoth() {
        approve(atAdmitter: true)
        approve(atAdmitter: false)
    }

    /// Each person types what the other box shows.
    mutating func approve(_ code: PairingCode? = nil, atAdmitter: Bool) {
        guard codes.count == 2 else { return }
        if atAdmitter {
            perform(admitter.handle(.approved(code ?? codes[1])))
        } else {
            perform(newcomer.handle(.approved(code ?? codes[0])))
        }
    }

    mutating func endLink() {
        perform(admitter.handle(.linkEnded))
        perform(newcomer.handle(.linkEnded))
    }

    func failure(atAdmitter: Bool) -> PairingFailure? {
        if atAdmitter {
            guard case .failure(let failure) = admitted else { return nil }
            return failure
        }
        guard case .failure(let failure) = granted else { return nil }
        return failure
    }

    mutating func admitOthers(_ count: Int) {
        for _ in 0..<count {
            let entry = RosterEntry(
                tenant: roster.tenant, parents: roster.parentsForNext,
                deed: .speaker(
                    site: RowID(1),
                    writer: WriterID(
                        device: admin.device,
                        incarnation: UInt32(roster.entries.count))), by: admin)
            _ = roster.admit(entry)
        }
    }

    // One letter at a time, for conversations that go wrong.

    mutating func newcomerLetter(_ input: PairingNewcomer.Input) -> [UInt8] {
        for case .send(let bytes) in newcomer.handle(input) { return bytes }
        return []
    }

    /// This scene's own reveal, made after this scene's own offer.
    mutating func revealAfterOffer() -> [UInt8]? {
        let opening = newcomerLetter(.opened)
        for case .send(let offer) in admitter.handle(.received(opening)) {
            for case .send(let reveal) in newcomer.handle(.received(offer)) { return reveal }
        }
        return nil
    }

    mutating func tellAdmitter(_ bytes: [UInt8]) -> [[UInt8]] {
        var said: [[UInt8]] = []
        for effect in admitter.handle(.received(bytes)) {
            if case .send(let bytes) = effect { said.append(bytes) }
            if case .finish(let result) = effect { admitted = result }
        }
        return said
    }

    mutating func tellNewcomer(_ bytes: [UInt8]) { perform(newcomer.handle(.received(bytes))) }

    private mutating func carry(_ bytes: [UInt8]) -> [UInt8]? {
        defer { wire.append(bytes) }
        if dropsGrant, bytes.first == 5 || bytes.first == 6 { return nil }
        guard harmsLetter == wire.count else { return bytes }
        let harmed = harm(bytes)
        hasHarmed = harmed != bytes
        return harmed
    }

    private mutating func perform(_ effects: [PairingAdmitter.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let bytes):
                if let bytes = carry(bytes) { perform(newcomer.handle(.received(bytes))) }
            case .compare(let code, _): codes.insert(code, at: 0)
            case .admit(let guest):
                hasAdmitted = true
                if !forgetsToAdmit {
                    let bundle = DeviceBundle(keys: guest.keys, site: place, rights: .desk)
                    _ = roster.admit(
                        RosterEntry(
                            tenant: roster.tenant, parents: roster.parentsForNext,
                            deed: .add(bundle), by: admin))
                }
                let grant = PairingGrant(
                    tenant: roster.tenant, site: place, controlKey: .filled(0xC0),
                    epochKeys: [.filled(0xE0), .filled(0xE1)], handover: Array("relay".utf8))
                perform(
                    admitter.handle(
                        .admitted(grant, roster: roster.entries, head: roster.head)))
            case .finish(let result): admitted = result
            }
        }
    }

    private mutating func perform(_ effects: [PairingNewcomer.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let bytes):
                if let bytes = carry(bytes) { perform(admitter.handle(.received(bytes))) }
            case .compare(let code, _): codes.append(code)
            case .store(_, let roster):
                stored = roster
                perform(newcomer.handle(.stored(reply: Array("relay key".utf8))))
            case .finish(let result): granted = result
            }
        }
    }
}
