internal import CRDT
internal import Signing
public import SyncProtocol

/// One talk of a mailbox's admin with its relay: enters, does a few deeds one after another and
/// leaves.
public struct RelayErrand: Sendable {
    /// Why it did not come to its end.
    public enum Trouble: Error, Sendable, Hashable, CustomStringConvertible {
        /// The relay ended the talk, or the link was lost.
        case closed(RelayCloseReason)
        /// The relay refused a deed.
        case refused(MailboxRefusal)
        /// Nothing came for too long.
        case silent

        public var description: String {
            switch self {
            case .closed(let reason): "the relay ended the talk: \(reason)"
            case .refused(let refusal): "the relay refuses: \(refusal)"
            case .silent: "the relay does not answer"
            }
        }
    }

    /// How long the whole errand may take: a few round trips over a satellite.
    public static let patience = Duration.seconds(60)

    let link: any FrameLink
    let binding: ChannelBinding
    let environment: NodeEnvironment

    /// - Parameter link: lent; it is closed at the end.
    public init(
        link: any FrameLink, binding: ChannelBinding, environment: NodeEnvironment
    ) {
        self.link = link
        self.binding = binding
        self.environment = environment
    }

    /// Enters and asks `next` for one deed after the other until it has none.
    ///
    /// - Parameters:
    ///   - access: gets the relay's id as it introduces itself, and says with which key to enter;
    ///     for another relay the talk ends at once.
    ///   - next: gets the answer to the deed before, `nil` at first.
    public func run(
        _ purpose: RelayClaim.Purpose,
        access: @escaping @Sendable (RelayID) throws -> RelayAccess,
        next: @escaping @Sendable (MailboxDeedAnswer?) async -> MailboxDeed?
    ) async throws {
        let outcome = await withTaskGroup(of: Result<Void, any Error>.self) { group in
            group.addTask { await talk(purpose, access, next) }
            group.addTask {
                // Cancelled when the errand is done.
                guard (try? await environment.sleep(Self.patience)) != nil else {
                    return .failure(CancellationError())
                }
                return .failure(Trouble.silent)
            }
            let first = await group.next() ?? .failure(CancellationError())
            await link.close()
            group.cancelAll()
            return first
        }
        try outcome.get()
    }

    private func talk(
        _ purpose: RelayClaim.Purpose, _ access: (RelayID) throws -> RelayAccess,
        _ next: (MailboxDeedAnswer?) async -> MailboxDeed?
    ) async -> Result<Void, any Error> {
        var session = MailboxSession(hasher: BLAKE2bHasher())
        guard let bytes = await link.receive(),
            let message = try? RelayDecoder().decode(bytes),
            case .challenge(let challenge) = message
        else { return .failure(Trouble.closed(.linkLost)) }
        do {
            let access = try access(challenge.relay)
            var due = session.handle(.opened(access.address(purpose), binding), at: .zero)
            due += session.handle(.received(message), at: .zero)
            var tag: UInt32 = 0
            while true {
                while !due.isEmpty {
                    switch due.removeFirst() {
                    case .send(let message):
                        try await link.send(message.encoded())
                        due += session.handle(.sent, at: .zero)
                    case .sign(let bytes):
                        due += session.handle(.signed(access.sign(bytes)), at: .zero)
                    case .joined:
                        guard try await perform(next(nil), &tag, &session, &due) else {
                            return .success(())
                        }
                    case .performed(_, .refused(let refusal)):
                        return .failure(Trouble.refused(refusal))
                    case .performed(_, let answer):
                        guard try await perform(next(answer), &tag, &session, &due) else {
                            return .success(())
                        }
                    case .close(let reason): return .failure(Trouble.closed(reason))
                    case .settled, .deliver, .pageRead, .reset, .setTimer: break
                    }
                }
                guard let bytes = await link.receive() else {
                    return .failure(Trouble.closed(.linkLost))
                }
                due = session.handle(.received(try RelayDecoder().decode(bytes)), at: .zero)
            }
        } catch {
            return .failure(error)
        }
    }

    /// - Returns: false when there is nothing left to do; the relay has been told.
    private func perform(
        _ deed: MailboxDeed?, _ tag: inout UInt32, _ session: inout MailboxSession,
        _ due: inout [MailboxSession.Effect]
    ) async throws -> Bool {
        guard let deed else {
            for case .send(let message) in session.handle(.leave(.goingAway), at: .zero) {
                // Whoever is gone already needs no goodbye.
                try? await link.send(message.encoded())
            }
            return false
        }
        tag += 1
        due += session.handle(.perform(tag: tag, deed), at: .zero)
        return true
    }
}
