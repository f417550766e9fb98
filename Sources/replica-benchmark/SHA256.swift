internal import CRDT
internal import CSodium

/// The hash in which the workload states what a right merge holds.
struct SHA256 {
    private var state = crypto_hash_sha256_state()

    init() { crypto_hash_sha256_init(&state) }

    mutating func update(_ bytes: [UInt8]) {
        crypto_hash_sha256_update(&state, bytes, UInt64(bytes.count))
    }

    /// 64 hexadecimal digits. The hash takes no more bytes after it.
    mutating func finish() -> String {
        var hash = [UInt8](repeating: 0, count: 32)
        crypto_hash_sha256_final(&state, &hash)
        return Hexadecimal.text(hash)
    }
}
