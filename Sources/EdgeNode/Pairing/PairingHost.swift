internal import CRDT
internal import Foundation
internal import Sealing
internal import Signing
public import SyncProtocol

/// Admits one newcomer at a time to the tenant of a running node: a person opens the pairing,
/// compares the codes, and agrees or declines.
public actor PairingHost {
    /// How long a pairing stays open: as long as it takes to walk to the other box and back.
    public static let patience = Duration.seconds(15 * 60)

    /// How long a link may take until it has shown who it is. One that was not offered anything yet
    /// also makes room for the next at once: a stranger that says nothing keeps nobody out.
    public static let greeting = Duration.seconds(10)

    private enum Event: Sendable {
        case machine(PairingAdmitter.Input)
        case greetingOver
        case replaced
        case over
    }

    private let node: Node
    private var standing = PairingStanding()
    private var role = BoxRole.desk
    private var closesAt: Duration?
    private var code: PairingCode?
    private var events: AsyncStream<Event>.Continuation?
    /// Of the link that is at it: what an earlier one still says counts no more.
    private var number = 0
    /// Whether the open pairing's one offer was given. Whoever has it could know this box's code
    /// before it reveals itself, so it gets no second one to choose from.
    private var hasOffered = false

    /// A closed one; the tenant's mailbox, if this box uses one, is handed over with the keys.
    public init(_ node: Node) { self.node = node }

    /// Lets one newcomer come, for a quarter of an hour.
    ///
    /// - Throws: `DeskRefusal` where one is open already, or where this box may not admit.
    public func open(as role: BoxRole = .desk) async throws -> PairingStanding {
        guard await node.isAdmin else {
            throw DeskRefusal(
                .notAllowed,
                "This box may not admit others. Open the pairing at a box that may: the first "
                    + "one of the business can.")
        }
        switch current.phase {
        case .open, .comparing, .agreed:
            throw DeskRefusal(
                .conflict, "A pairing is open here already. Finish or decline it first.")
        case .closed, .paired, .failed: break
        }
        number += 1
        hasOffered = false
        self.role = role
        closesAt = now + Self.patience
        standing = PairingStanding()
        standing.phase = .open
        standing.role = role
        standing.endsAt =
            node.environment.wallMilliseconds() + Self.patience.components.seconds * 1_000
        return standing
    }

    /// How it stands now.
    public var current: PairingStanding {
        if standing.phase == .open, let closesAt, now >= closesAt {
            end(.expired)
        }
        return standing
    }

    /// Whether a link is at it.
    var isServing: Bool { events != nil }

    /// The person here says that the other box shows `text`.
    ///
    /// - Throws: `DeskRefusal`: `invalid` for a wrong code, which also ends the pairing.
    public func approve(_ text: String) throws -> PairingStanding {
        guard standing.phase == .comparing, let events, let code else {
            throw DeskRefusal(.conflict, "No newcomer waits for an answer here.")
        }
        guard let typed = PairingCode(text) else {
            throw DeskRefusal(.invalid, "The code has six digits, as in 042 917.")
        }
        events.yield(.machine(.approved(typed)))
        guard typed == code else {
            throw DeskRefusal(.invalid, Self.sentence(.codesDiffer))
        }
        standing.phase = .agreed
        return standing
    }

    /// The person here wants no newcomer, or not this one; also after having agreed, as long as the
    /// other box has not. `failed` then follows once the newcomer is told.
    public func decline() -> PairingStanding {
        switch current.phase {
        case .comparing, .open:
            events?.yield(.machine(.declined))
            events = nil
            number += 1
            end(.declined)
        case .agreed: events?.yield(.machine(.declined))
        case .closed, .paired, .failed: break
        }
        return standing
    }

    /// Serves one dialled link to its end. One pairing makes one offer: until then a later link
    /// takes the place of an earlier one, afterwards all others are turned away.
    public func serve(_ link: any FrameLink) async {
        guard current.phase == .open, !hasOffered else {
            // Whoever dialled may be gone again.
            try? await link.send(PairingAdmitter.notOpen)
            await link.close()
            return
        }
        let (stream, sink) = AsyncStream<Event>.makeStream(bufferingPolicy: .bufferingOldest(64))
        events?.yield(.replaced)
        events = sink
        number += 1
        let number = number
        let wait = max(.zero, (closesAt ?? now) - now)
        let outbox = PairingOutbox()
        let environment = node.environment
        async let sending: Void = outbox.run(link)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = await link.receive() { sink.yield(.machine(.received(bytes))) }
                sink.yield(.machine(.linkEnded))
                sink.yield(.over)
            }
            group.addTask {
                // Cancelled when the conversation is over.
                do { try await environment.sleep(wait) } catch { return }
                sink.yield(.machine(.timedOut))
            }
            group.addTask {
                do { try await environment.sleep(Self.greeting) } catch { return }
                sink.yield(.greetingOver)
            }
            await follow(stream, outbox, number)
            outbox.close()
            group.cancelAll()
        }
        await sending
        if number == self.number { events = nil }
    }

    private func follow(
        _ stream: AsyncStream<Event>, _ outbox: PairingOutbox, _ number: Int
    ) async {
        let role = role
        let environment = node.environment
        var machine = PairingAdmitter(
            identity: node.identity, site: node.facts.name,
            nonce: environment.randomBytes(PairingLimits.nonceBytes),
            entropy: SecretBytes(copying: environment.randomBytes(32)))
        for await event in stream {
            let input: PairingAdmitter.Input
            switch event {
            case .machine(.declined): input = .declined
            case _ where number != self.number:
                outbox.put(PairingAdmitter.notOpen)
                return
            case .machine(let told): input = told
            case .greetingOver:
                guard standing.phase == .open else { continue }
                input = .timedOut
            case .replaced, .over: return
            }
            var queue = machine.handle(input)[...]
            if number == self.number { hasOffered = machine.hasOffered }
            while let effect = queue.popFirst() {
                switch effect {
                case .send(let letter): outbox.put(letter)
                case .compare(let code, let guest):
                    guard number == self.number else { return }
                    guard await node.hasRoom(for: guest) else {
                        queue += machine.handle(.nameTaken)
                        continue
                    }
                    guard number == self.number else { return }
                    self.code = code
                    standing.phase = .comparing
                    standing.code = "\(code)"
                    standing.guest = guest.site
                case .admit(let guest): queue += machine.handle(await admit(guest, as: role))
                case .finish(let result):
                    switch result {
                    case .success(let guest):
                        await node.welcome(guest)
                        guard number == self.number else { return }
                        standing.phase = .paired
                        standing.code = nil
                    case .failure(let failure):
                        // Who went without an offer was a stranger: the next one may come.
                        if number == self.number, machine.hasOffered { end(failure) }
                    }
                    return
                }
            }
        }
    }

    private func admit(
        _ guest: PairingGuest, as role: BoxRole
    ) async -> PairingAdmitter.Input {
        do {
            let admission = try await node.admit(guest, as: role)
            standing.site = RowName.text(admission.site)
            return .admitted(admission.grant, roster: admission.roster, head: admission.head)
        } catch {
            return .failedToAdmit(FaultWords.of(error))
        }
    }

    private func end(_ failure: PairingFailure) {
        standing.phase = .failed
        standing.code = nil
        standing.trouble = Self.sentence(failure)
    }

    private static func sentence(_ failure: PairingFailure) -> String {
        let text = "\(failure)"
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    private var now: Duration { .milliseconds(node.environment.steadyMilliseconds()) }
}
