/// The distinct id prefixes of one transaction, in order of first use, so that each of the ten
/// random bytes travels once. A row is written as (table position, counter), both varints.
struct PrefixTable {
    private(set) var prefixes: [UInt128] = []
    private var index = IDIndex()
    private var used = 0
    /// Positions in the order in which the rows were included, which is that of writing them.
    private var visits: [Int32] = []
    private var written = 0

    init() {}

    init(_ rows: [RowOperation], subjects: [Section]) {
        visits.reserveCapacity(rows.count * 2 + subjects.count)
        for row in rows { include(row) }
        for section in subjects { include(section.subject) }
    }

    private mutating func include(_ operation: RowOperation) {
        include(operation.row)
        for cell in operation.cells {
            switch cell.action {
            case .assign(.reference(let row)), .add(.reference(let row)),
                .remove(.reference(let row)):
                include(row)
            case .assign, .add, .remove, .increment: break
            }
        }
    }

    private mutating func include(_ row: RowID) {
        let prefix = row.prefix
        if prefixes.last == prefix {
            visits.append(Int32(prefixes.count - 1))
            return
        }
        visits.append(Int32(position(of: prefix) ?? append(prefix)))
    }

    private func position(of prefix: UInt128) -> Int? {
        index.find(prefix) { prefixes[$0] == prefix }
    }

    private mutating func append(_ prefix: UInt128) -> Int {
        index.insert(prefix, at: prefixes.count) { prefixes[$0] }
        prefixes.append(prefix)
        return prefixes.count - 1
    }

    func write(into writer: inout ByteWriter) {
        writer.write(count: prefixes.count)
        for prefix in prefixes { writer.write(bigEndian: prefix, count: 10) }
    }

    /// Writes the next of the rows this table was made from.
    mutating func write(_ row: RowID, into writer: inout ByteWriter) {
        writer.write(count: Int(visits[written]))
        written += 1
        writer.write(varint: row.counter)
    }

    mutating func read(from reader: inout ByteReader) throws(DecodingError) {
        let count = try reader.count(
            upTo: Limits.prefixesMax, leastBytes: 10, of: "id prefixes")
        for _ in 0..<count {
            let prefix = try reader.bigEndian(10)
            guard position(of: prefix) == nil else { throw .notCanonical("id prefix twice") }
            _ = append(prefix)
        }
    }

    /// Reads a row and holds the table to its canonical form: entries stand in order of first use.
    mutating func row(from reader: inout ByteReader) throws(DecodingError) -> RowID {
        let position = try reader.varint()
        guard position < UInt64(prefixes.count) else { throw .unknownCode("prefix", position) }
        if position == UInt64(used) {
            used += 1
        } else if position > UInt64(used) {
            throw .notCanonical("prefix order")
        }
        let counter = try reader.varint()
        guard counter < 1 << 48 else { throw .beyondLimit("row counter") }
        return RowID(prefix: prefixes[Int(position)], counter: counter)
    }

    func finish() throws(DecodingError) {
        if used != prefixes.count { throw .notCanonical("unused prefix") }
    }
}
