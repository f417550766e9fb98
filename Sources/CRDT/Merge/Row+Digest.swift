extension Row {
    /// The row's share of the content digest: ids, clocks and values as every replica sees them.
    ///
    /// Covers cells of unknown fields too. Writer numbers, which are local, stay out: a dot is
    /// named by its sequence and chain prefix.
    public func digest(_ hasher: any ContentHasher) -> ContentHash {
        var writer = ByteWriter(capacity: 384)
        return digest(hasher, in: &writer)
    }

    /// - Parameter writer: room for the preimage, which a caller with many rows keeps.
    public func digest(
        _ hasher: any ContentHasher, in writer: inout ByteWriter
    ) -> ContentHash {
        writer.clear()
        writer.write(domain: .row)
        writer.write(varint: UInt64(collection))
        writer.write(id: id.value)
        Self.write(created, into: &writer)
        Self.write(deleted, into: &writer)
        // In place: a loop over the array itself would copy every cell first.
        cells.withUnsafeBufferPointer { cells in
            for index in cells.indices {
                writer.write(varint: UInt64(cells[index].field))
                cells[index].state.write(into: &writer, created)
            }
        }
        return hasher.hash(writer.bytes)
    }

    fileprivate static func write(_ clock: CellClock?, into writer: inout ByteWriter) {
        guard let clock else { return writer.write(byte: 0) }
        writer.write(byte: 1)
        writer.write(fixed: clock.stamp.value)
        writer.write(varint: clock.dot.sequence)
        writer.write(fixed: clock.dot.chain)
    }
}

extension CellState {
    fileprivate func write(into writer: inout ByteWriter, _ created: CellClock?) {
        switch self {
        case .value(let value, let clock):
            writer.write(byte: 0)
            Self.write(clock, created, into: &writer)
            value.encode(into: &writer)
        case .counter(let sum, let clock):
            writer.write(byte: 1)
            Self.write(clock, created, into: &writer)
            writer.write(signed: sum)
        case .siblings(let siblings):
            writer.write(byte: 2)
            writer.write(count: siblings.count)
            for sibling in siblings {
                Self.write(sibling.clock, created, into: &writer)
                sibling.value.encode(into: &writer)
            }
        case .set(let elements, let clock):
            writer.write(byte: 3)
            Self.write(clock, created, into: &writer)
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

    /// The row's own clock is written as one byte: most cells have it.
    private static func write(
        _ clock: CellClock, _ created: CellClock?, into writer: inout ByteWriter
    ) {
        if clock == created {
            writer.write(byte: 0)
        } else {
            Row.write(clock, into: &writer)
        }
    }
}
