internal import CRDT

/// Reads packs as an editor would: finds every problem, not only the first.
struct PackReview {
    private(set) var sentences: [String] = []
    let packs: [Pack]

    init(_ packs: [Pack]) { self.packs = packs }

    mutating func judge() {
        judgeUniqueness()
        for pack in packs {
            if pack.format != 1 { note("\(pack.name) has format \(pack.format); 1 is known.") }
            if pack.version == 0 { note("\(pack.name) has version 0; versions begin with 1.") }
            judgeRanks(pack)
            for collection in pack.collections { judge(collection, of: pack) }
            for template in pack.templates ?? [] {
                for problem in template.problems { note("\(pack.name): \(problem)") }
            }
        }
    }

    mutating func note(_ sentence: String) { sentences.append(sentence) }

    private mutating func judgeUniqueness() {
        let collections = packs.flatMap(\.collections)
        for name in repeated(packs.map(\.name)) { note("Two packs are named \(name).") }
        for id in repeated(collections.map(\.id)) {
            let names = collections.filter { $0.id == id }.map(\.name)
            note("Collection id \(id) is used by \(names.joined(separator: " and ")).")
        }
        for name in repeated(collections.map(\.name)) { note("Two collections are named \(name).") }
        let retired = Set(packs.flatMap { $0.retired ?? [] })
        for collection in collections where retired.contains(collection.id) {
            note("\(collection.name) takes the retired collection id \(collection.id).")
        }
        let templates = packs.flatMap { $0.templates ?? [] }.map { "\($0.name) \($0.version)" }
        for name in repeated(templates) { note("Two templates are \(name).") }
    }

    private mutating func judgeRanks(_ pack: Pack) {
        for (name, table) in (pack.ranks ?? [:]).sorted(by: { $0.key < $1.key }) {
            if table.isEmpty { note("Rank table \(name) of \(pack.name) is empty.") }
            for rank in repeated(Array(table.values)) {
                let values = table.filter { $0.value == rank }.keys.sorted()
                note(
                    "Rank table \(name) of \(pack.name) gives \(values.joined(separator: " and "))"
                        + " the same rank \(rank).")
            }
        }
    }

    private mutating func judge(_ collection: PackCollection, of pack: Pack) {
        let fields = collection.allFields(of: pack)
        let name = collection.name
        if collection.id == 0 { note("\(name) has id 0; ids begin with 1.") }
        if let fault = PackName.fault(name, reserved: []) { note("Collection \(name) \(fault).") }
        if fields.count > Limits.collectionFieldsMax {
            note(
                "\(name) has \(fields.count) fields, those of everywhere included; a collection "
                    + "has at most \(Limits.collectionFieldsMax).")
        }
        for id in repeated(fields.map(\.id)) {
            let names = fields.filter { $0.id == id }.map(\.name)
            note("Field id \(id) of \(name) is used by \(names.joined(separator: " and ")).")
        }
        for field in repeated(fields.map(\.name)) { note("\(name) has two fields \(field).") }
        for field in fields where collection.retired?.contains(field.id) ?? false {
            note("\(name).\(field.name) takes the retired field id \(field.id).")
        }
        for field in fields {
            judge(field, in: collection, of: pack)
            judgeRules(of: field, in: pack, "\(name).\(field.name)")
        }
        judgeRules(of: collection, fields)
        judgeNames(of: collection, fields)
        judgeSubject(of: collection, fields)
        judgeHome(of: collection, fields)
    }

    private mutating func judge(
        _ field: PackField, in collection: PackCollection, of pack: Pack
    ) {
        let name = "\(collection.name).\(field.name)"
        if field.id == 0 { note("\(name) has id 0; ids begin with 1.") }
        if let fault = PackName.fault(field.name, reserved: PackName.columns) {
            note("\(name) \(fault).")
        }
        let table = field.ranks
        if let table, pack.ranks?[table] == nil {
            note("\(name) names the rank table \(table), which \(pack.name) does not have.")
        }
        if (field.merge == .rank) != (table != nil) {
            note("\(name) needs merge rank and a rank table, or neither.")
        }
        if field.merge == .rank, field.type != .text { note("\(name) is a rank but no text.") }
        if field.merge == .counter, field.type != .integer {
            note("\(name) is a counter but no integer.")
        }
        if field.options != nil, field.type != .text { note("\(name) has options but is no text.") }
        if (field.type == .reference) != (field.to != nil) {
            note("\(name) needs type reference and a collection it refers to, or neither.")
        }
        if let target = field.to, !packs.contains(where: { $0.has(target) }) {
            note("\(name) refers to \(target), which no pack has.")
        }
        if collection.appendOnly == true, field.merge != .createOnly {
            note("\(name) must be create-only: \(collection.name) is append-only.")
        }
        if field.personal == true, collection.subject == nil {
            note("\(name) is personal, but \(collection.name) names no subject.")
        }
        if field.merge == .owned, collection.homeSite == nil {
            note("\(name) is owned, but \(collection.name) names no home site.")
        }
    }

    /// Indexes, form and retention name fields.
    private mutating func judgeNames(of collection: PackCollection, _ fields: [PackField]) {
        let name = collection.name
        func field(_ wanted: String) -> PackField? { fields.first { $0.name == wanted } }
        for wanted in (collection.indexes ?? []).joined() where field(wanted) == nil {
            note("An index of \(name) names \(wanted), which it does not have.")
        }
        for index in collection.indexes ?? [] where index.isEmpty {
            note("An index of \(name) names no field.")
        }
        for wanted in collection.form ?? [] where field(wanted) == nil {
            note("The form of \(name) names \(wanted), which it does not have.")
        }
        for wanted in repeated(collection.form ?? []) {
            note("The form of \(name) shows \(wanted) twice.")
        }
        if collection.writers.isEmpty { note("Nobody may write \(name).") }
        if let retention = collection.retention {
            if retention.days < 1 { note("\(name) is kept for \(retention.days) days.") }
            if field(retention.after)?.type != .integer {
                note("Retention of \(name) counts from \(retention.after), which is no moment.")
            }
        }
    }

    private mutating func judgeSubject(of collection: PackCollection, _ fields: [PackField]) {
        guard let subject = collection.subject, subject != "row" else { return }
        judgeReference(subject, "subject", of: collection, fields)
        if fields.first(where: { $0.name == subject })?.personal == true {
            note("The subject of \(collection.name) must not be personal itself.")
        }
    }

    private mutating func judgeHome(of collection: PackCollection, _ fields: [PackField]) {
        if let home = collection.homeSite {
            judgeReference(home, "home site", of: collection, fields)
        } else if collection.writers.contains(.home) {
            note("\(collection.name) is written by its home, but names no home site.")
        }
    }

    private mutating func judgeReference(
        _ name: String, _ role: String, of collection: PackCollection, _ fields: [PackField]
    ) {
        let field = fields.first { $0.name == name }
        if field?.type != .reference || field?.merge != .createOnly {
            note("The \(role) of \(collection.name), \(name), must be a create-only reference.")
        }
    }

    private func repeated<T: Hashable & Comparable>(_ values: [T]) -> [T] {
        var seen: Set<T> = []
        return Set(values.filter { !seen.insert($0).inserted }).sorted()
    }
}

extension Pack {
    fileprivate func has(_ collection: String) -> Bool {
        collections.contains { $0.name == collection }
    }
}
