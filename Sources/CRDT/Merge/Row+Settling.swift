extension Row {
    /// The row as a replica that always knew this collection would hold it.
    ///
    /// While a field is unknown, concurrent assignments of it are all kept, for any merge code may
    /// need them. Once the code is known, one that keeps a single value keeps the greatest clock. A
    /// cell that no valid transaction of this schema can have made goes.
    public func settled(in collection: RowCollection) -> Row {
        var row = self
        row.cells = cells.compactMap { cell in
            guard let field = collection.field(cell.field) else { return cell }
            guard let state = Self.settled(cell.state, field, created) else { return nil }
            return Cell(field: cell.field, state: state)
        }
        return row
    }

    private static func settled(
        _ state: CellState, _ field: Field, _ created: CellClock?
    ) -> CellState? {
        switch (field.merge, state) {
        case (.counter, .counter): return state
        case (.addWinsSet, .set(let elements, _)):
            return elements.allSatisfy { fits($0.value, field) } ? state : nil
        case (.createOnly, .value(let value, let clock)):
            return clock.dot == created?.dot && fits(value, field) ? state : nil
        case (.createOnly, .siblings(let siblings)):
            return siblings.last { $0.clock.dot == created?.dot && fits($0.value, field) }
                .map { .value($0.value, $0.clock) }
        case (.lastWriter, .value(let value, _)), (.lastWriterListed, .value(let value, _)),
            (.owned, .value(let value, _)), (.multiValue, .value(let value, _)),
            (.minimum, .value(let value, _)), (.maximum, .value(let value, _)),
            (.rank, .value(let value, _)):
            return fits(value, field) ? state : nil
        case (.lastWriter, .siblings(let siblings)), (.lastWriterListed, .siblings(let siblings)),
            (.owned, .siblings(let siblings)):
            return siblings.last { fits($0.value, field) }.map { .value($0.value, $0.clock) }
        case (.multiValue, .siblings(let siblings)), (.minimum, .siblings(let siblings)),
            (.maximum, .siblings(let siblings)), (.rank, .siblings(let siblings)):
            let kept = siblings.filter { fits($0.value, field) }
            return kept.count > 1
                ? .siblings(kept) : kept.first.map { .value($0.value, $0.clock) }
        case (.counter, _), (.addWinsSet, _), (.removeWinsSet, _), (.orderedList, _),
            (_, .counter), (_, .set):
            return nil
        }
    }

    private static func fits(_ value: Value, _ field: Field) -> Bool {
        switch (value, field.type) {
        case (.null, _), (.integer, .integer), (.text, .text), (.blob, .blob),
            (.reference, .reference):
            true
        case (.real(let number), .real): !number.isNaN
        case (.integer, _), (.real, _), (.text, _), (.blob, _), (.reference, _): false
        }
    }
}
