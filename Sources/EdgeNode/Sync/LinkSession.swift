public import CRDT
public import ReplicaStorage
public import Sealing
public import SyncProtocol

/// Drives one `SyncSession` over one link: seals what is said, asks the replica, performs effects
/// in order. Ends when the link does.
///
/// On the link every message begins with a byte: 0 greeting (version, 16-byte nonce, in the clear),
/// 1 a message sealed for this link, 2 a frame, sealed since it was stored.
public actor LinkSession {
    /// What became of the link.
    public enum Ending: Sendable, Hashable {
        case closed(CloseReason)
        case linkLost
        case greetingRefused(String)
        case notAuthentic(String)
        case storageFailed(String)
        /// The other side sends faster than the protocol lets it.
        case flooded
    }

    /// What a follower may want to show.
    public enum Notice: Sendable, Hashable {
        case report(SessionReport)
        case frameRefused(FrameRefusal)
        case frameSetAside(MergeOutcome)
        /// The other side holds another history of this writer.
        case fork(ContextEntry)
    }

    private enum Event: Sendable {
        case message([UInt8])
        case changed, linkEnded
    }
    private enum Tag {
        static let greeting: UInt8 = 0
        static let sealed: UInt8 = 1
        static let frame: UInt8 = 2
    }

    /// Events that may wait here: credit bounds the frames among them.
    private static let eventsMax = 4_096
    private static let greetingVersion: UInt8 = 1

    private let replica: Replica
    private let link: any FrameLink
    private let role: SealedLink.Role
    private let control: ControlSealer
    private let environment: NodeEnvironment
    private let notify: @Sendable (Notice) -> Void
    private let nonce: LinkNonce
    private var session = SyncSession()
    private var sealed: SealedLink?
    private var ending: Ending?

    public init(
        replica: Replica, link: any FrameLink, role: SealedLink.Role, control: ControlSealer,
        environment: NodeEnvironment, notify: @escaping @Sendable (Notice) -> Void = { _ in }
    ) {
        self.replica = replica
        self.link = link
        self.role = role
        self.control = control
        self.environment = environment
        self.notify = notify
        nonce = LinkNonce(environment.randomNumber128())
    }

    /// Runs until the link or the session ends, and closes the link.
    public func run() async -> Ending {
        let (events, sink) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.eventsMax))
        let (messages, changes) = (link.messages, replica.feed.follow())
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await message in messages {
                    if case .dropped = sink.yield(.message(message)) { break }
                }
                sink.yield(.linkEnded)
                sink.finish()
            }
            group.addTask { for await _ in changes { sink.yield(.changed) } }
            await follow(events)
            await link.close()
            group.cancelAll()
        }
        return ending ?? .linkLost
    }

    private func follow(_ events: AsyncStream<Event>) async {
        var greeting = ByteWriter(capacity: 18)
        greeting.write(byte: Tag.greeting)
        greeting.write(byte: Self.greetingVersion)
        greeting.write(id: nonce.value)
        do { try await link.send(greeting.bytes) } catch { return }
        for await event in events {
            switch event {
            case .message(let bytes): await receive(bytes)
            case .changed: if sealed != nil { await tellChange() }
            case .linkEnded: ending = ending ?? .linkLost
            }
            if ending != nil { return }
        }
    }

    private func receive(_ bytes: [UInt8]) async {
        switch (bytes.first, sealed) {
        case (Tag.greeting, nil): await greet(bytes)
        case (Tag.sealed, .some):
            do {
                guard let plain = try sealed?.open(Array(bytes.dropFirst())) else { return }
                await perform(session.handle(.received(try Message(decoding: plain))))
            } catch { ending = .notAuthentic("\(error)") }
        case (Tag.frame, .some):
            await perform(session.handle(.received(.frame(Array(bytes.dropFirst())))))
        default: ending = .notAuthentic("a message out of place")
        }
    }

    private func greet(_ bytes: [UInt8]) async {
        var reader = ByteReader(bytes)
        guard (try? reader.byte()) != nil, let version = try? reader.byte(),
            let other = try? reader.id(), reader.isAtEnd
        else {
            ending = .greetingRefused("it does not parse")
            return
        }
        guard version == Self.greetingVersion else {
            ending = .greetingRefused("version \(version) is not spoken here")
            return
        }
        let theirs = LinkNonce(other)
        sealed = control.link(
            initiator: role == .initiator ? nonce : theirs,
            responder: role == .initiator ? theirs : nonce, as: role)
        await perform(session.handle(.opened(await replica.syncState())))
    }

    private func tellChange() async {
        await perform(session.handle(.changed(await replica.syncState())))
    }

    /// Performs effects in order; what they bring about is handled after those before it.
    private func perform(_ effects: [SyncSession.Effect]) async {
        var queue = effects[...]
        while ending == nil, let effect = queue.popFirst() {
            do {
                queue.append(contentsOf: try await perform(effect))
            } catch let error as StorageError {
                ending = .storageFailed(error.message)
            } catch {
                ending = .linkLost
            }
        }
    }

    private func perform(_ effect: SyncSession.Effect) async throws -> [SyncSession.Effect] {
        switch effect {
        case .send(let message):
            try await link.send(try seal(message))
            return []
        case .fetch(let request):
            let frames = try await replica.frames(
                of: request.writer, after: request.after, bytesMax: request.bytesMax)
            return session.handle(
                .fetched(
                    frames.map {
                        OutgoingFrame(writer: $0.writer, high: $0.high, bytes: $0.bytes)
                    }))
        case .deliver(let bytes):
            let delivery = try await replica.deliver(bytes)
            return session.handle(
                .merged(
                    verdict(delivery), bytes: bytes.count, await replica.syncState()))
        case .deliverControl: return []
        case .compare(let entries):
            for entry in entries where try await replica.agrees(with: entry) == false {
                notify(.fork(entry))
            }
            return []
        case .report(let report):
            notify(.report(report))
            return []
        case .close(let reason):
            ending = .closed(reason)
            return []
        }
    }

    private func seal(_ message: Message) throws -> [UInt8] {
        if case .frame(let bytes) = message { return [Tag.frame] + bytes }
        guard let nonce = Nonce(bytes: environment.randomBytes(Nonce.count)),
            let bytes = try sealed?.seal(message.encoded(), nonce: nonce)
        else { throw FrameRefusal("a message before the greeting") }
        return [Tag.sealed] + bytes
    }

    private func verdict(_ delivery: Replica.Delivery) -> FrameVerdict {
        switch delivery {
        case .refused(let refusal):
            notify(.frameRefused(refusal))
            return .refused
        case .merged(let outcome, let writer, let high):
            switch outcome {
            case .applied, .duplicate: return .durable(writer, high: high)
            case .blocked: return .waiting
            case .gap: return .gap
            case .fork, .malformed, .unsigned:
                notify(.frameSetAside(outcome))
                return .refused
            }
        }
    }
}
