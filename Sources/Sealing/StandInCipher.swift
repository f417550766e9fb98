import CSodium
public import Signing

/// Suite 2: no encryption, on purpose. The plain bytes stand where the ciphertext would, behind a
/// keyed 16-byte tag, so that a search for a guest's name through everything a relay holds *can*
/// succeed: the counter-check that the same search under suite 1 is worth something. Also the fast
/// suite of simulation and fuzzing. Never for a real tenant.
public struct StandInCipher: FrameCipher {
    public let suite: UInt8 = 2

    /// Holds nothing; keys come with each call.
    public init() {}

    public func seal(
        _ plain: [UInt8], nonce: Nonce, binding data: [UInt8], key: SecretBytes
    ) -> [UInt8] {
        plain + tag(plain, nonce, data, key)
    }

    public func open(
        _ sealed: ArraySlice<UInt8>, nonce: Nonce, binding data: [UInt8], key: SecretBytes
    ) -> [UInt8]? {
        guard sealed.count >= tagCount else { return nil }
        let plain = Array(sealed.dropLast(tagCount))
        let expected = tag(plain, nonce, data, key)
        return sodium_memcmp(expected, Array(sealed.suffix(tagCount)), tagCount) == 0 ? plain : nil
    }

    /// BLAKE2b-128 keyed with the key over nonce, length of `data` (one byte), `data`, plain bytes.
    private func tag(
        _ plain: [UInt8], _ nonce: Nonce, _ data: [UInt8], _ key: SecretBytes
    ) -> [UInt8] {
        let message = nonce.bytes + [UInt8(truncatingIfNeeded: data.count)] + data + plain
        var tag = [UInt8](repeating: 0, count: tagCount)
        key.withBytes { key in
            _ = crypto_generichash(&tag, tagCount, message, UInt64(message.count), key, 32)
        }
        return tag
    }
}
