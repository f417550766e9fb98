internal import CSodium

/// Argon2id (RFC 9106) over a short secret that people type, by libsodium's `crypto_pwhash_str`:
/// one line of ASCII with its salt and costs, so that a stolen file does not give the PINs away at
/// once. Four digits stay guessable for who has the file; the lock is in `PINGuard`, at the door.
public enum PINHash {
    /// 19 MiB and two passes, the least that OWASP's password page asks for: a desk waits about
    /// 50 ms, and one box's memory holds it beside the node.
    private static let memoryBytes = 19 << 20
    private static let passes: UInt64 = 2
    /// Longer input is no PIN or password of a person.
    public static let secretBytesMax = 128

    /// - Returns: the line to keep; `nil` for an empty or too long secret, or for want of memory.
    public static func make(_ secret: String) -> String? {
        Sodium.start()
        guard isUsable(secret) else { return nil }
        var line = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        var secret = secret
        let made = secret.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { bytes in
                crypto_pwhash_str(
                    &line, bytes.baseAddress!, UInt64(bytes.count), passes, memoryBytes)
            }
        }
        guard made == 0 else { return nil }
        return String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether a line was made of this secret. A line with costs other than ours is never tried: it
    /// comes from a record, and its memory could be all there is.
    public static func matches(_ secret: String, _ line: String) -> Bool {
        Sodium.start()
        guard isUsable(secret), line.utf8.count < Int(crypto_pwhash_STRBYTES) else { return false }
        return line.withCString { line in
            guard crypto_pwhash_str_needs_rehash(line, passes, memoryBytes) == 0 else {
                return false
            }
            return secret.withCString { bytes in
                crypto_pwhash_str_verify(line, bytes, UInt64(secret.utf8.count)) == 0
            }
        }
    }

    private static func isUsable(_ secret: String) -> Bool {
        (1...secretBytesMax).contains(secret.utf8.count) && !secret.utf8.contains(0)
    }
}
