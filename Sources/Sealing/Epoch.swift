public import CRDT
import CSodium
public import Signing

/// A span of time under one key. Who was removed does not get the next epoch's key.
public struct Epoch: Sendable {
    /// BLAKE2b-256 over domain `epoch` and the key: proves to all recipients that they hold one
    /// key, and commits every frame to it (XChaCha20-Poly1305 alone does not).
    public let commitment: ContentHash
    /// Seals frames: subkey 1 of the epoch key, context `WRNframe`.
    let frameKey: SecretBytes

    /// - Parameter key: 32 random bytes.
    public init(key: SecretBytes) {
        precondition(key.count == 32, "an epoch key has 32 bytes")
        let domain = ByteWriter(domain: .epoch).bytes
        let preimage = SecretBytes(count: domain.count + 32) { target in
            target.update(from: domain, count: domain.count)
            key.withBytes { (target + domain.count).update(from: $0, count: 32) }
        }
        var hash = [UInt8](repeating: 0, count: 32)
        preimage.withBytes { source in
            _ = crypto_generichash(&hash, 32, source, UInt64(preimage.count), nil, 0)
        }
        guard let commitment = ContentHash(bytes: hash) else {
            preconditionFailure("32 bytes were reserved for the commitment")
        }
        self.commitment = commitment
        frameKey = key.subkey(1, context: "WRNframe")
    }

    /// The first 8 bytes of the commitment, big-endian: what a frame's header shows.
    public var tag: UInt64 { commitment.prefix }
}
