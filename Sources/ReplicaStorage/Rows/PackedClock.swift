internal import CRDT

/// A row's clocks in one blob beside its columns: about 20 bytes for a row never edited.
///
/// Layout, version 1: flags byte (1 = deleted, 2 = cells) · created clock · deleted clock ·
/// count and cells. A clock is stamp 8 LE, chain 8 LE, writer varint, sequence varint. A cell is
/// field varint, form byte, content; forms: 0 value in the column, 1 siblings, 2 counter in the
/// column, 3 set, 4 value here (a field without a column).
enum PackedClock {
    private struct Flags {
        static let deleted: UInt8 = 1
        static let cells: UInt8 = 2
        static let unborn: UInt8 = 4
    }

    /// - Parameter hasColumn: whether the field's value stands in a column of its own.
    static func encode(_ row: Row, hasColumn: (UInt32) -> Bool) -> [UInt8] {
        var writer = ByteWriter(capacity: 32)
        func isSpecial(_ cell: Cell) -> Bool {
            if case .value(_, let clock) = cell.state {
                return clock != row.created || !hasColumn(cell.field)
            }
            return true
        }
        var special = 0
        for cell in row.cells where isSpecial(cell) { special += 1 }
        writer.write(
            byte: (row.deleted == nil ? 0 : Flags.deleted) | (special == 0 ? 0 : Flags.cells)
                | (row.created == nil ? Flags.unborn : 0))
        if let created = row.created { write(created, &writer) }
        if let deleted = row.deleted { write(deleted, &writer) }
        guard special > 0 else { return writer.bytes }
        writer.write(count: special)
        for cell in row.cells where isSpecial(cell) {
            writer.write(varint: UInt64(cell.field))
            write(cell.state, isInColumn: hasColumn(cell.field), &writer)
        }
        return writer.bytes
    }

    private static func write(
        _ state: CellState, isInColumn: Bool, _ writer: inout ByteWriter
    ) {
        switch state {
        case .value(let value, let clock):
            writer.write(byte: isInColumn ? 0 : 4)
            write(clock, &writer)
            if !isInColumn { value.encode(into: &writer) }
        case .siblings(let siblings):
            writer.write(byte: 1)
            writer.write(count: siblings.count)
            for sibling in siblings {
                write(sibling.clock, &writer)
                sibling.value.encode(into: &writer)
            }
        case .counter(let sum, let clock):
            writer.write(byte: 2)
            write(clock, &writer)
            writer.write(signed: sum)
        case .set(let elements, let clock):
            writer.write(byte: 3)
            write(clock, &writer)
            writer.write(count: elements.count)
            for element in elements {
                element.value.encode(into: &writer)
                writer.write(count: element.adds.count)
                for dot in element.adds { write(dot, &writer) }
            }
        }
    }

    private static func write(_ clock: CellClock, _ writer: inout ByteWriter) {
        writer.write(fixed: clock.stamp.value)
        write(clock.dot, &writer)
    }

    private static func write(_ dot: Dot, _ writer: inout ByteWriter) {
        writer.write(fixed: dot.chain)
        writer.write(count: dot.writer)
        writer.write(varint: dot.sequence)
    }

    /// - Parameter column: the value that stands in a field's column.
    static func decode(
        _ bytes: [UInt8], collection: UInt32, id: RowID,
        columns: [(field: UInt32, value: Value)]
    ) throws(StorageError) -> Row {
        do throws(DecodingError) {
            return try parse(bytes, collection, id, columns)
        } catch {
            throw StorageError(.corrupt, "the clock of a row does not parse: \(error)")
        }
    }

    private static func parse(
        _ bytes: [UInt8], _ collection: UInt32, _ id: RowID,
        _ columns: [(field: UInt32, value: Value)]
    ) throws(DecodingError) -> Row {
        var reader = ByteReader(bytes)
        let flags = try reader.byte()
        let created = flags & Flags.unborn == 0 ? try clock(&reader) : nil
        let deleted = flags & Flags.deleted == 0 ? nil : try clock(&reader)
        var special: [Cell] = []
        if flags & Flags.cells != 0 {
            let count = try reader.count(upTo: 1 << 16, leastBytes: 2, of: "packed cells")
            special.reserveCapacity(count)
            for _ in 0..<count { special.append(try cell(&reader, columns)) }
        }
        try reader.finish()
        var cells: [Cell] = []
        cells.reserveCapacity(columns.count + special.count)
        var next = 0
        for (field, value) in columns {
            while next < special.count, special[next].field < field {
                cells.append(special[next])
                next += 1
            }
            if next < special.count, special[next].field == field {
                cells.append(special[next])
                next += 1
            } else if !value.isNull, let created {
                cells.append(Cell(field: field, state: .value(value, created)))
            }
        }
        cells.append(contentsOf: special[next...])
        return Row(
            collection: collection, id: id, created: created, deleted: deleted, cells: cells)
    }

    private static func cell(
        _ reader: inout ByteReader, _ columns: [(field: UInt32, value: Value)]
    ) throws(DecodingError) -> Cell {
        let field = try reader.number32(of: "field")
        let form = try reader.byte()
        switch form {
        case 0:
            let value = columns.first { $0.field == field }?.value ?? .null
            return Cell(field: field, state: .value(value, try clock(&reader)))
        case 1:
            let count = try reader.count(upTo: 1 << 16, leastBytes: 19, of: "siblings")
            var siblings: [Sibling] = []
            for _ in 0..<count {
                let clock = try clock(&reader)
                siblings.append(Sibling(value: try Value.decode(from: &reader), clock: clock))
            }
            return Cell(field: field, state: .siblings(siblings))
        case 2:
            let clock = try clock(&reader)
            return Cell(field: field, state: .counter(try reader.signed(), clock))
        case 3:
            let clock = try clock(&reader)
            let count = try reader.count(upTo: 1 << 16, leastBytes: 2, of: "elements")
            var elements: [SetElement] = []
            for _ in 0..<count {
                let value = try Value.decode(from: &reader)
                let adds = try reader.count(upTo: 1 << 16, leastBytes: 10, of: "adds")
                var dots: [Dot] = []
                for _ in 0..<adds { dots.append(try dot(&reader)) }
                elements.append(SetElement(value: value, adds: dots))
            }
            return Cell(field: field, state: .set(elements, clock))
        case 4:
            let clock = try clock(&reader)
            return Cell(field: field, state: .value(try Value.decode(from: &reader), clock))
        default: throw .unknownCode("packed cell", UInt64(form))
        }
    }

    private static func clock(_ reader: inout ByteReader) throws(DecodingError) -> CellClock {
        guard let stamp = Stamp(try reader.fixed(UInt64.self)) else { throw .stampOutOfRange }
        return CellClock(stamp: stamp, dot: try dot(&reader))
    }

    private static func dot(_ reader: inout ByteReader) throws(DecodingError) -> Dot {
        let chain = try reader.fixed(UInt64.self)
        let writer = try reader.number32(of: "writer number")
        return Dot(writer: Int(writer), sequence: try reader.varint(), chain: chain)
    }
}
