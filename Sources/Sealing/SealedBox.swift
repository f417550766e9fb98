import CSodium
import Signing

/// A message that one device alone can open: an X25519 sealed box in the form of libsodium's
/// `crypto_box_seal`, with entropy from outside. `DeviceIdentity.openBox` opens it.
///
/// A sealed box names no sender and binds nothing: what it holds must.
enum SealedBox {
    /// Bytes that a box adds: the ephemeral key 32 and the authenticator 16.
    static let overhead = 48

    /// - Parameter entropy: 32 random bytes for this call alone; the ephemeral key comes from it.
    /// - Returns: `nil` if the recipient's key is a point of small order.
    static func seal(_ message: SecretBytes, to recipient: BoxKey, entropy: SecretBytes)
        -> [UInt8]?
    {
        var ephemeral = [UInt8](repeating: 0, count: 32)
        let secret = SecretBytes(count: 32) { target in
            entropy.withBytes { _ = crypto_box_seed_keypair(&ephemeral, target, $0) }
        }
        var nonce = [UInt8](repeating: 0, count: 24)
        let both = ephemeral + recipient.bytes
        _ = crypto_generichash(&nonce, 24, both, UInt64(both.count), nil, 0)
        var box = [UInt8](repeating: 0, count: message.count + 16)
        let status = secret.withBytes { secret in
            message.withBytes { message in
                crypto_box_easy(
                    &box, message, UInt64(box.count - 16), nonce, recipient.bytes, secret)
            }
        }
        return status == 0 ? ephemeral + box : nil
    }
}
