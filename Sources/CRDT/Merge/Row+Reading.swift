extension Row {
    /// What a reader sees of a field: the one value that its merge code makes of the cell.
    ///
    /// Sets read as null here; see `elements(of:)`. Counters read as integers.
    public func value(of field: Field) -> Value {
        guard let state = self[field.id] else {
            return field.merge == .counter ? .integer(0) : .null
        }
        switch state {
        case .value(let value, _): return value
        case .counter(let sum, _): return .integer(sum)
        case .set: return .null
        case .siblings(let siblings) where field.merge == .createOnly:
            return siblings.first { $0.clock.dot == created?.dot }?.value ?? .null
        case .siblings(let siblings): return Self.reduce(siblings, field)
        }
    }

    /// A set's elements, ascending.
    public func elements(of field: UInt32) -> [Value] {
        guard case .set(let elements, _) = self[field] else { return [] }
        return elements.map(\.value)
    }

    /// All concurrent values of a field, latest last.
    public func siblings(of field: UInt32) -> [Sibling] {
        switch self[field] {
        case .value(let value, let clock): [Sibling(value: value, clock: clock)]
        case .siblings(let siblings): siblings
        case .counter, .set, nil: []
        }
    }

    static func reduce(_ siblings: [Sibling], _ field: Field) -> Value {
        var best = siblings[0]
        for next in siblings.dropFirst() where isBetter(next.value, than: best.value, field) {
            best = next
        }
        return best.value
    }

    /// Called in ascending order of clocks, so that of equals the latest stays.
    private static func isBetter(_ new: Value, than old: Value, _ field: Field) -> Bool {
        switch field.merge {
        case .maximum: return !(new < old)
        // A null bound is no bound: any set value beats it.
        case .minimum: return old.isNull || (!new.isNull && !(old < new))
        case .rank: return rank(of: new, field) >= rank(of: old, field)
        case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .counter, .addWinsSet,
            .removeWinsSet, .orderedList, .owned:
            return true
        }
    }

    /// A value outside the table ranks below every value in it.
    private static func rank(of value: Value, _ field: Field) -> Int {
        guard case .text(let name) = value else { return Int.min }
        return field.ranks[name] ?? Int.min + 1
    }
}
