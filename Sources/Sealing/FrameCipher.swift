public import Signing

/// The sealing port: authenticated encryption with a 32-byte key, 24-byte nonce and 16-byte tag.
public protocol FrameCipher: Sendable {
    /// The suite byte of everything sealed with it.
    var suite: UInt8 { get }
    /// - Returns: as many bytes as `plain` has, and 16 of tag.
    func seal(_ plain: [UInt8], nonce: Nonce, binding data: [UInt8], key: SecretBytes) -> [UInt8]
    /// - Returns: the plain bytes, or `nil` when anything at all differs from what was sealed.
    func open(
        _ sealed: ArraySlice<UInt8>, nonce: Nonce, binding data: [UInt8], key: SecretBytes
    ) -> [UInt8]?
}

/// The tag's length under every suite.
let tagCount = 16
