internal import CRDT
internal import Signing

/// What makes this box a member: the file `secrets`, mode 0600, never in the database, an image or
/// a backup.
///
/// Layout: magic `WRNsecr1` 8, device seed 32, tenant control key 32, epoch count u8 (1 or more),
/// epoch keys 32 each, newest last.
public struct NodeSecrets: Sendable {
    static let magic = Array("WRNsecr1".utf8)

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
        var reader = ByteReader(bytes)
        do {
            guard Array(try reader.take(8)) == Self.magic else { throw DecodingError.truncated }
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
        return bytes
    }
}

extension SecretBytes {
    /// Only on the way to the one file that may hold it.
    var copied: [UInt8] {
        withBytes { Array(UnsafeBufferPointer(start: $0, count: count)) }
    }
}
