/// What a box puts into a mailbox (`Relay-Wire.md`, What boxes put into items): one tag byte and
/// bytes that were sealed before. The relay sees neither the difference nor the meaning: both are
/// padded and random to it but for that byte.
public enum MailboxContent: Hashable, Sendable {
    /// A sealed frame exactly as it is stored, so that two boxes which upload it upload one item.
    case frame([UInt8])
    /// A sealed item of the control lane.
    case control([UInt8])
    /// Empty, or of a later kind: passed over.
    case other

    private static let frameTag: UInt8 = 1
    private static let controlTag: UInt8 = 2

    /// Reads an item; total, for anybody can have made it.
    public init(_ item: [UInt8]) {
        let bytes = Array(item.dropFirst())
        switch item.first {
        case Self.frameTag where !bytes.isEmpty && bytes.count <= SyncLimits.frameBytesMax:
            self = .frame(bytes)
        case Self.controlTag where !bytes.isEmpty && bytes.count <= SyncLimits.controlBytesMax:
            self = .control(bytes)
        default: self = .other
        }
    }

    /// The bytes of the item; none for `other`.
    public var item: [UInt8] {
        switch self {
        case .frame(let bytes): [Self.frameTag] + bytes
        case .control(let bytes): [Self.controlTag] + bytes
        case .other: []
        }
    }
}
