internal import CRDT

// How a column's text becomes a field's value.
extension ImportPlan {
    /// Nil where the file says nothing of the field.
    func content(
        _ bound: BoundField, _ record: CSVReader.Record, _ home: RowID?,
        _ names: inout ImportRowNames, _ references: inout [Reference]
    ) throws(ImportProblem) -> ImportedRow.Content? {
        let rule = bound.rule
        if let when = bound.when, !isKnown(record.fields[when]) { return nil }
        if let separator = rule.separator, let column = bound.column {
            var values: [Value] = []
            let parts = record.fields[column].split(separator: separator).map {
                Self.trimmed(String($0))
            }
            for part in parts where isKnown(part) {
                let value = try value(part, [part], bound, record.number, home, &names, &references)
                if let value, !values.contains(value) { values.append(value) }
            }
            if values.isEmpty { return try nothing(bound, record.number) }
            guard values.count <= Limits.setElementsMax else {
                throw problem(
                    record.number, bound, "has more than \(Limits.setElementsMax) elements")
            }
            return .elements(values)
        }
        let isSet = bound.field.merge == .addWinsSet
        if let text = rule.text { return isSet ? .elements([.text(text)]) : .value(.text(text)) }
        if let number = rule.number { return .value(.integer(number)) }
        let key = bound.key.map { record.fields[$0] }
        let text =
            bound.column.map { Self.trimmed(record.fields[$0]) } ?? key.joined(separator: " ")
        guard isKnown(text) else { return try nothing(bound, record.number) }
        guard
            let value = try value(text, key, bound, record.number, home, &names, &references)
        else { return try nothing(bound, record.number) }
        return isSet ? .elements([value]) : .value(value)
    }

    private func nothing(
        _ bound: BoundField, _ number: Int
    ) throws(ImportProblem) -> ImportedRow.Content? {
        if bound.rule.required == true {
            throw ImportProblem(row: number, column: bound.columnName, "is blank and must not be")
        }
        return bound.rule.blank == .clear ? .value(.null) : nil
    }

    private func value(
        _ text: String, _ key: [String], _ bound: BoundField, _ number: Int, _ home: RowID?,
        _ names: inout ImportRowNames, _ references: inout [Reference]
    ) throws(ImportProblem) -> Value? {
        if bound.field.type == .reference {
            guard let target = bound.target else { return try site(text, bound, number) }
            let row = names.row(
                of: bound.targetKind, home: target.homeSite == nil ? nil : home, key: key)
            references.append(
                Reference(
                    collection: target.id, row: row, column: bound.columnName,
                    key: key.joined(separator: ", ")))
            return .reference(row)
        }
        guard let word = try word(text, bound, number) else { return nil }
        let value = try value(of: word, bound, number)
        if let fault = bound.allowed?.fault(of: value) { throw problem(number, bound, fault) }
        return value
    }

    private func value(
        of word: String, _ bound: BoundField, _ number: Int
    ) throws(ImportProblem) -> Value {
        switch bound.field.type {
        case .integer:
            if bound.rule.date != nil, let day = LocalDate(word) {
                return .integer(ImportDate.milliseconds(of: day))
            }
            guard let whole = Int64(word) else {
                throw problem(number, bound, "\(ImportProblem.quoted(word)) is no whole number")
            }
            return .integer(whole)
        case .real:
            guard let real = Double(word), real.isFinite else {
                throw problem(number, bound, "\(ImportProblem.quoted(word)) is no number")
            }
            return .real(normalizing: real)
        case .text, .blob, .reference: return .text((bound.rule.prefix ?? "") + word)
        }
    }

    private static let turned = """
        . With day and month the other way round it is one: if the file writes them so, other days \
        of it were taken wrongly without a word; correct “date” in the mapping and import again
        """

    /// The text as records write it: the value map's word, the day, or the text itself.
    private func word(
        _ text: String, _ bound: BoundField, _ number: Int
    ) throws(ImportProblem) -> String? {
        var word = text
        if let patterns = bound.rule.date {
            guard let day = ImportDate.day(text, patterns) else {
                let expected = patterns.joined(separator: " or ")
                return try otherwise(
                    bound, text, number,
                    "\(ImportProblem.quoted(text)) is no date; expected \(expected)"
                        + (ImportDate.isTurned(text, patterns) ? Self.turned : ""))
            }
            word = bound.rule.precision == true ? day.precision : day.text
        }
        if let values = bound.rule.values {
            if let mapped = values[text] {
                word = mapped
            } else {
                let known = values.keys.sorted().prefix(12).joined(separator: ", ")
                let kept = try otherwise(
                    bound, text, number,
                    "\(ImportProblem.quoted(text)) is not among the known words; expected \(known)")
                guard let kept else { return nil }
                word = kept
            }
        }
        return word
    }

    private func otherwise(
        _ bound: BoundField, _ text: String, _ number: Int, _ reason: String
    ) throws(ImportProblem) -> String? {
        switch bound.rule.otherwise ?? .reject {
        case .blank: return nil
        case .keep: return text
        case .reject: throw problem(number, bound, reason)
        }
    }

    /// The site that a column names; nil for a blank.
    func site(
        _ text: String, _ bound: BoundField, _ number: Int
    ) throws(ImportProblem) -> Value? {
        let name = Self.trimmed(text)
        guard isKnown(name) else { return nil }
        guard let site = place.sites[name] else {
            let known = place.sites.keys.sorted().prefix(12).joined(separator: ", ")
            throw problem(
                number, bound,
                "there is no site \(ImportProblem.quoted(name)); expected one of \(known)")
        }
        return .reference(site)
    }

    private func problem(_ number: Int, _ bound: BoundField, _ reason: String) -> ImportProblem {
        ImportProblem(row: number, column: bound.columnName, reason)
    }

    /// A day of arrival after that of departure is wrong in the row, not in one of its columns.
    func judgeOrder(
        of cells: [ImportedRow.Cell], _ record: BoundRecord, _ number: Int
    ) throws(ImportProblem) {
        let rules = place.rules.collection(record.collection.name)
        let faults = rules.disorder { name in
            cells.first { record.collection.field($0.field)?.name == name }?.content
        }
        if let fault = faults.first, let field = fault.field {
            let column = record.fields.first { $0.field.name == field }?.columnName
            throw ImportProblem(row: number, column: column ?? field, fault.reason)
        }
    }
}
