public import CRDT
public import Signing

/// Seals what must be readable before any epoch is: roster entries, erase orders, key wraps
/// (`Control-Lane.md`). The tenant control key is handed over at pairing and outlives every epoch,
/// so a returning box opens the lane and the relay does not. A revoked device still can.
public struct ControlSealer: Sendable {
    /// The only version so far.
    public static let formatVersion: UInt8 = 1

    private let tenant: TenantID
    private let cipher: any FrameCipher
    private let laneKey: SecretBytes
    private let linkKey: SecretBytes

    /// - Parameter key: the 32-byte tenant control key. Its subkey 1 (context `WRNcontr`) seals the
    ///   lane, subkey 2 links.
    public init(tenant: TenantID, key: SecretBytes, cipher: any FrameCipher) {
        self.tenant = tenant
        self.cipher = cipher
        laneKey = key.subkey(1, context: "WRNcontr")
        linkKey = key.subkey(2, context: "WRNcontr")
    }

    /// Pads and seals one message of the lane, to be stored and forwarded by anyone.
    ///
    /// - Throws: `tooLarge` above `SealingLimits.controlBytesMax`.
    public func seal(_ message: [UInt8], nonce: Nonce) throws(SealingError) -> [UInt8] {
        var binding = ByteWriter(domain: .control)
        binding.write(id: tenant.value)
        return try SmallSeal(cipher: cipher, key: laneKey, binding: binding.bytes)
            .seal(message, nonce)
    }

    /// Opens one message of the lane. What it says is to be verified by its own signature.
    public func open(_ bytes: [UInt8]) throws(SealingError) -> [UInt8] {
        var binding = ByteWriter(domain: .control)
        binding.write(id: tenant.value)
        return try SmallSeal(cipher: cipher, key: laneKey, binding: binding.bytes).open(bytes)
    }

    /// A sealed conversation over one link, once both sides have told each other a nonce.
    public func link(
        initiator: LinkNonce, responder: LinkNonce, as role: SealedLink.Role
    ) -> SealedLink {
        SealedLink(
            tenant: tenant, cipher: cipher, key: linkKey, initiator: initiator,
            responder: responder, role: role)
    }
}

/// 16 random bytes that each side of a link draws and tells in the clear; together they make the
/// link unlike every other.
public struct LinkNonce: Hashable, Sendable {
    /// The 16 bytes as one big-endian number.
    public let value: UInt128
    /// Wraps what the caller drew or received.
    public init(_ value: UInt128) { self.value = value }
}

/// Version, suite, nonce, sealed padding: the form that lane and link share.
struct SmallSeal {
    private static let headerCount = 2
    let cipher: any FrameCipher
    let key: SecretBytes
    let binding: [UInt8]

    func seal(_ message: [UInt8], _ nonce: Nonce) throws(SealingError) -> [UInt8] {
        guard message.count <= SealingLimits.controlBytesMax else {
            throw .tooLarge(bytes: message.count, limit: SealingLimits.controlBytesMax)
        }
        let header = [ControlSealer.formatVersion, cipher.suite]
        var plain: [UInt8] = []
        Padding.pad(message, least: SealingLimits.controlPaddedMin, into: &plain)
        return header + nonce.bytes
            + cipher.seal(plain, nonce: nonce, binding: binding + header, key: key)
    }

    func open(_ bytes: [UInt8]) throws(SealingError) -> [UInt8] {
        let bodyStart = Self.headerCount + Nonce.count
        let overhead = bodyStart + tagCount
        guard bytes.count >= overhead + SealingLimits.controlPaddedMin else {
            throw .truncated(bytes: bytes.count)
        }
        // The longest message and its 3 bytes of length, padded.
        let limit = overhead + Padme.size(for: SealingLimits.controlBytesMax + 3)
        guard bytes.count <= limit else { throw .tooLarge(bytes: bytes.count, limit: limit) }
        guard bytes[0] == ControlSealer.formatVersion else { throw .unknownVersion(bytes[0]) }
        guard bytes[1] == cipher.suite else { throw .unknownSuite(bytes[1]) }
        guard let nonce = Nonce(bytes: bytes[Self.headerCount..<bodyStart]),
            let plain = cipher.open(
                bytes[bodyStart...], nonce: nonce,
                binding: binding + bytes[..<Self.headerCount], key: key)
        else { throw .notAuthentic }
        let message = try Padding.unpad(plain[...], least: SealingLimits.controlPaddedMin)
        guard message.count <= SealingLimits.controlBytesMax else { throw .malformedPadding }
        return message
    }
}
