public import CRDT

/// Judges a record that somebody at a desk wants made or changed: finds every problem, not only the
/// first.
///
/// What a record holds already is never judged again: another site may have written it under other
/// rules, or have deleted meanwhile what it names, and a person who corrects one field must not be
/// stopped by another.
public struct RecordReview {
    /// A row that the record names.
    public struct Reference: Sendable, Hashable {
        public let collection: String
        public let row: RowID
    }

    private let rules: RecordRules.Collection
    private let collection: RowCollection
    private let contents: [String: FieldContent]
    private let held: ((String) -> FieldContent?)?

    /// - Parameters:
    ///   - contents: what is to be written, by field name; unknown names say nothing.
    ///   - held: what the record holds; nil for a new one.
    public init(
        _ rules: RecordRules, _ collection: RowCollection, _ contents: [String: FieldContent],
        held: ((String) -> FieldContent?)? = nil
    ) {
        self.rules = rules.collection(collection.name)
        self.collection = collection
        self.contents = contents
        self.held = held
    }

    /// The rows that must be there, each once.
    public var references: Set<Reference> {
        var references: Set<Reference> = []
        for field in changed {
            for (_, row) in rows(of: field) {
                if let target = rules.fields[field.name]?.target {
                    references.insert(Reference(collection: target, row: row))
                }
            }
        }
        return references
    }

    /// What is wrong, in the order of the pack's fields.
    ///
    /// - Parameter missing: those of `references` that are not here.
    public func faults(missing: Set<Reference> = []) -> [RecordFault] {
        if collection.isAppendOnly, held != nil {
            return [RecordFault(nil, "records of \(collection.name) are written once, for ever")]
        }
        var faults: [RecordFault] = []
        for field in changed { faults += self.faults(of: field, missing) }
        if held == nil {
            for field in collection.fields where contents[field.name]?.isEmpty ?? true {
                guard rules.fields[field.name]?.isRequired == true else { continue }
                faults.append(RecordFault(field.name, "must be said"))
            }
        }
        faults += incompleteness
        if faults.isEmpty {
            faults += rules.disorder { contents[$0] ?? held?($0) }.filter { fault in
                rules.inOrder.contains { $0.last == fault.field && $0.contains(where: isChanged) }
            }
        }
        return faults
    }

    /// Fields that would hold something else than now, in the pack's order.
    private var changed: [Field] { collection.fields.filter { isChanged($0.name) } }

    private func isChanged(_ name: String) -> Bool {
        guard let content = contents[name] else { return false }
        guard let held else { return !content.isEmpty }
        switch (held(name), content) {
        case (.elements(let old)?, .elements(let new)): return Set(old) != Set(new)
        case (let old, let new): return old != new
        }
    }

    private func faults(of field: Field, _ missing: Set<Reference>) -> [RecordFault] {
        guard let rule = rules.fields[field.name], let content = contents[field.name] else {
            return []
        }
        if rule.isByBox {
            return [RecordFault(field.name, "is filled by the box; leave it out")]
        }
        if held != nil, field.merge == .createOnly {
            return [RecordFault(field.name, "cannot be changed once the record is made")]
        }
        if content.isEmpty {
            if field.merge == .counter {
                return [RecordFault(field.name, "is a count and never empty; say 0")]
            }
            return rule.isRequired ? [RecordFault(field.name, "must be said")] : []
        }
        var faults: [RecordFault] = []
        switch content {
        case .value(let value):
            let before: Value? = if case .value(let old)? = held?(field.name) { old } else { nil }
            if let reason = rule.fault(of: value) ?? rule.fault(of: value, over: before) {
                faults.append(RecordFault(field.name, reason))
            }
        case .elements(let values):
            if values.count > Limits.setElementsMax {
                let reason = "has \(values.count) elements; at most \(Limits.setElementsMax) fit"
                return [RecordFault(field.name, reason)]
            }
            let known = heldElements(of: field)
            for (index, value) in values.enumerated() where !known.contains(value) {
                if let reason = rule.fault(of: value) {
                    faults.append(RecordFault(field.name, element: index, reason))
                }
            }
        }
        for (element, row) in rows(of: field) {
            guard let target = rule.target,
                missing.contains(Reference(collection: target, row: row))
            else { continue }
            let reason = "no \(target) has that id here; it may not have synced yet"
            faults.append(RecordFault(field.name, element: element, reason))
        }
        return faults
    }

    /// Nothing said where at least one of some fields must say something.
    private var incompleteness: [RecordFault] {
        guard let first = rules.someOf.first,
            held == nil || rules.someOf.contains(where: isChanged),
            rules.someOf.allSatisfy({ (contents[$0] ?? held?($0))?.isEmpty ?? true })
        else { return [] }
        let names = rules.someOf.joined(separator: ", ")
        return [RecordFault(first, "one of \(names) must be said")]
    }

    /// Rows that a field shall name and does not name yet, with their places in a set.
    private func rows(of field: Field) -> [(element: Int?, row: RowID)] {
        switch contents[field.name] {
        case .value(.reference(let row))?: return [(nil, row)]
        case .elements(let values)?:
            let known = heldElements(of: field)
            return values.enumerated().compactMap { index, value in
                guard case .reference(let row) = value, !known.contains(value) else { return nil }
                return (index, row)
            }
        case .value?, nil: return []
        }
    }

    private func heldElements(of field: Field) -> [Value] {
        if case .elements(let values)? = held?(field.name) { values } else { [] }
    }
}
