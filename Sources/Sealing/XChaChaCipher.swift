import CSodium
public import Signing

/// Suite 1: XChaCha20-Poly1305-IETF (draft-irtf-cfrg-xchacha-03) by libsodium.
public struct XChaChaCipher: FrameCipher {
    public let suite: UInt8 = 1

    /// Holds nothing; keys come with each call.
    public init() {}

    public func seal(
        _ plain: [UInt8], nonce: Nonce, binding data: [UInt8], key: SecretBytes
    ) -> [UInt8] {
        precondition(key.count == 32, "a sealing key has 32 bytes")
        let count = plain.count + tagCount
        return [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            guard let start = target.baseAddress else { return }
            key.withBytes { key in
                _ = crypto_aead_xchacha20poly1305_ietf_encrypt(
                    start, nil, plain, UInt64(plain.count), data, UInt64(data.count), nil,
                    nonce.bytes, key)
            }
            filled = count
        }
    }

    public func open(
        _ sealed: ArraySlice<UInt8>, nonce: Nonce, binding data: [UInt8], key: SecretBytes
    ) -> [UInt8]? {
        precondition(key.count == 32, "a sealing key has 32 bytes")
        guard sealed.count >= tagCount else { return nil }
        let count = sealed.count - tagCount
        var isAuthentic = false
        let plain = [UInt8](unsafeUninitializedCapacity: max(count, 1)) { target, filled in
            guard let start = target.baseAddress else { return }
            sealed.withUnsafeBufferPointer { source in
                guard let first = source.baseAddress else { return }
                let status = key.withBytes { key in
                    crypto_aead_xchacha20poly1305_ietf_decrypt(
                        start, nil, nil, first, UInt64(source.count), data,
                        UInt64(data.count), nonce.bytes, key)
                }
                isAuthentic = status == 0
            }
            filled = isAuthentic ? count : 0
        }
        return isAuthentic ? plain : nil
    }
}
