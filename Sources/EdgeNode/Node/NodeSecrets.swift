internal import CRDT
internal import Signing

/// What makes this box a member: the file `secrets`, mode 0600, never in the database, an image or
/// a backup.
///
/// Layout: magic `WRNsecr2` 8, device seed 32, tenant control key 32, epoch count u8 (1 or more),
/// epoch keys 32 each, newest last, and the first 8 bytes of BLAKE2b-256 over all before: one
/// flipped bit would seal what nobody can open. `WRNsecr1` is the same without the check, and is
/// still read.
public struct NodeSecrets: Sendable {
    static let magic = Array("WRNsecr2".utf8)
    private static let uncheckedMagic = Array("WRNsecr1".utf8)
    private static let checkBytes = 8

    /// Both key pairs of the device come from it.
    let seed: SecretBytes
    /// Opens the control lane and links.
    let controlKey: SecretBytes
    /// Newest last; the newest seals.
    let epochKeys: [SecretBytes]

    init(seed: SecretBytes, controlKey: SecretBytes, epochKeys: [SecretBytes]) {
        self.seed = seed
        self.controlKey = controlKey
        self.epochKeys = epochKeys
    }

    init(decoding bytes: [UInt8]) throws {
        do {
            var reader = ByteReader(try Self.checked(bytes))
            _ = try reader.take(8)
            seed = SecretBytes(copying: Array(try reader.take(32)))
            controlKey = SecretBytes(copying: Array(try reader.take(32)))
            let count = Int(try reader.byte())
            guard count > 0 else { throw DecodingError.truncated }
            var keys: [SecretBytes] = []
            for _ in 0..<count { keys.append(SecretBytes(copying: Array(try reader.take(32)))) }
            epochKeys = keys
            try reader.finish()
        } catch {
            throw NodeFault(
                .stopped,
                "the file `secrets` is damaged. Restore it from a backup, or admit this box anew.")
        }
    }

    var encoded: [UInt8] {
        var bytes = Self.magic
        for secret in [seed, controlKey] { bytes += secret.copied }
        bytes.append(UInt8(truncatingIfNeeded: epochKeys.count))
        for key in epochKeys { bytes += key.copied }
        return bytes + Self.check(bytes)
    }

    /// What the check covers, if it is right.
    private static func checked(_ bytes: [UInt8]) throws(DecodingError) -> [UInt8] {
        if bytes.starts(with: uncheckedMagic) { return bytes }
        guard bytes.starts(with: magic), bytes.count > checkBytes else { throw .truncated }
        let body = Array(bytes.dropLast(checkBytes))
        guard Array(bytes.suffix(checkBytes)) == check(body) else { throw .notCanonical("check") }
        return body
    }

    private static func check(_ body: [UInt8]) -> [UInt8] {
        Array(BLAKE2bHasher().hash(body).bytes.prefix(checkBytes))
    }
}

extension SecretBytes {
    /// Only on the way to the one file that may hold it.
    var copied: [UInt8] {
        withBytes { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }
}
