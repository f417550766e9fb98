public import CRDT

/// Bytes to messages: every limit is checked before anything is allocated, and only what
/// `Message.encoded()` writes is accepted.
public struct MessageDecoder: Sendable {
    public init() {}

    /// Reads one whole message: kind byte and payload, opened if it was sealed for the link.
    ///
    /// - Throws: a `DecodingError`; the sender is at fault and the session is to be ended with
    ///   `Input.leave(.malformed)`.
    public func decode(_ bytes: [UInt8]) throws(DecodingError) -> Message {
        guard bytes.count <= SyncLimits.messageBytesMax else { throw .beyondLimit("message") }
        var reader = ByteReader(bytes)
        let code = try reader.byte()
        guard let kind = MessageKind(rawValue: code) else {
            throw .unknownCode("message kind", UInt64(code))
        }
        let message = try decode(kind, from: &reader)
        try reader.finish()
        return message
    }

    private func decode(
        _ kind: MessageKind, from reader: inout ByteReader
    ) throws(DecodingError) -> Message {
        switch kind {
        case .hello: .hello(try Hello(from: &reader))
        case .vector: .vector(VersionVector(try entries(from: &reader)))
        case .frame:
            .frame(try opaque(from: &reader, upTo: SyncLimits.frameBytesMax, "frame"))
        case .acknowledge: .acknowledge(try entries(from: &reader))
        case .credit: .credit(try credit(from: &reader))
        case .control:
            .control(try opaque(from: &reader, upTo: SyncLimits.controlBytesMax, "control item"))
        case .controlHeads: .controlHeads(try hashes(from: &reader))
        case .pins: .pins(try pins(from: &reader))
        case .status: .status(try Summary(from: &reader))
        case .close: .close(try reason(from: &reader))
        }
    }

    /// All the rest of the message, at least one byte.
    private func opaque(
        from reader: inout ByteReader, upTo limit: Int, _ what: String
    ) throws(DecodingError) -> [UInt8] {
        guard reader.remaining <= limit else { throw .beyondLimit(what) }
        guard reader.remaining > 0 else { throw .truncated }
        return Array(try reader.take(reader.remaining))
    }

    private func credit(from reader: inout ByteReader) throws(DecodingError) -> UInt32 {
        let bytes = try reader.fixed(UInt32.self)
        guard bytes > 0 else { throw .notCanonical("a credit of nothing") }
        guard bytes <= SyncLimits.windowBytes else { throw .beyondLimit("credit") }
        return bytes
    }

    private func reason(from reader: inout ByteReader) throws(DecodingError) -> CloseReason {
        let code = try reader.byte()
        guard let reason = CloseReason(rawValue: code) else {
            throw .unknownCode("close reason", UInt64(code))
        }
        return reason
    }

    private func hashes(from reader: inout ByteReader) throws(DecodingError) -> [ContentHash] {
        let count = try reader.count(
            upTo: SyncLimits.controlHeadsMax, leastBytes: 32, of: "control heads")
        var hashes: [ContentHash] = []
        hashes.reserveCapacity(count)
        for _ in 0..<count { hashes.append(try reader.hash()) }
        return hashes
    }

    private func entries(from reader: inout ByteReader) throws(DecodingError) -> [ContextEntry] {
        let entries = try list(from: &reader, upTo: SyncLimits.vectorEntriesMax)
        var branches = 0
        for (position, entry) in entries.enumerated() {
            let isSame = position > 0 && entries[position - 1].writer == entry.writer
            branches = isSame ? branches + 1 : 1
            guard branches <= SyncLimits.branchesMax else { throw .beyondLimit("branches") }
        }
        return entries
    }

    private func pins(from reader: inout ByteReader) throws(DecodingError) -> [ContextEntry] {
        try list(from: &reader, upTo: SyncLimits.pinsMax)
    }

    /// Entries in the one order in which a vector has them, each once.
    private func list(
        from reader: inout ByteReader, upTo limit: Int
    ) throws(DecodingError) -> [ContextEntry] {
        let count = try reader.count(upTo: limit, leastBytes: 26, of: "vector entries")
        var entries: [ContextEntry] = []
        entries.reserveCapacity(count)
        for _ in 0..<count {
            let entry = try reader.contextEntry()
            if let last = entries.last, !last.precedes(entry) {
                throw .notCanonical("vector entries out of order")
            }
            entries.append(entry)
        }
        return entries
    }
}

extension ContextEntry {
    func precedes(_ other: ContextEntry) -> Bool {
        (writer, chain, sequence) < (other.writer, other.chain, other.sequence)
    }
}

extension Hello {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        let least = try reader.byte()
        let most = try reader.byte()
        guard 1 <= least, least <= most else { throw .notCanonical("protocol versions") }
        let nonce = try reader.id()
        self.init(
            versions: least...most, nonce: nonce, summary: try Summary(from: &reader))
    }
}

extension Summary {
    fileprivate init(from reader: inout ByteReader) throws(DecodingError) {
        generation = try reader.fixed(UInt64.self)
        schema = try reader.fixed(UInt32.self)
        rosterHead = try reader.hash()
        vectorHash = try reader.hash()
        var words: [UInt64] = []
        for _ in 0..<4 { words.append(UInt64(try reader.bigEndian(8))) }
        let rows = Int64(bitPattern: try reader.fixed(UInt64.self))
        digest = ContentDigest(words: words, rows: rows)
        floor = try reader.hash()
    }
}
