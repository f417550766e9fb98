import CRDT

/// A vector that does not say what it should.
struct VectorFault: Error { let text: String }

/// A transaction as a vector spells it, for readers that share no code with this one.
struct TransactionContent: Codable, Hashable {
    struct Name: Codable, Hashable {
        var device: String
        var incarnation: UInt32
        var sequence: String
        var chain: String
    }

    struct RowContent: Codable, Hashable {
        var collection: UInt32
        var row: String
        var kind: String
        var stamp: String?
        var cells: [CellContent]
    }

    struct CellContent: Codable, Hashable {
        var field: UInt32
        var action: String
        var stamp: String?
        var value: ValueContent
    }

    /// Exactly one member is there.
    struct ValueContent: Codable, Hashable {
        var null: Bool?
        var integer: String?
        /// The 64 bits as 16 hex digits, sign first.
        var real: String?
        var text: String?
        var blob: String?
        var reference: String?
    }

    struct SectionContent: Codable, Hashable {
        var subject: String
        var salt: String?
        var rows: [RowContent]?
        var erased: String?
    }

    var stamp: String
    var clockSuspect: Bool
    var minimumReader: UInt32
    var rosterHead: String?
    var original: Name?
    /// `chain` has 16 digits here: the prefix.
    var context: [Name]
    var rows: [RowContent]
    var sections: [SectionContent]
}

// MARK: Writing

extension TransactionContent {
    init(_ transaction: Transaction) {
        stamp = "\(transaction.stamp.value)"
        clockSuspect = transaction.isClockSuspect
        minimumReader = transaction.minimumReader
        rosterHead = transaction.rosterHead?.bytes.hex
        original = transaction.original.map {
            Name($0.writer, $0.sequence, chain: $0.chain.bytes.hex)
        }
        context = transaction.context.map { entry in
            var writer = ByteWriter()
            writer.write(bigEndian: UInt128(entry.chain), count: 8)
            return Name(entry.writer, entry.sequence, chain: writer.bytes.hex)
        }
        rows = transaction.rows.map(RowContent.init)
        sections = transaction.sections.map(SectionContent.init)
    }
}

func hex(id: UInt128) -> String {
    var writer = ByteWriter()
    writer.write(id: id)
    return writer.bytes.hex
}

extension TransactionContent.Name {
    fileprivate init(_ writer: WriterID, _ sequence: UInt64, chain: String) {
        self.init(
            device: hex(id: writer.device.value), incarnation: writer.incarnation,
            sequence: "\(sequence)", chain: chain)
    }
}

extension TransactionContent.RowContent {
    fileprivate init(_ row: RowOperation) {
        self.init(
            collection: row.collection, row: hex(id: row.row.value), kind: "\(row.kind)",
            stamp: row.stamp.map { "\($0.value)" },
            cells: row.cells.map(TransactionContent.CellContent.init))
    }
}

extension TransactionContent.CellContent {
    fileprivate init(_ cell: CellOperation) {
        let (action, value): (String, Value) =
            switch cell.action {
            case .assign(let value): ("assign", value)
            case .increment(let delta): ("increment", .integer(delta))
            case .add(let value): ("add", value)
            case .remove(let value): ("remove", value)
            }
        self.init(
            field: cell.field, action: action, stamp: cell.stamp.map { "\($0.value)" },
            value: TransactionContent.ValueContent(value))
    }
}

extension TransactionContent.ValueContent {
    fileprivate init(_ value: Value) {
        self.init()
        switch value {
        case .null: null = true
        case .integer(let number): integer = "\(number)"
        case .real(let number):
            var writer = ByteWriter()
            writer.write(bigEndian: UInt128(number.bitPattern), count: 8)
            real = writer.bytes.hex
        case .text(let text): self.text = text
        case .blob(let bytes): blob = bytes.hex
        case .reference(let row): reference = hex(id: row.value)
        }
    }
}

extension TransactionContent.SectionContent {
    fileprivate init(_ section: Section) {
        self.init(subject: hex(id: section.subject.value))
        switch section.content {
        case .erased(let hash): erased = hash.bytes.hex
        case .present(let salt, let rows):
            self.salt = hex(id: salt)
            self.rows = rows.map(TransactionContent.RowContent.init)
        }
    }
}

// MARK: Reading

private func require<Part>(_ part: Part?, _ what: String) throws -> Part {
    guard let part else { throw VectorFault(text: what) }
    return part
}

private func number<Number: FixedWidthInteger>(hex text: String) throws -> Number {
    try require(Number(text, radix: 16), text)
}

private func contentHash(hex text: String) throws -> ContentHash {
    try require([UInt8](hex: text).flatMap { ContentHash(bytes: $0) }, text)
}

private func parsed(stamp text: String) throws -> Stamp {
    try require(UInt64(text).flatMap { Stamp($0) }, text)
}

extension TransactionContent {
    func transaction() throws -> Transaction {
        Transaction(
            stamp: try parsed(stamp: stamp), isClockSuspect: clockSuspect,
            minimumReader: minimumReader, rosterHead: try rosterHead.map(contentHash(hex:)),
            original: try original.map { name in
                TransactionName(
                    writer: try name.writer(),
                    sequence: try require(UInt64(name.sequence), "sequence"),
                    chain: try contentHash(hex: name.chain))
            },
            context: try context.map { name in
                ContextEntry(
                    writer: try name.writer(),
                    sequence: try require(UInt64(name.sequence), "sequence"),
                    chain: try number(hex: name.chain))
            },
            rows: try rows.map { try $0.operation() },
            sections: try sections.map { try $0.section() })
    }
}

extension TransactionContent.Name {
    fileprivate func writer() throws -> WriterID {
        WriterID(device: DeviceID(try number(hex: device)), incarnation: incarnation)
    }
}

extension TransactionContent.RowContent {
    fileprivate func operation() throws -> RowOperation {
        let kinds: [String: RowOperation.Kind] = [
            "insert": .insert, "update": .update, "delete": .delete,
        ]
        return RowOperation(
            collection: collection, row: RowID(try number(hex: row)),
            kind: try require(kinds[kind], kind), stamp: try stamp.map(parsed(stamp:)),
            cells: try cells.map { try $0.operation() })
    }
}

extension TransactionContent.CellContent {
    fileprivate func operation() throws -> CellOperation {
        let value = try self.value.value()
        let action: CellOperation.Action
        switch (self.action, value) {
        case ("assign", _): action = .assign(value)
        case ("increment", .integer(let delta)): action = .increment(delta)
        case ("add", _): action = .add(value)
        case ("remove", _): action = .remove(value)
        default: throw VectorFault(text: self.action)
        }
        return CellOperation(field: field, action: action, stamp: try stamp.map(parsed(stamp:)))
    }
}

extension TransactionContent.ValueContent {
    fileprivate func value() throws -> Value {
        if let integer { return .integer(try require(Int64(integer), integer)) }
        if let real { return .real(Double(bitPattern: try number(hex: real))) }
        if let text { return .text(text) }
        if let blob { return .blob(try require([UInt8](hex: blob), blob)) }
        if let reference { return .reference(RowID(try number(hex: reference))) }
        return try require(null.map { _ in .null }, "value")
    }
}

extension TransactionContent.SectionContent {
    fileprivate func section() throws -> Section {
        let subject = RowID(try number(hex: subject))
        if let erased {
            return Section(subject: subject, content: .erased(try contentHash(hex: erased)))
        }
        let rows = try require(self.rows, "rows").map { try $0.operation() }
        return Section(
            subject: subject,
            content: .present(salt: try number(hex: try require(salt, "salt")), rows: rows))
    }
}
