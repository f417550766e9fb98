// The reader of `Transaction-Format.md`. Whatever it accepts encodes to the very same bytes.

extension EncodedTransaction {
    /// Decodes one transaction that fills `bytes` exactly.
    ///
    /// - Throws: a `DecodingError` for anything that no writer makes (`Transaction-Format.md`).
    ///   Memory stays within a small multiple of `bytes.count`.
    public init(decoding bytes: [UInt8]) throws(DecodingError) {
        guard bytes.count <= Limits.transactionBytesMax else {
            throw .beyondLimit("transaction bytes")
        }
        var reader = ByteReader(bytes)
        var prefixes = PrefixTable()
        var transaction = try Transaction.decodeHead(from: &reader)
        try prefixes.read(from: &reader)
        transaction.rows = try RowOperation.decodeList(
            from: &reader, &prefixes, base: transaction.stamp)
        let sectionsStart = reader.offset
        transaction.sections = try Section.decodeList(
            from: &reader, &prefixes, base: transaction.stamp)
        try prefixes.finish()
        try reader.finish()
        var rows = transaction.rows.count
        for section in transaction.sections {
            if case .present(_, let more) = section.content { rows += more.count }
        }
        guard rows <= Limits.transactionRowsMax else { throw .beyondLimit("transaction rows") }
        self.init(transaction: transaction, bytes: bytes, sectionsStart: sectionsStart)
    }
}

extension Transaction {
    fileprivate static func decodeHead(
        from reader: inout ByteReader
    ) throws(DecodingError) -> Transaction {
        let version = try reader.byte()
        guard version == formatVersion else { throw .unknownVersion(version) }
        let flags = try reader.byte()
        guard flags & ~Flags.all == 0 else { throw .unknownCode("flags", UInt64(flags)) }
        guard let stamp = Stamp(try reader.fixed(UInt64.self)) else { throw .stampOutOfRange }
        var transaction = Transaction(stamp: stamp, rows: [])
        transaction.isClockSuspect = flags & Flags.clockSuspect != 0
        transaction.minimumReader = try reader.number32(of: "schema version")
        if flags & Flags.rosterHead != 0 { transaction.rosterHead = try reader.hash() }
        if flags & Flags.original != 0 {
            let writer = try reader.writer()
            transaction.original = TransactionName(
                writer: writer, sequence: try reader.sequence(), chain: try reader.hash())
        }
        let entries = try reader.count(
            upTo: Limits.contextEntriesMax, leastBytes: 26, of: "context entries")
        for _ in 0..<entries {
            let entry = try reader.contextEntry()
            if let last = transaction.context.last,
                (last.writer, last.chain) >= (entry.writer, entry.chain)
            {
                throw .notCanonical("context order")
            }
            transaction.context.append(entry)
        }
        return transaction
    }
}

extension Section {
    fileprivate static func decodeList(
        from reader: inout ByteReader, _ prefixes: inout PrefixTable, base: Stamp
    ) throws(DecodingError) -> [Section] {
        let count = try reader.count(upTo: Limits.sectionsMax, leastBytes: 19, of: "sections")
        var sections: [Section] = []
        for _ in 0..<count {
            let form = try reader.byte()
            guard form <= presentForm else { throw .unknownCode("section form", UInt64(form)) }
            let subject = try prefixes.row(from: &reader)
            if let last = sections.last, last.subject >= subject {
                throw .notCanonical("section order")
            }
            if form == erasedForm {
                sections.append(Section(subject: subject, content: .erased(try reader.hash())))
            } else {
                let salt = try reader.id()
                var content = try reader.nested(
                    upTo: Limits.transactionBytesMax, of: "section bytes")
                let rows = try decodeContent(from: &content, base: base)
                sections.append(
                    Section(subject: subject, content: .present(salt: salt, rows: rows)))
            }
        }
        return sections
    }

    private static func decodeContent(
        from reader: inout ByteReader, base: Stamp
    ) throws(DecodingError) -> [RowOperation] {
        var prefixes = PrefixTable()
        try prefixes.read(from: &reader)
        let rows = try RowOperation.decodeList(from: &reader, &prefixes, base: base)
        try prefixes.finish()
        try reader.finish()
        for row in rows where row.kind != .update { throw .notCanonical("section row kind") }
        if rows.isEmpty { throw .notCanonical("empty section") }
        return rows
    }
}

extension RowOperation {
    fileprivate static func decodeList(
        from reader: inout ByteReader, _ prefixes: inout PrefixTable, base: Stamp
    ) throws(DecodingError) -> [RowOperation] {
        let count = try reader.count(
            upTo: Limits.transactionRowsMax, leastBytes: 5, of: "rows")
        var rows: [RowOperation] = []
        rows.reserveCapacity(count)
        for _ in 0..<count { rows.append(try decode(from: &reader, &prefixes, base: base)) }
        return rows
    }

    private static func decode(
        from reader: inout ByteReader, _ prefixes: inout PrefixTable, base: Stamp
    ) throws(DecodingError) -> RowOperation {
        let collection = try reader.number32(of: "collection")
        let code = try reader.byte()
        guard let kind = Kind(rawValue: code & ~stampFlag) else {
            throw .unknownCode("row kind", UInt64(code))
        }
        if kind != .delete, code & stampFlag != 0 {
            throw .notCanonical("row stamp without delete")
        }
        let row = try prefixes.row(from: &reader)
        let stamp = code & stampFlag == 0 ? nil : try reader.stamp(above: base)
        let count = try reader.count(upTo: Limits.rowCellsMax, leastBytes: 2, of: "cells")
        if kind == .delete, count > 0 { throw .notCanonical("delete with cells") }
        var cells: [CellOperation] = []
        cells.reserveCapacity(count)
        for _ in 0..<count {
            let cell = try CellOperation.decode(from: &reader, &prefixes, base: base)
            if let last = cells.last, last.field >= cell.field {
                throw .notCanonical("field order")
            }
            cells.append(cell)
        }
        return RowOperation(
            collection: collection, row: row, kind: kind, stamp: stamp, cells: cells)
    }
}

extension CellOperation {
    fileprivate static func decode(
        from reader: inout ByteReader, _ prefixes: inout PrefixTable, base: Stamp
    ) throws(DecodingError) -> CellOperation {
        let field = try reader.number32(of: "field")
        guard field > 0 else { throw .unknownCode("field", 0) }
        let code = try reader.byte()
        guard let valueCode = ValueCode(rawValue: code & 0x0F) else {
            throw .unknownCode("value", UInt64(code & 0x0F))
        }
        let actionRaw = (code & ~stampFlag) >> 4
        guard let actionCode = ActionCode(rawValue: actionRaw) else {
            throw .unknownCode("cell action", UInt64(actionRaw))
        }
        if actionCode == .increment, valueCode != .integer { throw .notCanonical("increment") }
        let stamp = code & stampFlag == 0 ? nil : try reader.stamp(above: base)
        let action: Action =
            switch actionCode {
            case .assign: .assign(try value(valueCode, from: &reader, &prefixes))
            case .increment: .increment(try reader.signed())
            case .add: .add(try value(valueCode, from: &reader, &prefixes))
            case .remove: .remove(try value(valueCode, from: &reader, &prefixes))
            }
        return CellOperation(field: field, action: action, stamp: stamp)
    }

    private static func value(
        _ code: ValueCode, from reader: inout ByteReader, _ prefixes: inout PrefixTable
    ) throws(DecodingError) -> Value {
        code == .reference
            ? .reference(try prefixes.row(from: &reader))
            : try Value.decodePayload(code, from: &reader)
    }
}

extension ByteReader {
    /// A varint that fits 32 bits.
    public mutating func number32(of what: StaticString) throws(DecodingError) -> UInt32 {
        let raw = try varint()
        guard let number = UInt32(exactly: raw) else { throw .beyondLimit("\(what)") }
        return number
    }

    public mutating func writer() throws(DecodingError) -> WriterID {
        let device = DeviceID(try id())
        return WriterID(device: device, incarnation: try number32(of: "incarnation"))
    }

    public mutating func contextEntry() throws(DecodingError) -> ContextEntry {
        let writer = try writer()
        return ContextEntry(
            writer: writer, sequence: try sequence(), chain: UInt64(try bigEndian(8)))
    }

    /// A transaction's place in its writer's history: at least 1, below 2^62.
    public mutating func sequence() throws(DecodingError) -> UInt64 {
        let sequence = try varint()
        guard sequence > 0, sequence < 1 << 62 else { throw .beyondLimit("sequence") }
        return sequence
    }

    /// A bump: how far above the base, at least 1.
    mutating func stamp(above base: Stamp) throws(DecodingError) -> Stamp {
        let distance = try varint()
        guard distance > 0 else { throw .notCanonical("stamp without bump") }
        guard distance < Stamp.limit, let stamp = Stamp(base.value + distance) else {
            throw .stampOutOfRange
        }
        return stamp
    }
}
