public import CRDT

/// How far a box has read a mailbox, and what it has seen in there. Kept in the box's file after
/// what was read is durable.
///
/// Nothing in it rests on a relay's word: it follows from the items up to `cursor`, whose chain
/// names them all. What a receipt promised counts here once it was read back, so a relay that
/// forgets what it acknowledged is refilled.
public struct MailboxProgress: Hashable, Sendable {
    /// Behind the last item that was read and is durable here.
    public var cursor: MailboxCursor
    /// Before the first item that could not be used when it was read, for something before it was
    /// missing. The next talk begins there.
    public var again: MailboxCursor?
    /// How many talks began at `again` since everything could be used last.
    public var fruitless: UInt8
    /// Histories of which the mailbox holds every frame from the first to this entry.
    public var held: [ContextEntry]
    /// The first 8 bytes of the names of the control items in the mailbox.
    public var controls: Set<UInt64>

    /// After so many talks in vain the items at `again` are given up: another box has to bring what
    /// they hold.
    public static let fruitlessMax: UInt8 = 16
    /// Histories on record: as many as two replicas may hold.
    static let heldMax = 2 * SyncLimits.vectorEntriesMax
    /// Control items on record: more than a lane holds.
    static let controlsMax = 1 << 16
    private static let formatVersion: UInt8 = 1

    /// A mailbox of which nothing was read after `cursor`.
    public init(cursor: MailboxCursor) {
        self.cursor = cursor
        fruitless = 0
        held = []
        controls = []
    }

    /// Notes a frame that lies in the mailbox.
    ///
    /// - Parameter covers: whether a history through the first of these heads runs through the
    ///   entry. Asked only where the entries themselves do not tell.
    /// - Returns: false when frames before it are missing in the mailbox: then it does not count.
    public mutating func note<Failure: Error>(
        _ span: FrameSpan,
        covers: ([ContextEntry], ContextEntry) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        let through = span.through
        if held.contains(through) { return true }
        let before = ContextEntry(
            writer: span.writer, sequence: span.low &- 1, chain: span.previous)
        if let place = held.firstIndex(of: before) {
            held[place] = through
            return true
        }
        let heads = held.filter { $0.writer == span.writer }
        if try covers(heads, through) { return true }
        if span.low > 1, try !covers(heads, before) { return false }
        var kept: [ContextEntry] = []
        for entry in held {
            if entry.writer == span.writer, try covers([through], entry) { continue }
            kept.append(entry)
        }
        guard kept.count < Self.heldMax else { return true }
        held = kept + [through]
        return true
    }

    /// The bytes that are kept: version, cursor, whether there is an `again` and it, `fruitless`,
    /// count and entries, count and names.
    public var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 128 + held.count * 36 + controls.count * 8)
        writer.write(byte: Self.formatVersion)
        Self.write(cursor, &writer)
        writer.write(byte: again == nil ? 0 : 1)
        if let again { Self.write(again, &writer) }
        writer.write(byte: fruitless)
        writer.write(count: held.count)
        for entry in VersionVector(held).entries {
            writer.write(id: entry.writer.device.value)
            writer.write(fixed: entry.writer.incarnation)
            writer.write(fixed: entry.sequence)
            writer.write(fixed: entry.chain)
        }
        writer.write(count: controls.count)
        for name in controls.sorted() { writer.write(fixed: name) }
        return writer.bytes
    }

    /// Reads what was kept.
    ///
    /// - Throws: for bytes that this version does not write; the mailbox is then read from its
    ///   floor.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        guard version == Self.formatVersion else { throw .unknownVersion(version) }
        self.init(cursor: try Self.cursor(&reader))
        if try reader.byte() == 1 { again = try Self.cursor(&reader) }
        fruitless = try reader.byte()
        for _ in 0..<(try reader.count(upTo: Self.heldMax, leastBytes: 36, of: "held")) {
            let device = DeviceID(try reader.id())
            let writer = WriterID(device: device, incarnation: try reader.fixed(UInt32.self))
            held.append(
                ContextEntry(
                    writer: writer, sequence: try reader.fixed(UInt64.self),
                    chain: try reader.fixed(UInt64.self)))
        }
        for _ in 0..<(try reader.count(upTo: Self.controlsMax, leastBytes: 8, of: "controls")) {
            controls.insert(try reader.fixed(UInt64.self))
        }
        try reader.finish()
    }

    private static func write(_ cursor: MailboxCursor, _ writer: inout ByteWriter) {
        writer.write(fixed: cursor.generation)
        writer.write(fixed: cursor.number)
        writer.write(hash: cursor.chain)
    }

    private static func cursor(
        _ reader: inout ByteReader
    ) throws(DecodingError) -> MailboxCursor {
        MailboxCursor(
            generation: try reader.fixed(UInt64.self), number: try reader.fixed(UInt64.self),
            chain: try reader.hash())
    }
}
