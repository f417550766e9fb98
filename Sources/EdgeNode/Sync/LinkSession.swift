internal import CRDT
public import ReplicaStorage
public import Sealing
public import SyncProtocol

/// Drives one `SyncSession` over one link: seals what is said, asks the replica, performs effects
/// in their order. Ends when the link does.
///
/// Nothing here grows with the peer's zeal: deliveries are bounded by credit, of every other
/// question only the newest waits, and the link is asked for a message after the one before was
/// understood.
public actor LinkSession {
    /// What became of the session.
    public enum Ending: Sendable, Hashable {
        case closed(CloseReason)
        case notAuthentic(String)
        case storageFailed(String)
    }

    /// What a follower may want to show.
    public enum Notice: Sendable, Hashable {
        case report(SessionReport)
        case frameRefused(FrameRefusal)
        case frameSetAside(MergeOutcome)
    }

    /// What waits for the replica. Each is looked at by `serve`, in this order.
    struct Questions {
        var controls: [[UInt8]] = []
        var frames: [[UInt8]] = []
        var hasChanged = false
        var controlFetch: ControlRequest?
        var pins: [WriterID] = []
        var fetch: FrameRequest?
    }

    let replica: Replica
    private let link: any FrameLink
    let environment: NodeEnvironment
    let notify: @Sendable (Notice) -> Void
    private let nonce: LinkNonce
    private var seal: LinkSeal
    private var session: SyncSession
    private(set) var ending: Ending?
    /// The next message and perhaps a close behind it.
    private var outgoing: [Message] = []
    private var isSending = false
    var questions = Questions()
    var memory = DeliveryMemory()

    private let toSend = Signal<Void>()
    private let toAsk = Signal<Void>()
    private let toGreet = Signal<Duration>()
    private let toStatus = Signal<Duration>()
    private let toClose = Signal<Void>()

    public init(
        replica: Replica, link: any FrameLink, role: SealedLink.Role, control: ControlSealer,
        environment: NodeEnvironment, notify: @escaping @Sendable (Notice) -> Void = { _ in }
    ) {
        self.replica = replica
        self.link = link
        self.environment = environment
        self.notify = notify
        nonce = LinkNonce(environment.randomNumber128())
        seal = LinkSeal(control, as: role, nonce: nonce)
        session = SyncSession(role: role == .initiator ? .initiator : .responder)
    }

    /// Runs until the link or the session ends, and closes the link.
    public func run() async -> Ending {
        let state = await replica.localState()
        memory.rosterHead = state.summary.rosterHead
        handle(.opened(state, nonce: nonce.value))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.read() }
            group.addTask { await self.write() }
            group.addTask { await self.answerQuestions() }
            group.addTask { await self.followChanges() }
            group.addTask { await self.watch(.greeting, self.toGreet) }
            group.addTask { await self.watch(.status, self.toStatus) }
            for await _ in toClose.stream {}
            await link.close()
            group.cancelAll()
        }
        return ending ?? .closed(.linkLost)
    }

    // MARK: The machine

    /// Gives an input to the machine and performs what follows, in order and without a pause.
    func handle(_ input: SyncSession.Input) {
        let now = Duration.milliseconds(environment.steadyMilliseconds())
        for effect in session.handle(input, at: now) { perform(effect) }
        assert(session.checkInvariants().isEmpty, "\(session.checkInvariants())")
    }

    private func perform(_ effect: SyncSession.Effect) {
        switch effect {
        case .send(let message):
            outgoing.append(message)
            toSend.give(())
        case .fetch(let request): questions.fetch = request
        case .fetchControl(let request): questions.controlFetch = request
        case .fetchPins(let writer): questions.pins.append(writer)
        case .deliver(let bytes): questions.frames.append(bytes)
        case .deliverControl(let bytes): questions.controls.append(bytes)
        case .setTimer(.greeting, let wait): toGreet.give(wait)
        case .setTimer(.status, let wait): toStatus.give(wait)
        case .report(let report): notify(.report(report))
        case .close(let reason): end(.closed(reason))
        }
        switch effect {
        case .fetch, .fetchControl, .fetchPins, .deliver, .deliverControl: toAsk.give(())
        case .send, .setTimer, .report, .close: break
        }
    }

    /// Ends the session for a reason that the machine cannot know, and tells the peer.
    func leave(_ why: Ending, saying reason: CloseReason) {
        ending = ending ?? why
        handle(.leave(reason))
        end(why)
    }

    /// A goodbye is still sent if the link is idle; no peer that does not read can hold us.
    private func end(_ why: Ending) {
        ending = ending ?? why
        if isSending || outgoing.isEmpty { toClose.finish() }
    }

    // MARK: The link

    private func read() async {
        while ending == nil {
            guard let bytes = await link.receive() else {
                handle(.closed)
                return end(.closed(.linkLost))
            }
            guard ending == nil else { return }
            do {
                handle(.received(try seal.open(bytes)))
            } catch {
                leave(.notAuthentic("\(error)"), saying: .malformed)
            }
        }
    }

    private func write() async {
        for await _ in toSend.stream {
            while !outgoing.isEmpty {
                let message = outgoing.removeFirst()
                guard await send(message) else {
                    handle(.closed)
                    return end(.closed(.linkLost))
                }
                if ending != nil, outgoing.isEmpty { return toClose.finish() }
                if ending == nil { handle(.sent) }
            }
        }
    }

    /// False when the link has ended.
    private func send(_ message: Message) async -> Bool {
        guard let nonce = Nonce(bytes: environment.randomBytes(Nonce.count)) else { return false }
        isSending = true
        defer { isSending = false }
        do {
            try await link.send(try seal.seal(message, nonce: nonce))
            return true
        } catch {
            return false
        }
    }

    // MARK: What else happens

    private func answerQuestions() async {
        for await _ in toAsk.stream {
            guard await answerAll() else { return }
        }
    }

    private func followChanges() async {
        for await _ in replica.feed.follow() {
            questions.hasChanged = true
            toAsk.give(())
        }
    }

    private func watch(_ timer: SyncSession.Timer, _ waits: Signal<Duration>) async {
        for await wait in waits.stream {
            // Cancelled when the session is over.
            do { try await environment.sleep(wait) } catch { return }
            handle(.timerFired(timer))
        }
    }
}

/// Wakes one task. What is given while it is busy falls into the newest one.
private struct Signal<Element: Sendable>: Sendable {
    let stream: AsyncStream<Element>
    private let sink: AsyncStream<Element>.Continuation

    init() {
        (stream, sink) = AsyncStream<Element>.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func give(_ element: Element) { sink.yield(element) }
    func finish() { sink.finish() }
}
