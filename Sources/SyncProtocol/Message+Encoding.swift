public import CRDT

extension Message {
    private enum Kind {
        static let hello: UInt8 = 1
        static let vector: UInt8 = 2
        static let frame: UInt8 = 3
        static let acknowledge: UInt8 = 4
        static let credit: UInt8 = 5
        static let control: UInt8 = 6
        static let state: UInt8 = 7
        static let close: UInt8 = 8
    }

    public func encoded() -> [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .hello(let versions, let summary):
            writer.write(byte: Kind.hello)
            writer.write(byte: versions.lowerBound)
            writer.write(byte: versions.upperBound)
            summary.encode(into: &writer)
        case .vector(let entries): Self.write(Kind.vector, entries, &writer)
        case .frame(let bytes): Self.write(Kind.frame, bytes, &writer)
        case .acknowledge(let entries): Self.write(Kind.acknowledge, entries, &writer)
        case .credit(let bytes):
            writer.write(byte: Kind.credit)
            writer.write(varint: bytes)
        case .control(let bytes): Self.write(Kind.control, bytes, &writer)
        case .state(let summary):
            writer.write(byte: Kind.state)
            summary.encode(into: &writer)
        case .close(let reason):
            writer.write(byte: Kind.close)
            writer.write(byte: reason.rawValue)
        }
        return writer.bytes
    }

    private static func write(
        _ kind: UInt8, _ entries: [ContextEntry], _ writer: inout ByteWriter
    ) {
        writer.write(byte: kind)
        writer.write(count: entries.count)
        for entry in entries { writer.write(entry) }
    }

    private static func write(_ kind: UInt8, _ bytes: [UInt8], _ writer: inout ByteWriter) {
        writer.write(byte: kind)
        writer.write(bytes: bytes)
    }

    /// Decodes one whole message.
    ///
    /// - Throws: a `DecodingError` for anything `encoded()` would not have written.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count <= SyncLimits.messageBytesMax else { throw .beyondLimit("message") }
        var reader = ByteReader(bytes)
        let kind = try reader.byte()
        switch kind {
        case Kind.hello:
            let (least, greatest) = (try reader.byte(), try reader.byte())
            guard least > 0, least <= greatest else { throw .notCanonical("versions") }
            self = .hello(versions: least...greatest, try StateSummary(from: &reader))
        case Kind.vector: self = .vector(try Self.entries(&reader))
        case Kind.frame: self = .frame(Array(try reader.take(reader.remaining)))
        case Kind.acknowledge: self = .acknowledge(try Self.entries(&reader))
        case Kind.credit: self = .credit(try reader.varint())
        case Kind.control:
            guard reader.remaining <= SyncLimits.controlBytesMax else {
                throw .beyondLimit("control item")
            }
            self = .control(Array(try reader.take(reader.remaining)))
        case Kind.state: self = .state(try StateSummary(from: &reader))
        case Kind.close:
            let raw = try reader.byte()
            guard let reason = CloseReason(rawValue: raw) else {
                throw .unknownCode("close reason", UInt64(raw))
            }
            self = .close(reason)
        default: throw .unknownCode("message", UInt64(kind))
        }
        try reader.finish()
    }

    private static func entries(
        _ reader: inout ByteReader
    ) throws(DecodingError) -> [ContextEntry] {
        let count = try reader.count(
            upTo: SyncLimits.vectorEntriesMax, leastBytes: 26, of: "vector entries")
        var entries: [ContextEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let entry = try reader.contextEntry()
            if let last = entries.last,
                (last.writer, last.chain) >= (entry.writer, entry.chain)
            {
                throw .notCanonical("vector order")
            }
            entries.append(entry)
        }
        return entries
    }
}

extension StateSummary {
    /// Vector hash 32, digest 40, roster head 32, schema version varint, floor 32.
    func encode(into writer: inout ByteWriter) {
        writer.write(hash: vectorHash)
        writer.write(bytes: digest.bytes)
        writer.write(hash: rosterHead)
        writer.write(varint: UInt64(schemaVersion))
        writer.write(hash: floor)
    }

    init(from reader: inout ByteReader) throws(DecodingError) {
        vectorHash = try reader.hash()
        var words: [UInt64] = []
        for _ in 0..<4 { words.append(UInt64(try reader.bigEndian(8))) }
        digest = ContentDigest(
            words: words, rows: Int64(bitPattern: try reader.fixed(UInt64.self)))
        rosterHead = try reader.hash()
        schemaVersion = try reader.number32(of: "schema version")
        floor = try reader.hash()
    }
}
