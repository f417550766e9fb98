internal import EdgeNode
internal import Logging
internal import PeerTransport
internal import ServiceLifecycle
internal import Signing
internal import SyncProtocol

/// The link to the relay that this box keeps open, and at a box that keeps the mailbox its keys.
/// A box without a relay runs it for nothing.
struct RelayService: NamedService {
    let node: Node
    let log: RelayLinkLog
    private let membership: RelayMembership
    private let dialer: PeerDialer

    /// - Returns: `nil` for a box without a relay.
    init?(_ node: Node, _ logger: Logger) throws {
        guard let membership = node.relay else { return nil }
        self.node = node
        self.membership = membership
        log = RelayLinkLog(logger, membership.address, node.environment)
        dialer = try PeerDialer(membership)
    }

    func run() async throws {
        do {
            try await node.registerOwnKey()
        } catch {
            // A revoked box still serves its own desks.
            log.fail("this box could not tell which key it uses: \(FaultWords.of(error))")
        }
        try await untilShutdown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await keepLink() }
                if node.keepsMailbox { group.addTask { try await keepKeys() } }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    /// After a failure it waits longer each time, never twice the same.
    private func keepLink() async throws {
        let environment = node.environment
        var backoff = Backoff(least: .milliseconds(500), most: .seconds(60))
        while !Task.isCancelled {
            let talk = Talk()
            do {
                try await dialer.withLink { link in
                    let (binding, log) = (link.binding, log)
                    do {
                        let end = try await node.serveRelay(link, binding: binding) { log.say($0) }
                        await talk.note(end.isProgress, isAgain: end.ending == .again)
                    } catch {
                        log.fail(FaultWords.of(error))
                    }
                }
            } catch {
                let words = Self.words(error)
                node.relayBoard.unreachable(words, at: environment.wallMilliseconds())
                log.fail(words)
            }
            if await talk.isProgress { backoff.reset() }
            if await talk.isAgain { continue }
            let pause = backoff.next(random: environment.randomNumber64())
            if try await node.dialBell.wait(pause, in: environment) { backoff.reset() }
        }
    }

    /// How often the keys are compared though nothing was heard: a relay may have been set back to
    /// a state in which a revoked box was in.
    private static let keysInterval = Duration.seconds(600)

    private func keepKeys() async throws {
        let environment = node.environment
        let (reasons, sink) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var known = ""
                for await _ in node.replica.feed.follow() {
                    let lane = await node.laneName
                    if lane != known { sink.yield(()) }
                    known = lane
                }
            }
            group.addTask {
                while true {
                    try await environment.sleep(Self.keysInterval)
                    sink.yield(())
                }
            }
            group.addTask {
                for await _ in reasons { try await bringKeysIntoLine() }
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Tries until the relay was reached.
    private func bringKeysIntoLine() async throws {
        let environment = node.environment
        var backoff = Backoff(least: .milliseconds(500), most: .seconds(60))
        while !Task.isCancelled {
            let talk = Talk()
            // Who does not answer is told of by the link, which dials the same address.
            try? await dialer.withLink { link in
                do {
                    if let done = try await node.keepMailbox(link, binding: link.binding) {
                        log.say(done)
                    }
                    await talk.note(true, isAgain: false)
                } catch {
                    log.fail("the mailbox's keys could not be compared: \(FaultWords.of(error))")
                }
            }
            if await talk.isProgress { return }
            try await environment.sleep(backoff.next(random: environment.randomNumber64()))
        }
    }

    /// Why there is no link, and what to look at.
    private static func words(_ error: any Error) -> String {
        switch (error as? TransportError)?.code {
        case .cannotReach: "the relay does not answer. Is it running, and is this box online?"
        case .cut:
            """
            the way to the relay is cut: the connection ended before the relay said anything. Is \
            this box online?
            """
        case .untrusted:
            "the certificate shown there is not the one that this box was told to trust."
        case .notAPeer: "what answers there is no relay."
        default: FaultWords.of(error)
        }
    }

    private actor Talk {
        private(set) var isProgress = false
        private(set) var isAgain = false

        func note(_ isProgress: Bool, isAgain: Bool) {
            self.isProgress = isProgress
            self.isAgain = isAgain
        }
    }
}

extension PeerDialer {
    /// The way to a tenant's relay.
    init(_ membership: RelayMembership) throws {
        let address = try PeerAddress(
            host: membership.host, port: membership.port,
            isSecured: membership.trust != .loopback)
        try self.init(address, membership.trust)
    }

    /// The way to a relay that is trusted so.
    init(_ address: PeerAddress, _ trust: RelayMembership.Trust) throws {
        let security: TransportSecurity =
            switch trust {
            case .loopback: .none
            case .system: try .client()
            case .pinned(let pem): try .client(pem: pem)
            }
        self.init(address, options: .relay(security))
    }
}

extension WebSocketLink {
    /// What a login on this link is tied to.
    var binding: ChannelBinding {
        serverCertificate.map { .endPoint(certificate: $0, BLAKE2bHasher()) } ?? .loopback
    }
}

/// One line a change of state; the same trouble at most once a minute.
final class RelayLinkLog: Sendable {
    private let logger: Logger
    private let address: String
    private let recent: RecentWords

    init(_ logger: Logger, _ address: String, _ environment: NodeEnvironment) {
        self.logger = logger
        self.address = address
        recent = RecentWords(environment)
    }

    func say(_ words: String) {
        if recent.areNews(words) { logger.info("relay \(address): \(words)") }
    }

    func fail(_ words: String) {
        guard recent.areNews(words) else { return }
        logger.warning("relay \(address): \(words) It is tried again, less and less often.")
    }
}
