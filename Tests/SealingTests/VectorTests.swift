import CRDT
import Sealing
import Signing
import Testing

/// Vectors written by another program from the specifications alone (`make_vectors.py`).
@Suite struct VectorTests {
    private let scheme = Ed25519Signatures()

    @Test func `foreign frames get the verdict they were made for`() throws {
        let file = try Vectors.read(FrameVectors.self, "frames")
        let epoch = Epoch(key: secret(file.epochKey))
        let sealer = FrameSealer(
            tenant: TenantID(number(file.tenant)), epoch: epoch, cipher: XChaChaCipher())
        #expect(epoch.commitment == ContentHash(hex: file.commitment))
        for vector in file.cases {
            let reason = refusal { () throws(SealingError) in try sealer.open(hex(vector.sealed)) }
            #expect((reason?.title ?? "opens") == vector.verdict, "\(vector.name)")
        }
    }

    @Test func `a foreign frame says what was put in, verifies, and is what we would seal`() throws
    {
        let file = try Vectors.read(FrameVectors.self, "frames")
        let owner = TenantID(number(file.tenant))
        let sealer = FrameSealer(
            tenant: owner, epoch: Epoch(key: secret(file.epochKey)), cipher: XChaChaCipher())
        let device = DeviceIdentity(seed: secret(file.deviceSeed), scheme: scheme)
        let nonce = try #require(Nonce(bytes: hex(file.nonce)))
        for vector in file.cases where vector.verdict == "opens" {
            let content = try sealer.open(hex(vector.sealed))
            #expect(content.transactions == vector.transactions.map(hex))
            #expect(content.writer == WriterID(device: device.device, incarnation: 2))
            #expect(content.previous == 0x0001_0203_0405_0607 && content.low == 15_000)
            let head = ChainHead(
                tenant: owner, writer: content.writer, sequence: content.high,
                chain: ContentHash(hex: file.chain))
            #expect(head.signed(by: device) == content.signature)
            #expect(head.isSigned(content.signature, by: device.keys.signing, scheme))
            #expect(try sealer.seal(content, nonce: nonce) == hex(vector.sealed))
        }
    }

    @Test func `foreign control messages get the verdict they were made for`() throws {
        let file = try Vectors.read(ControlVectors.self, "control")
        let control = ControlSealer(
            tenant: TenantID(number(file.tenant)), key: secret(file.controlKey),
            cipher: XChaChaCipher())
        for vector in file.cases {
            var link = control.link(
                initiator: LinkNonce(UInt128(file.initiator)),
                responder: LinkNonce(UInt128(file.responder)), as: .responder)
            let bytes = hex(vector.sealed)
            let onLane = try? control.open(bytes)
            let onLink = try? link.open(bytes)
            #expect(
                onLane == (vector.verdict == "lane" ? hex(vector.message) : nil),
                "\(vector.name)")
            #expect(
                onLink == (vector.verdict == "link" ? hex(vector.message) : nil),
                "\(vector.name)")
        }
    }

    @Test func `a foreign key wrap is what we would make, and opens`() throws {
        let file = try Vectors.read(ControlVectors.self, "control")
        let owner = TenantID(number(file.tenant))
        let reader = DeviceIdentity(seed: secret(file.wrap.seed), scheme: scheme)
        let wrapped = KeyWrap.seal(
            secret(file.wrap.key), number: file.wrap.number, tenant: owner, to: reader.keys,
            entropy: secret(file.wrap.entropy))
        #expect(wrapped == hex(file.wrap.wrapped))
        let key = KeyWrap.open(
            hex(file.wrap.wrapped), number: file.wrap.number, tenant: owner, by: reader)
        #expect(key?.matches(secret(file.wrap.key)) == true)
    }

    @Test func `foreign roster entries get the verdict they were made for`() throws {
        let file = try Vectors.read(RosterVectors.self, "roster")
        let genesis = try RosterEntry(decoding: hex(file.entries[0].bytes))
        var roster = try Roster(genesis: genesis, scheme: scheme)
        #expect(roster.tenant == TenantID(number(file.tenant)))
        for vector in file.entries.dropFirst() {
            let bytes = hex(vector.bytes)
            guard let entry = try? RosterEntry(decoding: bytes) else {
                #expect(vector.verdict == "malformed", "\(vector.name)")
                continue
            }
            #expect(entry.hash == ContentHash(hex: vector.hash) && entry.bytes == bytes)
            let verdict = "\(roster.admit(entry))".prefix { $0 != "(" }
            #expect(verdict == vector.verdict, "\(vector.name)")
        }
        let tips = file.severalTips.map { ContentHash(hex: $0) }
        #expect(roster.head == ContentHash(hex: file.head))
        #expect(RosterHead(tips: tips)?.hash == ContentHash(hex: file.severalHead))
        let second = DeviceID(number(file.second))
        #expect(roster.current.member(second)?.isRevoked == true)
        let member = roster.view(at: ContentHash(hex: file.severalHead))?.member(second)
        #expect(member?.rights == .desk)
        #expect(
            roster.cut(of: WriterID(device: second, incarnation: 7))
                == .through(Cut(incarnation: 7, sequence: 99, chain: .filled(9))))
    }

    @Test func `we write the very entries, orders and heads that the other program writes`() throws
    {
        let file = try Vectors.read(RosterVectors.self, "roster")
        let kit = DeviceIdentity(
            seed: secret(file.kitSeed), purpose: .recoveryKit, scheme: scheme)
        let device = DeviceIdentity(seed: secret(file.deviceSeed), scheme: scheme)
        let site = RowID(0xAA << 48)
        #expect(device.device == DeviceID(number(file.device)))
        let genesis = RosterEntry(genesisBy: kit, firstDevice: device.keys, site: site)
        #expect(genesis.bytes == hex(file.entries[0].bytes))
        let add = try RosterEntry(decoding: hex(file.entries[1].bytes))
        let again = RosterEntry(
            tenant: add.tenant, parents: add.parents, deed: add.deed, by: device)
        #expect(again == add)
        let erase = try EraseOrder(decoding: hex(file.erase.bytes))
        #expect(erase.hash == ContentHash(hex: file.erase.hash))
        #expect(erase.isSigned(by: device.keys.signing, scheme))
        #expect(
            EraseOrder(
                tenant: erase.tenant, subject: site, reason: .request, stamp: erase.stamp,
                sections: erase.sections, by: device) == erase)
        let head = ChainHead(
            tenant: add.tenant,
            writer: WriterID(device: device.device, incarnation: file.chainHead.incarnation),
            sequence: file.chainHead.sequence, chain: ContentHash(hex: file.chainHead.chain))
        #expect(head.message == hex(file.chainHead.message))
        #expect(head.signed(by: device).bytes == hex(file.chainHead.signature))
    }
}
