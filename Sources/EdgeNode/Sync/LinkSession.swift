internal import CRDT
internal import LinkTalk
public import ReplicaStorage
public import Sealing
public import SyncProtocol

/// Drives one `SyncSession` over one link: seals what is said, asks the replica, performs effects
/// in their order. Ends when the link does.
///
/// One task holds the machine; others wait for the link, the replica, changes and timers and tell
/// it. Nothing here grows with the peer's zeal: deliveries are bounded by credit, of every other
/// question only the newest waits, and the link is asked for a message once the one before was
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

    private enum Event: Sendable {
        case link(LinkPump.Event)
        case answer(ReplicaAnswer)
        case changed
        case fired(SyncSession.Timer)
    }

    /// Each source of events waits for its turn, so no more than one of each can be here.
    private static let eventsMax = 16

    private let replica: Replica
    private let link: any FrameLink
    private let environment: NodeEnvironment
    private let notify: @Sendable (Notice) -> Void
    private let nonce: LinkNonce
    private var seal: LinkSeal
    private var session: SyncSession
    private var ending: Ending?
    private var pump: LinkPump
    private var desk = ReplicaDesk()
    private let turns = Turns()

    public init(
        replica: Replica, link: any FrameLink, role: SealedLink.Role, control: ControlSealer,
        environment: NodeEnvironment, notify: @escaping @Sendable (Notice) -> Void = { _ in }
    ) {
        self.replica = replica
        self.link = link
        pump = LinkPump(link)
        self.environment = environment
        self.notify = notify
        nonce = LinkNonce(environment.randomNumber128())
        seal = LinkSeal(control, as: role, nonce: nonce)
        session = SyncSession(role: role == .initiator ? .initiator : .responder)
    }

    /// Runs until the link or the session ends, and closes the link.
    public func run() async -> Ending {
        let (events, sink) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.eventsMax))
        await withTaskGroup(of: Void.self) { group in
            startTasks(&group, sink)
            await follow(events)
            await link.close()
            group.cancelAll()
        }
        return ending ?? .closed(.linkLost)
    }

    private func startTasks(
        _ group: inout TaskGroup<Void>, _ sink: AsyncStream<Event>.Continuation
    ) {
        let (replica, turns, sleep) = (replica, turns, environment.sleep)
        pump.start(in: &group) { sink.yield(.link($0)) }
        group.addTask {
            for await question in turns.ask.stream {
                sink.yield(.answer(await question.asked(of: replica)))
            }
        }
        turns.follow.startFollowing(replica.feed.follow(), in: &group) { sink.yield(.changed) }
        for (timer, waits) in [(SyncSession.Timer.greeting, turns.greet), (.status, turns.status)] {
            waits.startTimer(in: &group, sleep: sleep) { sink.yield(.fired(timer)) }
        }
    }

    private func follow(_ events: AsyncStream<Event>) async {
        let state = await replica.localState()
        desk.begin(state)
        handle(.opened(state, nonce: nonce.value))
        turns.follow.give(())
        for await event in events {
            take(event)
            if ending != nil, !pump.isSayingGoodbye { return }
        }
    }

    private func take(_ event: Event) {
        switch event {
        case .link(let event): take(event)
        case .changed:
            desk.hasChanged = true
            turns.follow.give(())
        case .answer(let answer): take(answer)
        case .fired(let timer): handle(.timerFired(timer))
        }
        if ending == nil, let question = desk.nextQuestion() { turns.ask.give(question) }
    }

    private func take(_ event: LinkPump.Event) {
        pump.note(event)
        switch event {
        case .message(let bytes):
            read(bytes)
            pump.receiveNext()
        case .sent: handle(.sent)
        case .ended:
            handle(.closed)
            ending = ending ?? .closed(.linkLost)
        }
    }

    private func read(_ bytes: [UInt8]) {
        guard ending == nil else { return }
        do {
            handle(.received(try seal.open(bytes)))
        } catch {
            ending = .notAuthentic("\(error)")
            handle(.leave(.malformed))
        }
    }

    private func take(_ answer: ReplicaAnswer) {
        let found = desk.take(answer)
        for notice in found.notices { notify(notice) }
        if let failure = found.failure {
            ending = ending ?? .storageFailed(failure)
            handle(.leave(.goingAway))
        }
        for input in found.inputs { handle(input) }
    }

    /// Gives an input to the machine and performs what follows, in order and without a pause.
    private func handle(_ input: SyncSession.Input) {
        let now = Duration.milliseconds(environment.steadyMilliseconds())
        for effect in session.handle(input, at: now) { perform(effect) }
        assert(session.checkInvariants().isEmpty, "\(session.checkInvariants())")
    }

    private func perform(_ effect: SyncSession.Effect) {
        switch effect {
        case .send(let message): send(message)
        case .fetch(let request): desk.fetch = request
        case .fetchControl(let request): desk.controlFetch = request
        case .fetchPins(let writer): desk.pins.append(writer)
        case .deliver(let bytes): desk.frames.append(bytes)
        case .deliverControl(let bytes): desk.controls.append(bytes)
        case .setTimer(.greeting, let wait): turns.greet.give(wait)
        case .setTimer(.status, let wait): turns.status.give(wait)
        case .report(let report): notify(.report(report))
        case .close(let reason): ending = ending ?? .closed(reason)
        }
    }

    private func send(_ message: Message) {
        guard let nonce = Nonce(bytes: environment.randomBytes(Nonce.count)),
            let bytes = try? seal.seal(message, nonce: nonce)
        else {
            // Nothing the machine says is above the limits of the seal.
            ending = ending ?? .closed(.limitExceeded)
            return
        }
        pump.send(bytes, isGoodbye: message.isGoodbye)
    }
}

/// Lets each waiting task go on once.
private struct Turns: Sendable {
    let ask = Turn<ReplicaQuestion>()
    let follow = Turn<Void>()
    let greet = Turn<Duration>()
    let status = Turn<Duration>()
}
