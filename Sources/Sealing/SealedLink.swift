import CRDT
import Signing

/// One side of a sealed conversation: vectors, wants, greetings and whatever else travels between
/// two boxes and is not stored (`Control-Lane.md`, Links).
///
/// Messages count up in each direction and the count is bound, not sent: a message replayed,
/// dropped, reordered, turned around or taken from another link does not open. The transport below
/// keeps order, so after `notAuthentic` the link is to be closed.
public struct SealedLink: Sendable {
    /// Who opened the connection. By role in the exchange, not by place.
    public enum Role: UInt8, Sendable, CaseIterable {
        /// Opened it; its messages carry direction 1.
        case initiator = 1
        /// Accepted it; its messages carry direction 2.
        case responder = 2

        var other: Role {
            switch self {
            case .initiator: .responder
            case .responder: .initiator
            }
        }
    }

    /// Messages sealed so far.
    public private(set) var sent: UInt64 = 0
    /// Messages opened so far.
    public private(set) var received: UInt64 = 0
    private let cipher: any FrameCipher
    private let key: SecretBytes
    private let conversation: [UInt8]
    private let role: Role

    init(
        tenant: TenantID, cipher: any FrameCipher, key: SecretBytes, initiator: LinkNonce,
        responder: LinkNonce, role: Role
    ) {
        var binding = ByteWriter(domain: .link, capacity: 96)
        binding.write(id: tenant.value)
        binding.write(id: initiator.value)
        binding.write(id: responder.value)
        conversation = binding.bytes
        self.cipher = cipher
        self.key = key
        self.role = role
    }

    /// Seals this side's next message.
    ///
    /// - Throws: `tooLarge` above `SealingLimits.controlBytesMax`; the count stays.
    public mutating func seal(_ message: [UInt8], nonce: Nonce) throws(SealingError) -> [UInt8] {
        let sealed = try form(role, sent).seal(message, nonce)
        sent += 1
        return sealed
    }

    /// Opens the other side's next message; the count stays when it does not open.
    public mutating func open(_ bytes: [UInt8]) throws(SealingError) -> [UInt8] {
        let message = try form(role.other, received).open(bytes)
        received += 1
        return message
    }

    private func form(_ direction: Role, _ counter: UInt64) -> SmallSeal {
        var binding = ByteWriter(capacity: 128)
        binding.write(bytes: conversation)
        binding.write(byte: direction.rawValue)
        binding.write(fixed: counter)
        return SmallSeal(cipher: cipher, key: key, binding: binding.bytes)
    }
}
