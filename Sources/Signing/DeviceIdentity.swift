public import CRDT
import CSodium

/// Who a device (or the recovery kit) is: two key pairs made from one 32-byte seed.
///
/// The seed is drawn by the caller; this room has no randomness. Signing seed and box seed are
/// subkeys 1 and 2 of it, so neither key is converted into the other.
public struct DeviceIdentity: Sendable {
    /// What the seed is for; a kit and a device never share keys even from one seed.
    public enum Purpose: Sendable {
        /// A box of the tenant. Context `WRNdevic`.
        case device
        /// The printed recovery kit. Context `WRNrecov`.
        case recoveryKit
    }

    /// Follows from the public signing key.
    public let device: DeviceID
    /// What others are told.
    public let keys: PublicKeys
    private let pair: SigningKeyPair
    private let boxSecret: SecretBytes
    private let scheme: any SignatureScheme

    /// - Parameter seed: 32 bytes of entropy, kept by the caller for the next start.
    public init(
        seed: SecretBytes, purpose: Purpose = .device, scheme: any SignatureScheme
    ) {
        let context: StaticString
        switch purpose {
        case .device: context = "WRNdevic"
        case .recoveryKit: context = "WRNrecov"
        }
        pair = scheme.keyPair(seed: seed.subkey(1, context: context))
        let boxSeed = seed.subkey(2, context: context)
        var publicBytes = [UInt8](repeating: 0, count: 32)
        boxSecret = SecretBytes(count: 32) { target in
            boxSeed.withBytes { _ = crypto_box_seed_keypair(&publicBytes, target, $0) }
        }
        guard let box = BoxKey(bytes: publicBytes) else {
            preconditionFailure("32 bytes were reserved for the key")
        }
        keys = PublicKeys(signing: pair.publicKey, box: box)
        device = keys.device
        self.scheme = scheme
    }

    /// Signs a message that begins with its `HashDomain`.
    public func sign(_ message: [UInt8]) -> Signature { scheme.sign(message, with: pair) }

    /// Opens a sealed box (`crypto_box_seal`) addressed to this device's box key.
    ///
    /// - Returns: the message, or `nil` when it was not sealed to this key or was altered. A sealed
    ///   box names no sender: what it holds must be bound to tenant and recipient by its content.
    public func openBox(_ sealed: [UInt8]) -> SecretBytes? {
        let overhead = Int(crypto_box_sealbytes())
        guard sealed.count > overhead else { return nil }
        var isOpen = false
        let message = SecretBytes(count: sealed.count - overhead) { target in
            boxSecret.withBytes { secret in
                isOpen =
                    crypto_box_seal_open(
                        target, sealed, UInt64(sealed.count), keys.box.bytes, secret) == 0
            }
        }
        return isOpen ? message : nil
    }
}
