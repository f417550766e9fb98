internal import CRDT
internal import Sealing
internal import SyncProtocol

/// The layer between messages and a link (`Wire-Format.md`, On the link): which messages are sealed
/// for this link, and under which nonces.
struct LinkSeal {
    /// Why bytes from the link are no message of this conversation.
    struct Refusal: Error, CustomStringConvertible {
        let reason: String
        var description: String { reason }
    }

    /// Marks sealed bytes; no kind of message.
    private static let mark: UInt8 = 0
    private static let none = LinkNonce(0)

    private let control: ControlSealer
    private let role: SealedLink.Role
    private let nonce: LinkNonce
    private var theirs: LinkNonce?
    private var link: SealedLink?

    init(_ control: ControlSealer, as role: SealedLink.Role, nonce: LinkNonce) {
        self.control = control
        self.role = role
        self.nonce = nonce
    }

    /// What goes on the link for a message.
    mutating func seal(_ message: Message, nonce: Nonce) throws -> [UInt8] {
        guard message.kind.isSealedForLink else { return message.encoded() }
        if case .hello = message {
            // The initiator speaks first and binds nothing; the responder binds what it heard.
            var greeting = greeting(after: role == .initiator ? Self.none : theirs ?? Self.none)
            return [Self.mark] + (try greeting.seal(message.encoded(), nonce: nonce))
        }
        guard let sealed = try link?.seal(message.encoded(), nonce: nonce) else {
            throw Refusal(reason: "a message before both hellos")
        }
        return [Self.mark] + sealed
    }

    /// The message that came; nothing but what its writer would have sent here and now.
    mutating func open(_ bytes: [UInt8]) throws -> Message {
        guard bytes.first == Self.mark else {
            let message = try MessageDecoder().decode(bytes)
            guard !message.kind.isSealedForLink else {
                throw Refusal(reason: "a message in the clear that is to be sealed")
            }
            return message
        }
        let sealed = Array(bytes.dropFirst())
        let message = try MessageDecoder().decode(try openSealed(sealed))
        guard message.kind.isSealedForLink else {
            throw Refusal(reason: "a sealed message that is to come as it is")
        }
        if case .hello(let hello) = message { meet(LinkNonce(hello.nonce)) }
        return message
    }

    private mutating func openSealed(_ bytes: [UInt8]) throws -> [UInt8] {
        if let plain = try link?.open(bytes) { return plain }
        var greeting = greeting(after: role == .initiator ? nonce : Self.none)
        return try greeting.open(bytes)
    }

    /// Hellos come before both nonces are known: the initiator's is bound to none, the responder's
    /// to the initiator's. Whoever replays one has no key to go on with.
    private func greeting(after initiator: LinkNonce) -> SealedLink {
        control.link(initiator: initiator, responder: Self.none, as: role)
    }

    private mutating func meet(_ other: LinkNonce) {
        theirs = other
        link = control.link(
            initiator: role == .initiator ? nonce : other,
            responder: role == .initiator ? other : nonce, as: role)
    }
}
