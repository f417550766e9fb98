internal import CRDT
internal import Signing

/// The six digits that both boxes show: equal only if nobody stands between them.
///
/// A short authentication string over a committed exchange, as Vaudenay ("Secure Communications
/// over Insecure Channels Based on Short Authenticated Strings", CRYPTO 2005) and Bluetooth's
/// numeric comparison have it: whoever stands between has one try in a million for each pairing
/// that a person opens, since a pairing makes one offer.
public struct PairingCode: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 999,999.
    public let number: UInt32

    /// - Parameter text: six digits; spaces and hyphens between them are as people write.
    public init?(_ text: String) {
        let digits = text.filter { $0 != " " && $0 != "-" }
        guard digits.utf8.count == 6, digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let number = UInt32(digits)
        else { return nil }
        self.number = number
    }

    /// A code drawn at random.
    ///
    /// - Parameter bits: 64 random ones; what a million leaves over favours no code noticeably.
    public init(drawing bits: UInt64) { number = UInt32(bits % 1_000_000) }

    /// The first 8 bytes of the transcript's hash, big-endian, modulo a million.
    init(_ transcript: ContentHash) {
        var reader = ByteReader(transcript.bytes)
        // 32 bytes hold 8.
        self.init(drawing: UInt64((try? reader.bigEndian(8)) ?? 0))
    }

    /// `042 917`, as it is shown and read out.
    public var description: String {
        let digits = String(number)
        let padded = String(repeating: "0", count: 6 - digits.count) + digits
        return "\(padded.prefix(3)) \(padded.suffix(3))"
    }
}
