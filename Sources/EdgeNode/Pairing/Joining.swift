internal import CRDT
internal import Foundation
public import Sealing
internal import Signing
public import SyncProtocol

/// Makes this box a member of a tenant, over a link to a box that admits: the newcomer's side.
public struct Joining: Sendable {
    private let directory: NodeDirectory
    private let site: String
    private let identity: DeviceIdentity
    private let seed: SecretBytes
    private let environment: NodeEnvironment
    private let scheme = Ed25519Signatures()

    private enum Event: Sendable {
        case machine(PairingNewcomer.Input)
        case over
    }

    /// Draws this box's keys, or takes those of a try that broke off in the same folder.
    ///
    /// - Parameter site: what people will call the site, 1 to 64 characters.
    /// - Throws: `NodeFault` where the folder holds a node already or cannot be written.
    public init(
        _ directory: NodeDirectory, site: String, _ environment: NodeEnvironment
    ) throws {
        try TrustSetup.checkName(site)
        guard !directory.isSetUp else {
            throw NodeFault(
                .refused,
                "\(directory.root.path) already holds a node. Choose another folder.")
        }
        self.directory = directory
        self.site = site
        self.environment = environment
        seed = try directory.joiningSeed { environment.randomBytes(32) }
        identity = DeviceIdentity(seed: seed, scheme: scheme)
    }

    /// Pairs over a link; the folder holds a node afterwards.
    ///
    /// - Parameter ask: shows this box's code and the admitting site's name, and returns what the
    ///   person says that the other box shows; `nil` to decline. It runs beside the conversation
    ///   and is cancelled when that ends.
    /// - Throws: `NodeFault` with what to do.
    public func run(
        _ link: any FrameLink,
        ask: @escaping @Sendable (PairingCode, _ admitter: String) async -> PairingCode?
    ) async throws {
        let (stream, sink) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingOldest(512))
        let outbox = PairingOutbox()
        let environment = environment
        sink.yield(.machine(.opened))
        async let sending: Void = outbox.run(link)
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = await link.receive() { sink.yield(.machine(.received(bytes))) }
                sink.yield(.machine(.linkEnded))
                sink.yield(.over)
            }
            group.addTask {
                // Cancelled when the conversation is over.
                do { try await environment.sleep(PairingHost.patience) } catch { return }
                sink.yield(.machine(.timedOut))
            }
            let result = await follow(stream, sink, outbox, &group, ask)
            outbox.close()
            group.cancelAll()
            return result
        }
        await sending
        do throws(PairingFailure) {
            _ = try result.get()
        } catch {
            throw NodeFault(.refused, "not paired: \(error)")
        }
    }

    private func follow(
        _ stream: AsyncStream<Event>, _ sink: AsyncStream<Event>.Continuation,
        _ outbox: PairingOutbox, _ group: inout TaskGroup<Void>,
        _ ask: @escaping @Sendable (PairingCode, String) async -> PairingCode?
    ) async -> Result<PairingGrant, PairingFailure> {
        var machine = PairingNewcomer(
            identity: identity, scheme: scheme, site: site,
            nonce: environment.randomBytes(PairingLimits.nonceBytes))
        for await event in stream {
            guard case .machine(let input) = event else { break }
            var queue = machine.handle(input)[...]
            while let effect = queue.popFirst() {
                switch effect {
                case .send(let letter): outbox.put(letter)
                case .compare(let code, let admitter):
                    group.addTask {
                        let typed = await ask(code, admitter)
                        sink.yield(.machine(typed.map { .approved($0) } ?? .declined))
                    }
                case .store(let grant, let roster):
                    queue += machine.handle(store(grant, roster))
                case .finish(let result): return result
                }
            }
        }
        return .failure(.linkLost(wasAdmitted: false))
    }

    private func store(_ grant: PairingGrant, _ roster: Roster) -> PairingNewcomer.Input {
        let facts = NodeFacts(
            tenant: RowName.text(RowID(grant.tenant.value)), site: RowName.text(grant.site),
            name: site, hasStandInSeal: grant.hasStandInSeal)
        let secrets = NodeSecrets(
            seed: seed, controlKey: grant.controlKey, epochKeys: grant.epochKeys)
        do {
            let membership =
                grant.handover.isEmpty ? nil : try RelayMembership(decoding: grant.handover)
            // The relay's file first: `node.json`, written last, makes the folder count.
            if let membership { try directory.save(membership) }
            try directory.create(facts, secrets, roster.entries)
            try directory.forgetJoiningSeed()
            return .stored(reply: membership.map { reply($0, grant.tenant) } ?? [])
        } catch {
            return .failedToStore(FaultWords.of(error))
        }
    }

    /// Says which key this box uses towards the relay, as an item of the control lane.
    private func reply(_ membership: RelayMembership, _ tenant: TenantID) -> [UInt8] {
        guard let key = try? directory.relayKey(at: membership.relay),
            let signing = SigningKey(bytes: key.bytes)
        else { return [] }
        let note = RelayKeyNote(
            tenant: tenant, device: identity.device, relay: membership.relay.value,
            mailbox: membership.mailbox.value, key: signing, by: identity)
        return ControlItem.relayKey(note).encoded
    }
}

extension NodeDirectory {
    private var joiningFile: URL { root.appendingPathComponent("joining") }

    /// The seed of a box that is about to join: the one of an earlier try, or a new one, on disk
    /// before anybody is told its public keys.
    func joiningSeed(drawing draw: () -> [UInt8]) throws -> SecretBytes {
        if let known = try DurableFile.read(joiningFile), known.count == 32 {
            return SecretBytes(copying: known)
        }
        do {
            try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o700], ofItemAtPath: root.path)
        } catch {
            throw NodeFault(
                .refused,
                "\(root.path) cannot be made a node's folder (\(error.localizedDescription)): "
                    + "check the path, its owner and the space there.")
        }
        let seed = draw()
        try DurableFile.replace(joiningFile, with: seed, mode: 0o600)
        return SecretBytes(copying: seed)
    }

    func forgetJoiningSeed() throws {
        try FileManager.default.removeItem(at: joiningFile)
        try DurableFile.syncFolder(root)
    }
}
