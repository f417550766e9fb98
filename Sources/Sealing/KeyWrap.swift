public import CRDT
import CSodium
public import Signing

/// A key sealed to one device: an X25519 sealed box (the form of libsodium's `crypto_box_seal`)
/// that binds tenant, number and recipient (`Control-Lane.md`, Key wraps).
public enum KeyWrap {
    /// Sealed bytes: 48 of box around key 32, tenant 16, number 8, recipient 16.
    public static let count = 120

    /// Wraps a 32-byte key.
    ///
    /// - Parameters:
    ///   - number: of the epoch; 0 for the tenant control key.
    ///   - entropy: 32 random bytes for this call alone; the ephemeral key comes from it.
    /// - Returns: 120 bytes; `nil` if the recipient's box key is a point of small order.
    public static func seal(
        _ key: SecretBytes, number: UInt64, tenant: TenantID, to recipient: PublicKeys,
        entropy: SecretBytes
    ) -> [UInt8]? {
        precondition(key.count == 32 && entropy.count == 32, "keys and entropy have 32 bytes")
        let bound = binding(number, tenant, recipient.device)
        let message = SecretBytes(count: 32 + bound.count) { target in
            key.withBytes { target.update(from: $0, count: 32) }
            (target + 32).update(from: bound, count: bound.count)
        }
        return SealedBox.seal(message, to: recipient.box, entropy: entropy)
    }

    /// Unwraps a key that was sealed to `identity` for exactly this tenant and number. The caller
    /// then compares `Epoch.commitment`.
    public static func open(
        _ wrapped: [UInt8], number: UInt64, tenant: TenantID, by identity: DeviceIdentity
    ) -> SecretBytes? {
        guard wrapped.count == count, let message = identity.openBox(wrapped) else { return nil }
        let bound = binding(number, tenant, identity.device)
        let isBound = message.withBytes { sodium_memcmp($0 + 32, bound, bound.count) == 0 }
        guard isBound else { return nil }
        return SecretBytes(count: 32) { target in
            message.withBytes { target.update(from: $0, count: 32) }
        }
    }

    private static func binding(
        _ number: UInt64, _ tenant: TenantID, _ recipient: DeviceID
    ) -> [UInt8] {
        var writer = ByteWriter(capacity: 40)
        writer.write(id: tenant.value)
        writer.write(fixed: number)
        writer.write(id: recipient.value)
        return writer.bytes
    }
}
