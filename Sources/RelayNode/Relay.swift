public import CRDT
internal import LinkTalk
public import Signing
public import SyncProtocol

/// A relay: serves links, each with a machine of its own, over one store. It holds no state that
/// outlives a connection.
public actor Relay {
    /// What it serves from.
    nonisolated let store: any MailboxStore
    nonisolated let signatures: any SignatureScheme
    nonisolated let hasher: any ContentHasher
    nonisolated let environment: RelayEnvironment
    nonisolated let notify: @Sendable (RelayNotice) -> Void
    private let crowd: RelayCrowd
    private var next = 0
    /// Who has not logged in, oldest first.
    private var strangers: [(number: Int, connection: RelayConnection)] = []
    private var guests: [MailboxID: [Int: (key: RelayKey, connection: RelayConnection)]] = [:]

    /// Serves nobody yet.
    ///
    /// - Parameter notify: told what happens; called from any task.
    public init(
        store: any MailboxStore, signatures: any SignatureScheme, hasher: any ContentHasher,
        environment: RelayEnvironment, crowd: RelayCrowd = RelayCrowd(),
        notify: @escaping @Sendable (RelayNotice) -> Void = { _ in }
    ) {
        self.store = store
        self.signatures = signatures
        self.hasher = hasher
        self.environment = environment
        self.crowd = crowd
        self.notify = notify
    }

    /// Serves one link until it or the talk ends, then closes it.
    ///
    /// - Parameter binding: of this link, as the box computes it too.
    /// - Returns: why the talk ended.
    @discardableResult
    public nonisolated func serve(
        _ link: any FrameLink, binding: ChannelBinding
    ) async -> RelayCloseReason {
        let connection = RelayConnection(relay: self, link: link)
        let number = await admit(connection)
        let (reason, wasInside) = await connection.run(as: number, binding)
        await leave(number, connection)
        notify(wasInside ? .left("\(reason)") : .strangerLeft("\(reason)"))
        return reason
    }

    private func admit(_ connection: RelayConnection) -> Int {
        next += 1
        strangers.append((next, connection))
        if strangers.count > crowd.strangersMax {
            strangers.removeFirst().connection.turns.expel.give(.limitExceeded)
        }
        return next
    }

    /// Before the store is asked, so that a key that is removed meanwhile finds the connection.
    func enter(
        _ number: Int, _ pass: RelayPass, _ connection: RelayConnection
    ) -> Bool {
        guard guests[pass.mailbox, default: [:]].count < crowd.mailboxMax else { return false }
        guests[pass.mailbox, default: [:]][number] = (pass.key, connection)
        return true
    }

    /// The store has admitted it: it is no stranger any more.
    func greet(_ number: Int) {
        strangers.removeAll { $0.number == number }
        notify(.entered)
    }

    private func leave(_ number: Int, _ connection: RelayConnection) async {
        strangers.removeAll { $0.number == number }
        guard let mailbox = await connection.pass?.mailbox else { return }
        guests[mailbox]?[number] = nil
        if guests[mailbox]?.isEmpty == true { guests[mailbox] = nil }
    }

    /// There is something new in the mailbox.
    func tellGrowth(of mailbox: MailboxID) {
        // In the order of their coming, so that a simulated day can be lived twice.
        for (_, guest) in guests[mailbox, default: [:]].sorted(by: { $0.key < $1.key }) {
            guest.connection.turns.grow.give(())
        }
    }

    /// A key was removed: whoever entered with it has to go.
    func expel(_ key: RelayKey, from mailbox: MailboxID) {
        for guest in guests[mailbox, default: [:]].values where guest.key == key {
            guest.connection.turns.expel.give(.notAdmitted)
        }
    }
}
