public import CRDT

/// A public signing key: 32 bytes.
public struct SigningKey: Hashable, Sendable {
    /// The 32 bytes as the scheme made them.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }
}

/// A public X25519 key to which epoch keys are sealed: 32 bytes.
public struct BoxKey: Hashable, Sendable {
    /// The 32 bytes of the Montgomery point.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 32; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.bytes = Array(bytes)
    }
}

/// A detached signature: 64 bytes under every scheme.
public struct Signature: Hashable, Sendable {
    /// The 64 bytes.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 64; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 64 else { return nil }
        self.bytes = Array(bytes)
    }
}

/// What others know of a device or a recovery kit: the key it signs with, the key it reads with.
public struct PublicKeys: Hashable, Sendable {
    /// Verifies its heads, entries and erase orders.
    public let signing: SigningKey
    /// Receives epoch keys.
    public let box: BoxKey

    /// Joins two keys that one device announced together.
    public init(signing: SigningKey, box: BoxKey) {
        self.signing = signing
        self.box = box
    }

    /// The id that follows from the signing key.
    public var device: DeviceID { DeviceID(signing) }
}

extension DeviceID {
    /// The first 16 bytes of BLAKE2b-256 over domain `device` and the public signing key.
    public init(_ key: SigningKey) {
        var preimage = ByteWriter(domain: .device)
        preimage.write(bytes: key.bytes)
        self.init(BLAKE2bHasher().hash(preimage.bytes).id)
    }
}

extension ByteReader {
    /// The next 32 bytes as a signing key.
    mutating func signingKey() throws(DecodingError) -> SigningKey {
        guard let key = SigningKey(bytes: try take(32)) else { throw .truncated }
        return key
    }

    /// The next 32 bytes as a box key.
    mutating func boxKey() throws(DecodingError) -> BoxKey {
        guard let key = BoxKey(bytes: try take(32)) else { throw .truncated }
        return key
    }

    /// The next 64 bytes as a signature.
    public mutating func signature() throws(DecodingError) -> Signature {
        guard let signature = Signature(bytes: try take(64)) else { throw .truncated }
        return signature
    }

    /// A signing key and a box key.
    mutating func publicKeys() throws(DecodingError) -> PublicKeys {
        PublicKeys(signing: try signingKey(), box: try boxKey())
    }
}

extension ByteWriter {
    /// Signing key and box key, 64 bytes.
    mutating func write(_ keys: PublicKeys) {
        write(bytes: keys.signing.bytes)
        write(bytes: keys.box.bytes)
    }
}
