internal import CRDT
internal import LinkTalk
internal import ReplicaStorage
internal import Signing
public import SyncProtocol

/// Drives one talk with a relay over one link: enters the mailbox, reads it into the replica
/// through the door that peers use, and uploads what it lacks. Ends when the link does.
///
/// Built as `LinkSession`: one task holds the machines; others wait for the link, the replica,
/// changes and timers and tell it. Nothing here grows with the relay's zeal: one page is read at a
/// time, and the link is asked for a message once the one before was understood.
public actor RelayLink {
    /// What became of the talk.
    public enum Ending: Sendable, Hashable {
        /// The relay or this box ended it.
        case closed(RelayCloseReason)
        /// To be begun anew at once: something is to be read once more.
        case again
        /// Only a new process may try the disk again.
        case storageFailed(String)
    }

    /// What a follower may want to show.
    public enum Notice: Sendable, Hashable {
        /// In the mailbox, which stands so.
        case joined(MailboxStanding)
        /// What the exchange found out.
        case report(MailboxReport)
        /// How many items wait to be uploaded or acknowledged.
        case waiting(Int)
        /// How far the mailbox was read, of how many items.
        case read(UInt64)
    }

    private enum Event: Sendable {
        case link(LinkPump.Event)
        case kept(Result<MailboxKept, StorageError>)
        case found(Result<MailboxFindings, StorageError>)
        case changed
        case loginFired
        case fired(MailboxExchange.Timer)
    }

    /// Each source of events waits for its turn, so no more than one of each can be here.
    private static let eventsMax = 32

    private let replica: Replica
    private let link: any FrameLink
    private let access: RelayAccess
    private let binding: ChannelBinding
    private let environment: NodeEnvironment
    private let notify: @Sendable (Notice) -> Void
    private var session: MailboxSession
    private var exchange: MailboxExchange
    private var known: MailboxProgress?
    private var ending: Ending?
    private var pump: LinkPump
    private var waitingCount = 0
    private let turns = RelayTurns()

    /// - Parameter binding: what ties the login to this very connection.
    public init(
        replica: Replica, link: any FrameLink, access: RelayAccess, binding: ChannelBinding,
        environment: NodeEnvironment, notify: @escaping @Sendable (Notice) -> Void = { _ in }
    ) {
        self.replica = replica
        self.link = link
        self.access = access
        self.binding = binding
        self.environment = environment
        self.notify = notify
        pump = LinkPump(link)
        session = MailboxSession(hasher: BLAKE2bHasher())
        exchange = MailboxExchange(hasher: BLAKE2bHasher())
    }

    /// Runs until the link or the talk ends, and closes the link.
    public func run() async -> Ending {
        do throws(StorageError) {
            known = try await replica.progress(of: access.name)
        } catch {
            await link.close()
            return .storageFailed(error.message)
        }
        let (events, sink) = AsyncStream<Event>.makeStream(
            bufferingPolicy: .bufferingOldest(Self.eventsMax))
        await withTaskGroup(of: Void.self) { group in
            startTasks(&group, sink)
            handle(.opened(access.address(.login(.device)), binding))
            pump.start(in: &group) { sink.yield(.link($0)) }
            turns.follow.give(())
            for await event in events {
                take(event)
                if ending != nil, !pump.isSayingGoodbye { break }
            }
            await link.close()
            group.cancelAll()
        }
        return ending ?? .closed(.linkLost)
    }

    private func startTasks(
        _ group: inout TaskGroup<Void>, _ sink: AsyncStream<Event>.Continuation
    ) {
        let (replica, turns, mailbox, sleep) = (replica, turns, access.name, environment.sleep)
        group.addTask {
            for await batch in turns.keep.stream {
                sink.yield(.kept(await Self.keep(batch, of: mailbox, replica)))
            }
        }
        group.addTask {
            for await question in turns.find.stream {
                sink.yield(.found(await Self.find(question, replica)))
            }
        }
        turns.follow.startFollowing(replica.feed.follow(), in: &group) { sink.yield(.changed) }
        turns.login.startTimer(in: &group, sleep: sleep) { sink.yield(.loginFired) }
        for timer in MailboxExchange.Timer.allCases {
            turns.timer(timer).startTimer(in: &group, sleep: sleep) { sink.yield(.fired(timer)) }
        }
    }

    private static func keep(
        _ batch: MailboxBatch, of mailbox: String, _ replica: Replica
    ) async -> Result<MailboxKept, StorageError> {
        do throws(StorageError) {
            return .success(try await replica.keep(batch, of: mailbox))
        } catch {
            return .failure(error)
        }
    }

    private static func find(
        _ question: MailboxQuestion, _ replica: Replica
    ) async -> Result<MailboxFindings, StorageError> {
        do throws(StorageError) {
            return .success(try await replica.find(question))
        } catch {
            return .failure(error)
        }
    }

    // MARK: Events

    private func take(_ event: Event) {
        switch event {
        case .link(let event): take(event)
        case .kept(.success(let kept)):
            notify(.read(kept.progress.cursor.number))
            exchange(.kept(kept))
        case .found(.success(let findings)): exchange(.found(findings))
        case .kept(.failure(let error)), .found(.failure(let error)):
            ending = ending ?? .storageFailed(error.message)
            handle(.leave(.goingAway))
        case .changed:
            exchange(.localChanged)
            turns.follow.give(())
        case .loginFired: handle(.timerFired)
        case .fired(let timer): exchange(.timerFired(timer))
        }
        guard exchange.waitingCount != waitingCount else { return }
        waitingCount = exchange.waitingCount
        notify(.waiting(waitingCount))
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
            handle(.received(try RelayDecoder().decode(bytes)))
        } catch {
            handle(.leave(.malformed))
        }
    }

    /// Gives an input to the talk and performs what follows, in order and without a pause.
    private func handle(_ input: MailboxSession.Input) {
        for effect in session.handle(input, at: .zero) { perform(effect) }
    }

    private func perform(_ effect: MailboxSession.Effect) {
        switch effect {
        case .send(let message): pump.send(message.encoded(), isGoodbye: message.isGoodbye)
        case .sign(let bytes): handle(.signed(access.sign(bytes)))
        case .joined(let standing):
            notify(.joined(standing))
            exchange(.joined(standing, known, draw: environment.randomNumber64()))
        case .settled(let tag, let result): exchange(.settled(tag: tag, result))
        case .deliver(let item): exchange(.delivered(item))
        case .pageRead(let cursor, let head): exchange(.pageRead(cursor, headNumber: head))
        case .reset(let reason, let floor): exchange(.reset(reason, floor: floor))
        // Answers an admin only.
        case .performed: break
        case .setTimer(let wait): turns.login.give(wait)
        case .close(let reason): ending = ending ?? .closed(reason)
        }
    }

    private func exchange(_ input: MailboxExchange.Input) {
        for effect in exchange.handle(input, at: .zero) {
            switch effect {
            case .read(let request): handle(.read(request))
            case .append(let tag, let item): handle(.append(tag: tag, item))
            case .keep(let batch): turns.keep.give(batch)
            case .find(let question): turns.find.give(question)
            case .setTimer(let timer, let wait): turns.timer(timer).give(wait)
            case .report(let report): notify(.report(report))
            case .leave(let reason):
                if reason == .goingAway { ending = ending ?? .again }
                handle(.leave(reason))
            }
        }
    }
}

/// Lets each waiting task go on once.
private struct RelayTurns: Sendable {
    let keep = Turn<MailboxBatch>()
    let find = Turn<MailboxQuestion>()
    let follow = Turn<Void>()
    let login = Turn<Duration>()
    private let fill = Turn<Duration>()
    private let retry = Turn<Duration>()
    private let again = Turn<Duration>()
    private let watch = Turn<Duration>()

    func timer(_ timer: MailboxExchange.Timer) -> Turn<Duration> {
        switch timer {
        case .fill: fill
        case .retry: retry
        case .again: again
        case .watch: watch
        }
    }
}
