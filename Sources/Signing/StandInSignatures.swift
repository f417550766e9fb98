import CSodium

/// Stands in for signatures in simulation and fuzzing, at a fiftieth of the cost: BLAKE2b-512 of
/// the message, keyed with the *public* key. It shows every mistake a signature would show except
/// a forgery, which anyone can make. Never for a real tenant.
public struct StandInSignatures: SignatureScheme {
    /// Starts libsodium on first use.
    public init() { Sodium.start() }

    public func keyPair(seed: SecretBytes) -> SigningKeyPair {
        var publicBytes = [UInt8](repeating: 0, count: 32)
        seed.withBytes { source in
            _ = crypto_generichash(&publicBytes, 32, source, UInt64(seed.count), nil, 0)
        }
        guard let key = SigningKey(bytes: publicBytes) else {
            preconditionFailure("32 bytes were reserved for the key")
        }
        return SigningKeyPair(publicKey: key, secret: seed)
    }

    public func sign(_ message: [UInt8], with pair: SigningKeyPair) -> Signature {
        guard let signature = Signature(bytes: digest(message, key: pair.publicKey)) else {
            preconditionFailure("64 bytes were reserved for the signature")
        }
        return signature
    }

    public func verifies(
        _ signature: Signature, of message: [UInt8], by key: SigningKey
    ) -> Bool {
        sodium_memcmp(signature.bytes, digest(message, key: key), 64) == 0
    }

    private func digest(_ message: [UInt8], key: SigningKey) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = crypto_generichash(&bytes, 64, message, UInt64(message.count), key.bytes, 32)
        return bytes
    }
}
