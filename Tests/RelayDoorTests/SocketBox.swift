import CRDT
import PeerTransport
import Signing
import SyncProtocol

@testable import warren_relay

/// A box that dials a relay over a real socket.
struct SocketBox: Sendable {
    static let mailbox = MailboxID(0xABCD)
    static let admin: UInt8 = 100

    let address: PeerAddress
    let relay: RelayID
    var security = TransportSecurity.none

    struct NoAnswer: Error {}

    /// Dials, enters as these keys, lends the box, and closes.
    func enter<Answer: Sendable>(
        _ keys: UInt8, _ purpose: RelayClaim.Purpose = .login(.device),
        _ body:
            @escaping @Sendable (ToyBox, Result<MailboxStanding, RelayCloseReason>) async ->
            Answer
    ) async throws -> Answer {
        let answers = Answers<Answer>()
        let dialer = PeerDialer(address, options: .relay(security))
        try await dialer.withLink { [relay] link in
            let box = ToyBox(link, keys: keys)
            let entered = await box.enter(Self.mailbox, purpose, at: relay, link.binding)
            await answers.put(body(box, entered))
        }
        guard let answer = await answers.answer else { throw NoAnswer() }
        return answer
    }

    /// Makes the mailbox and lets boxes 1 and 2 in.
    func settle(_ token: InviteToken) async throws {
        let standing = try await enter(Self.admin, .create(token)) { box, entered in
            for number in 1...2 as ClosedRange<UInt8> {
                _ = await box.perform(.addKey(ToyBox.key(number)))
            }
            return entered
        }
        _ = try standing.get()
    }

    func append(_ items: [[UInt8]], keys: UInt8 = 1) async throws
        -> [Result<MailboxReceipt, MailboxRefusal>]
    {
        try await enter(keys) { box, _ in await box.append(items) }
    }

    func read(after cursor: MailboxCursor, keys: UInt8 = 2) async throws -> ToyBox.Read? {
        try await enter(keys) { box, _ in
            await box.read(MailboxReadRequest(after: cursor, waits: false))
        }
    }

    private actor Answers<Answer: Sendable> {
        private(set) var answer: Answer?

        func put(_ answer: Answer) { self.answer = answer }
    }
}
