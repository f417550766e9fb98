// The bytes of `Transaction-Format.md`. Encoding is canonical: one transaction, one byte string.

extension Transaction {
    public static let formatVersion: UInt8 = 1

    struct Flags {
        static let rosterHead: UInt8 = 1
        static let clockSuspect: UInt8 = 2
        static let original: UInt8 = 4
        static let all: UInt8 = 7
    }

    /// The bytes that travel and are stored: sections present as content, erased ones as hashes.
    public func encoded() -> EncodedTransaction {
        var prefixes = PrefixTable(rows, subjects: sections)
        var writer = ByteWriter(capacity: 64 + rows.count * 64)
        encodePublicPart(into: &writer, &prefixes)
        let sectionsStart = writer.bytes.count
        writer.write(count: sections.count)
        for section in sections {
            switch section.content {
            case .present(let salt, let rows):
                writer.write(byte: Section.presentForm)
                prefixes.write(section.subject, into: &writer)
                writer.write(id: salt)
                writer.write(block: Section.encode(rows, base: stamp))
            case .erased(let hash):
                writer.write(byte: Section.erasedForm)
                prefixes.write(section.subject, into: &writer)
                writer.write(hash: hash)
            }
        }
        return EncodedTransaction(
            transaction: self, bytes: writer.bytes, sectionsStart: sectionsStart)
    }

    private func encodePublicPart(
        into writer: inout ByteWriter, _ prefixes: inout PrefixTable
    ) {
        writer.write(byte: Self.formatVersion)
        var flags: UInt8 = 0
        if rosterHead != nil { flags |= Flags.rosterHead }
        if isClockSuspect { flags |= Flags.clockSuspect }
        if original != nil { flags |= Flags.original }
        writer.write(byte: flags)
        writer.write(fixed: stamp.value)
        writer.write(varint: UInt64(minimumReader))
        if let rosterHead { writer.write(hash: rosterHead) }
        if let original {
            writer.write(writer: original.writer)
            writer.write(varint: original.sequence)
            writer.write(hash: original.chain)
        }
        writer.write(count: context.count)
        for entry in context { writer.write(entry) }
        prefixes.write(into: &writer)
        writer.write(count: rows.count)
        for row in rows { row.encode(into: &writer, &prefixes, base: stamp) }
    }
}

extension Section {
    static let erasedForm: UInt8 = 0
    static let presentForm: UInt8 = 1

    /// A section's content with a prefix table of its own: it stands or goes as a whole.
    static func encode(_ rows: [RowOperation], base: Stamp) -> [UInt8] {
        var prefixes = PrefixTable(rows, subjects: [])
        var writer = ByteWriter()
        prefixes.write(into: &writer)
        writer.write(count: rows.count)
        for row in rows { row.encode(into: &writer, &prefixes, base: base) }
        return writer.bytes
    }

    /// The hash that the chain covers: domain, salt, content.
    public func hash(base: Stamp, _ hasher: any ContentHasher) -> ContentHash {
        switch content {
        case .erased(let hash): return hash
        case .present(let salt, let rows):
            var writer = ByteWriter(domain: .section)
            writer.write(id: salt)
            writer.write(bytes: Section.encode(rows, base: base))
            return hasher.hash(writer.bytes)
        }
    }
}

extension RowOperation {
    static let stampFlag: UInt8 = 0x80

    func encode(
        into writer: inout ByteWriter, _ prefixes: inout PrefixTable, base: Stamp
    ) {
        writer.write(varint: UInt64(collection))
        writer.write(byte: kind.rawValue | (stamp == nil ? 0 : Self.stampFlag))
        prefixes.write(row, into: &writer)
        if let stamp { writer.write(varint: stamp.value &- base.value) }
        writer.write(count: cells.count)
        for cell in cells { cell.encode(into: &writer, &prefixes, base: base) }
    }
}

/// Bits 4 to 6 of a cell's code byte.
enum ActionCode: UInt8 {
    case assign = 0
    case increment = 1
    case add = 2
    case remove = 3
}

extension CellOperation {
    static let stampFlag: UInt8 = 0x80

    func encode(
        into writer: inout ByteWriter, _ prefixes: inout PrefixTable, base: Stamp
    ) {
        switch action {
        case .assign(let value): encode(.assign, value, into: &writer, &prefixes, base)
        case .increment(let delta):
            encode(.increment, .integer(delta), into: &writer, &prefixes, base)
        case .add(let value): encode(.add, value, into: &writer, &prefixes, base)
        case .remove(let value): encode(.remove, value, into: &writer, &prefixes, base)
        }
    }

    private func encode(
        _ code: ActionCode, _ value: Value, into writer: inout ByteWriter,
        _ prefixes: inout PrefixTable, _ base: Stamp
    ) {
        writer.write(varint: UInt64(field))
        writer.write(
            byte: code.rawValue << 4 | value.code.rawValue | (stamp == nil ? 0 : Self.stampFlag))
        if let stamp { writer.write(varint: stamp.value &- base.value) }
        if case .reference(let row) = value {
            prefixes.write(row, into: &writer)
        } else {
            value.encodePayload(into: &writer)
        }
    }
}

extension ByteWriter {
    /// Device (16 bytes) and incarnation (varint).
    public mutating func write(writer: WriterID) {
        write(id: writer.device.value)
        write(varint: UInt64(writer.incarnation))
    }
}

extension ByteWriter {
    /// Writer, sequence (varint) and the first 8 bytes of the chain hash.
    public mutating func write(_ entry: ContextEntry) {
        write(writer: entry.writer)
        write(varint: entry.sequence)
        write(bigEndian: UInt128(entry.chain), count: 8)
    }
}
