import CRDT

extension Message {
    /// The kind byte and the payload: one binary WebSocket message, unless its kind is sealed for
    /// the link; then this is what is sealed.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(capacity: 1 + payloadBytesExpected)
        writer.write(byte: kind.rawValue)
        writePayload(to: &writer)
        return writer.bytes
    }

    private var payloadBytesExpected: Int {
        switch self {
        case .hello: Hello.encodedBytes
        case .vector(let vector): 3 + vector.entries.count * 30
        case .frame(let bytes), .control(let bytes): bytes.count
        case .acknowledge(let entries), .pins(let entries): 3 + entries.count * 30
        case .credit: 4
        case .controlHeads(let heads): 2 + heads.count * 32
        case .status: Summary.encodedBytes
        case .close: 1
        }
    }

    private func writePayload(to writer: inout ByteWriter) {
        switch self {
        case .hello(let hello):
            writer.write(byte: hello.versions.lowerBound)
            writer.write(byte: hello.versions.upperBound)
            writer.write(id: hello.nonce)
            hello.summary.write(to: &writer)
        case .vector(let vector):
            writer.write(entries: vector.entries)
        case .frame(let bytes), .control(let bytes):
            writer.write(bytes: bytes)
        case .acknowledge(let entries), .pins(let entries):
            writer.write(entries: VersionVector(entries).entries)
        case .credit(let bytes):
            writer.write(fixed: bytes)
        case .controlHeads(let heads):
            writer.write(count: heads.count)
            for head in heads { writer.write(hash: head) }
        case .status(let summary):
            summary.write(to: &writer)
        case .close(let reason):
            writer.write(byte: reason.rawValue)
        }
    }
}

extension Hello {
    static let encodedBytes = 18 + Summary.encodedBytes
}

extension Summary {
    static let encodedBytes = 148

    func write(to writer: inout ByteWriter) {
        writer.write(fixed: generation)
        writer.write(fixed: schema)
        writer.write(hash: rosterHead)
        writer.write(hash: vectorHash)
        writer.write(bytes: digest.bytes)
        writer.write(hash: floor)
    }
}

extension ByteWriter {
    /// A varint count and the entries, in the order of a vector.
    fileprivate mutating func write(entries: [ContextEntry]) {
        write(count: entries.count)
        for entry in entries { write(entry) }
    }
}
