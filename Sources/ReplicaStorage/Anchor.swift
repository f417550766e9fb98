public import CRDT

/// A small file outside the database: the highest own sequence that any link was handed.
///
/// Written and synced before the send. A database behind it was restored from a copy, or lost a
/// tail that others may hold; either way it goes on under a new incarnation.
public protocol Anchor: Sendable {
    /// The stored bytes, `nil` where there is no file.
    func read() throws(StorageError) -> [UInt8]?
    /// Replaces the content; returns after it is durable.
    func write(_ bytes: [UInt8]) throws(StorageError)
}

/// What the anchor says. Layout: version u8 = 1, device 16, incarnation u32 LE, sequence u64 LE,
/// host 32: 61 bytes.
public struct AnchorRecord: Sendable, Hashable {
    public let writer: WriterID
    public let sequence: UInt64
    /// A hash of what makes this machine itself; another value means a clone.
    public let host: ContentHash

    public init(writer: WriterID, sequence: UInt64, host: ContentHash) {
        self.writer = writer
        self.sequence = sequence
        self.host = host
    }

    public func encoded() -> [UInt8] {
        var out = ByteWriter(capacity: 61)
        out.write(byte: 1)
        out.write(id: writer.device.value)
        out.write(fixed: writer.incarnation)
        out.write(fixed: sequence)
        out.write(hash: host)
        return out.bytes
    }

    /// `nil` for anything but a whole record: a torn anchor counts as none.
    public init?(decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard let version = try? reader.byte(), version == 1,
            let device = try? reader.id(),
            let incarnation = try? reader.fixed(UInt32.self),
            let sequence = try? reader.fixed(UInt64.self),
            let host = try? reader.hash(), reader.isAtEnd
        else { return nil }
        self.init(
            writer: WriterID(device: DeviceID(device), incarnation: incarnation),
            sequence: sequence, host: host)
    }
}
