extension Row {
    /// The row's share of the content digest: ids, clocks and values as every replica sees them.
    ///
    /// Covers cells of unknown fields too. Writer numbers, which are local, stay out: a dot is
    /// named by its sequence and chain prefix.
    public func digest(_ hasher: any ContentHasher) -> ContentHash {
        var writer = ByteWriter(domain: .row, capacity: 384)
        writer.write(varint: UInt64(collection))
        writer.write(id: id.value)
        Self.write(created, into: &writer)
        Self.write(deleted, into: &writer)
        for cell in cells {
            writer.write(varint: UInt64(cell.field))
            switch cell.state {
            case .value(let value, let clock):
                writer.write(byte: 0)
                write(clock, into: &writer)
                value.encode(into: &writer)
            case .counter(let sum, let clock):
                writer.write(byte: 1)
                write(clock, into: &writer)
                writer.write(signed: sum)
            case .siblings(let siblings):
                writer.write(byte: 2)
                writer.write(count: siblings.count)
                for sibling in siblings {
                    write(sibling.clock, into: &writer)
                    sibling.value.encode(into: &writer)
                }
            case .set(let elements, let clock):
                writer.write(byte: 3)
                write(clock, into: &writer)
                writer.write(count: elements.count)
                for element in elements {
                    element.value.encode(into: &writer)
                    writer.write(count: element.adds.count)
                    for dot in element.adds {
                        writer.write(varint: dot.sequence)
                        writer.write(fixed: dot.chain)
                    }
                }
            }
        }
        return hasher.hash(writer.bytes)
    }

    /// The row's own clock is written as one byte: most cells have it.
    private func write(_ clock: CellClock, into writer: inout ByteWriter) {
        if clock == created {
            writer.write(byte: 0)
        } else {
            Self.write(clock, into: &writer)
        }
    }

    private static func write(_ clock: CellClock?, into writer: inout ByteWriter) {
        guard let clock else { return writer.write(byte: 0) }
        writer.write(byte: 1)
        writer.write(fixed: clock.stamp.value)
        writer.write(varint: clock.dot.sequence)
        writer.write(fixed: clock.dot.chain)
    }
}
