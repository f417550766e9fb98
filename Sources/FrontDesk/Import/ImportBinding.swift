internal import CRDT

/// Reads a mapping as an editor would: finds every problem, not only the first.
struct ImportBinding {
    private(set) var sentences: [String] = []
    private(set) var records: [ImportPlan.BoundRecord] = []
    private(set) var reviews: [ImportPlan.BoundReview] = []
    private let mapping: ImportMapping
    private let header: [String]
    private let schema: Schema
    private let place: ImportPlan.Place

    init(
        _ mapping: ImportMapping, _ header: [String], _ schema: Schema, _ place: ImportPlan.Place
    ) {
        self.mapping = mapping
        self.header = header
        self.schema = schema
        self.place = place
    }

    mutating func bind() {
        if mapping.format != 1 {
            note("The mapping \(mapping.name) has format \(mapping.format); 1 is known.")
        }
        if mapping.source.isEmpty { note("The mapping \(mapping.name) names no source.") }
        if mapping.records.isEmpty || mapping.records.count > ImportMapping.recordsMax {
            note("A mapping makes 1 to \(ImportMapping.recordsMax) records of a row.")
        }
        if header.count == 1, header[0].contains(";") {
            note("The columns seem to be separated by semicolons; use commas.")
        }
        for record in mapping.records.prefix(ImportMapping.recordsMax) { bind(record) }
        for review in (mapping.reviews ?? []).prefix(ImportMapping.reviewsMax) { bind(review) }
    }

    private mutating func bind(_ record: ImportRecord) {
        let owner = record.collection
        guard let collection = schema.collection(named: owner) else {
            return note("The mapping writes \(owner), which no pack has.")
        }
        if !place.writable.contains(owner) { note("An import may not write \(owner).") }
        if record.key.isEmpty { note("The records of \(owner) have no key.") }
        var fields: [ImportPlan.BoundField] = []
        var home: ImportPlan.BoundField?
        for (name, rule) in record.fields.sorted(by: { $0.key < $1.key }) {
            guard let field = collection.field(named: name) else {
                note("\(owner) has no field \(name).")
                continue
            }
            guard let bound = bind(field, rule, owner) else { continue }
            if field.id == collection.homeSite { home = bound } else { fields.append(bound) }
        }
        records.append(
            ImportPlan.BoundRecord(
                collection: collection, kind: record.kind ?? owner,
                key: record.key.compactMap { column($0) }, when: record.when.flatMap { column($0) },
                fields: fields.sorted { $0.field.id < $1.field.id }, home: home))
    }

    /// Fields of the machine room, which an import fills by itself.
    private static let own: Set<String> = ["origin_site", "created_by", "import_batch", "imports"]

    private mutating func bind(
        _ field: Field, _ rule: ImportField, _ owner: String
    ) -> ImportPlan.BoundField? {
        let name = "\(owner).\(field.name)"
        if Self.own.contains(field.name) {
            note("\(name) is filled by the import itself.")
            return nil
        }
        if field.type == .blob || field.merge == .counter || field.merge == .orderedList {
            note("\(name) cannot be imported.")
            return nil
        }
        let sources = [
            rule.column != nil || rule.key != nil, rule.text != nil, rule.number != nil,
        ]
        if sources.count(where: { $0 }) != 1 {
            note("\(name) needs a column, a key, a text or a number, and only one of them.")
        }
        for pattern in rule.date ?? [] {
            if let fault = ImportDate.fault(of: pattern) {
                note("The date pattern \(pattern) of \(name) \(fault).")
            }
        }
        if rule.separator?.isEmpty == true { note("The separator of \(name) is empty.") }
        if rule.separator != nil, field.merge != .addWinsSet { note("\(name) is not a set.") }
        if (rule.number != nil) != (field.type == .integer) && (rule.text ?? "x") != "x" {
            note("\(name) has another type than its constant.")
        }
        if rule.number != nil, field.type != .integer { note("\(name) is no number.") }
        if rule.text != nil, field.type != .text { note("\(name) is no text.") }
        var target: RowCollection?
        if field.type == .reference {
            guard let reference = rule.reference else {
                note("\(name) is a reference; say to what.")
                return nil
            }
            target = reference == "site" ? nil : schema.collection(named: reference)
            if target == nil, reference != "site" {
                note("\(name) refers to \(reference), which no pack has.")
            }
        }
        let allowed = place.rules.rule(for: field.name, of: owner)
        for constant in [rule.text.map(Value.text), rule.number.map(Value.integer)] {
            if let fault = constant.flatMap({ allowed?.fault(of: $0) }) {
                note("The constant of \(name) \(fault).")
            }
        }
        let own = rule.column.flatMap { column($0) }
        return ImportPlan.BoundField(
            field: field, rule: rule, column: own, when: rule.when.flatMap { column($0) },
            key: rule.key?.compactMap { column($0) } ?? own.map { [$0] } ?? [], target: target,
            targetKind: rule.kind ?? rule.reference ?? "",
            allowed: allowed)
    }

    private mutating func bind(_ review: ImportReview) {
        let kind = review.kind ?? mapping.records.first.map { $0.kind ?? $0.collection }
        let record = mapping.records.firstIndex { ($0.kind ?? $0.collection) == kind }
        guard let record else { return note("The review “\(review.name)” names no record.") }
        reviews.append(
            ImportPlan.BoundReview(
                record: record, columns: review.columns.compactMap { column($0) },
                named: review.named.flatMap { column($0) }))
    }

    private mutating func column(_ name: String) -> Int? {
        guard let place = header.firstIndex(of: name) else {
            let found = header.prefix(16).map { $0.prefix(32) }.joined(separator: ", ")
            note("The header names no column “\(name)”; it has \(found).")
            return nil
        }
        if header.lastIndex(of: name) != place {
            note("The column “\(name)” is there twice; remove the one that is not meant.")
        }
        return place
    }

    private mutating func note(_ sentence: String) {
        if !sentences.contains(sentence) { sentences.append(sentence) }
    }
}
