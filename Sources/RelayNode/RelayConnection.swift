internal import CRDT
internal import LinkTalk
internal import SyncProtocol

/// Drives one `RelaySession` over one link: decodes, asks the store, performs effects in their
/// order. Ends when the link does.
///
/// One task holds the machine; others wait for the link, the store and timers and tell it. The link
/// is asked for a message once the one before was understood, so whoever floods is held back.
actor RelayConnection {
    private enum Event: Sendable {
        case link(LinkPump.Event)
        case answer([RelaySession.Input])
        case grew
        case fired
        case expelled(RelayCloseReason)
    }

    /// Each source of events waits for its turn, so no more than two of each can be here.
    private static let eventsMax = 16

    nonisolated let relay: Relay
    nonisolated let turns = Turns()
    private let link: any FrameLink
    private var session = RelaySession()
    private var desk = RelayDesk()
    /// Whose word counts here, once its signature was verified.
    private(set) var pass: RelayPass?
    private var ending: RelayCloseReason?
    private var isInside = false
    private var pump: LinkPump

    init(relay: Relay, link: any FrameLink) {
        self.relay = relay
        self.link = link
        pump = LinkPump(link)
    }

    func note(_ pass: RelayPass) { self.pass = pass }

    /// Runs until the link or the talk ends, and closes the link. Tells whether the box was in.
    func run(as number: Int, _ binding: ChannelBinding) async -> (RelayCloseReason, Bool) {
        guard let nonce = RelayNonce(bytes: relay.environment.randomBytes(RelayLimits.nonceBytes))
        else { return (.unavailable, false) }
        let (events, sink) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.eventsMax))
        await withTaskGroup(of: Void.self) { group in
            startTasks(&group, sink, as: number)
            let challenge = RelayChallenge(relay: relay.store.relay, nonce: nonce)
            handle(.opened(challenge, binding))
            pump.start(in: &group) { sink.yield(.link($0)) }
            turns.follow.give(())
            for await event in events {
                take(event)
                if ending != nil, !pump.isSayingGoodbye { break }
            }
            await link.close()
            group.cancelAll()
        }
        return (ending ?? .linkLost, isInside)
    }

    private func startTasks(
        _ group: inout TaskGroup<Void>, _ sink: AsyncStream<Event>.Continuation, as number: Int
    ) {
        let turns = turns
        group.addTask { [self] in
            for await question in turns.ask.stream {
                sink.yield(.answer(await answer(question, as: number)))
            }
        }
        turns.follow.startFollowing(turns.grow.stream, in: &group) { sink.yield(.grew) }
        group.addTask {
            for await reason in turns.expel.stream {
                sink.yield(.expelled(reason))
                return
            }
        }
        turns.timer.startTimer(in: &group, sleep: relay.environment.sleep) { sink.yield(.fired) }
    }

    private func take(_ event: Event) {
        switch event {
        case .link(let event): take(event)
        case .answer(let inputs):
            desk.answered()
            for input in inputs { handle(input) }
        case .grew:
            handle(.grew)
            turns.follow.give(())
        case .fired: handle(.timerFired)
        case .expelled(let reason): handle(.leave(reason))
        }
        isInside = isInside || session.isAdmitted
        if ending == nil, let question = desk.nextQuestion(pass) { turns.ask.give(question) }
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
            ending = ending ?? .linkLost
        }
    }

    private func read(_ bytes: [UInt8]) {
        guard ending == nil else { return }
        guard session.isAdmitted || bytes.count <= RelayLimits.greetingBytesMax else {
            handle(.leave(.limitExceeded))
            return
        }
        do {
            handle(.received(try RelayDecoder().decode(bytes)))
        } catch {
            handle(.leave(.malformed))
        }
    }

    /// Gives an input to the machine and performs what follows, in order and without a pause.
    private func handle(_ input: RelaySession.Input) {
        for effect in session.handle(input, at: .zero) { perform(effect) }
    }

    private func perform(_ effect: RelaySession.Effect) {
        switch effect {
        case .send(let message): pump.send(message.encoded(), isGoodbye: message.isGoodbye)
        case .check(let signed): desk.claim = signed
        case .append(let tag, let bytes): desk.appends.append((tag, bytes))
        case .fetch(let request): desk.fetch = request
        case .perform(let tag, let deed): desk.deed = (tag, deed)
        case .setTimer(let wait): turns.timer.give(wait)
        case .close(let reason): ending = ending ?? reason
        }
    }
}

/// Lets each waiting task go on once.
struct Turns: Sendable {
    let ask = Turn<RelayQuestion>()
    let follow = Turn<Void>()
    let grow = Turn<Void>()
    let expel = Turn<RelayCloseReason>()
    let timer = Turn<Duration>()
}
