/// The signature port. A house runs one scheme; the stand-in never meets a real device.
public protocol SignatureScheme: Sendable {
    /// The key pair that a 32-byte seed stands for; the same seed gives the same pair.
    func keyPair(seed: SecretBytes) -> SigningKeyPair
    /// Signs `message`, which begins with its `HashDomain`.
    func sign(_ message: [UInt8], with pair: SigningKeyPair) -> Signature
    /// Whether the holder of `key` signed exactly `message`. Total: odd keys and signatures from
    /// outside are simply not verified.
    func verifies(_ signature: Signature, of message: [UInt8], by key: SigningKey) -> Bool
}

/// A public signing key and its secret half, in whatever form the scheme keeps it.
public struct SigningKeyPair: Sendable {
    /// What others verify with.
    public let publicKey: SigningKey
    /// What only this device holds.
    public let secret: SecretBytes

    /// Pairs two halves that belong together.
    public init(publicKey: SigningKey, secret: SecretBytes) {
        self.publicKey = publicKey
        self.secret = secret
    }
}
