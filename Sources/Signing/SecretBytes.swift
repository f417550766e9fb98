import CSodium

/// Secret bytes in memory of their own: locked against swapping where the system allows it, between
/// guard pages, read-only once filled, zeroed when the last owner lets go. Arrays and strings copy
/// without a trace; so a secret lives here and nowhere else.
// Sendable because the memory is written only in `init` and read-only until `deinit` frees it.
public final class SecretBytes: @unchecked Sendable {
    /// How many bytes; never a secret.
    public let count: Int
    private let memory: UnsafeMutablePointer<UInt8>

    /// Allocates `count` bytes and lets `fill` write them, once.
    ///
    /// - Parameter fill: gets exactly `count` writable bytes and keeps no pointer to them.
    public init(count: Int, filling fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        Sodium.start()
        guard let raw = sodium_malloc(count) else {
            preconditionFailure("no memory for a secret of \(count) bytes")
        }
        self.count = count
        memory = raw.bindMemory(to: UInt8.self, capacity: count)
        fill(memory)
        sodium_mprotect_readonly(raw)
    }

    /// Copies bytes that came from outside (a file, a random source); the caller's copy stays the
    /// caller's to forget.
    public convenience init(copying bytes: [UInt8]) {
        self.init(count: bytes.count) { $0.update(from: bytes, count: bytes.count) }
    }

    deinit { sodium_free(memory) }

    /// Lends the bytes. The pointer is not valid after `body` returns.
    public func withBytes<Result>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(UnsafePointer(memory))
    }

    /// A subkey of `count` (16 to 64) bytes by `crypto_kdf` (keyed BLAKE2b: salt = number, personal
    /// = context). This secret must have 32 bytes.
    ///
    /// - Parameter context: exactly 8 ASCII characters that name the use.
    public func subkey(_ number: UInt64, context: StaticString, count: Int = 32) -> SecretBytes {
        precondition(self.count == 32, "subkeys come from 32 bytes")
        precondition(context.utf8CodeUnitCount == 8, "a context has 8 characters")
        return SecretBytes(count: count) { target in
            context.withUTF8Buffer { name in
                name.withMemoryRebound(to: CChar.self) { name in
                    guard let start = name.baseAddress else { return }
                    _ = crypto_kdf_derive_from_key(target, count, number, start, memory)
                }
            }
        }
    }

    /// Equal content, compared in constant time.
    public func matches(_ other: SecretBytes) -> Bool {
        count == other.count && sodium_memcmp(memory, other.memory, count) == 0
    }
}

extension SecretBytes: CustomStringConvertible, CustomReflectable {
    /// Says how long it is and nothing else.
    public var description: String { "SecretBytes(\(count))" }
    /// Empty, so that no dump of an owner shows the bytes.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
