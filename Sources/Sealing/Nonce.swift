/// 24 random bytes that make one sealing unlike every other.
///
/// The caller draws them; they are never derived from writer or sequence, because a restored or
/// cloned box would then seal other content under the same nonce and give both away.
public struct Nonce: Hashable, Sendable {
    /// How many bytes.
    public static let count = 24
    /// The 24 bytes.
    public let bytes: [UInt8]

    /// - Parameter bytes: exactly 24; anything else is `nil`.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.count else { return nil }
        self.bytes = Array(bytes)
    }
}
