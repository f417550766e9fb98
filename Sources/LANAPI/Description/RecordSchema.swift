internal import CRDT
internal import FrontDesk

/// A collection's records as JSON Schema: as they are shown, as they are made and changed, and as a
/// page. What is written follows the packs' rules; what is shown may come from a site with others.
struct RecordSchema {
    private enum Form { case shown, made, changed }

    private let collection: RowCollection
    private let rules: RecordRules

    init(_ collection: RowCollection, _ rules: RecordRules) {
        self.collection = collection
        self.rules = rules
    }

    /// `resource_claim` is `ResourceClaim`.
    static func name(of collection: RowCollection) -> String {
        collection.name.split(separator: "_")
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    func write(_ json: inout JSONWriter) {
        let name = Self.name(of: collection)
        for (suffix, form) in [("", Form.shown), ("Draft", .made), ("Patch", .changed)] {
            json.key(name + suffix)
            writeObject(&json, form)
        }
        json.key(name + "Page")
        json.object { json in
            json.member("type", "object")
            json.key("required")
            json.array { json in for name in ["items", "as_of"] { json.value(name) } }
            json.key("properties")
            json.object { json in
                json.key("items")
                json.object { json in
                    json.member("type", "array")
                    json.key("items")
                    json.reference(to: name)
                }
                json.key("total")
                json.raw(#"{"type":"integer","minimum":0}"#)
                json.key("next")
                json.raw(##"{"$ref":"#/components/schemas/Cursor"}"##)
                json.key("as_of")
                json.raw(##"{"$ref":"#/components/schemas/Moment"}"##)
            }
            json.key("additionalProperties")
            json.value(false)
        }
    }

    /// A record has its id and every field; a draft what must be said; a patch any of the fields
    /// that may change.
    private func writeObject(_ json: inout JSONWriter, _ form: Form) {
        let fields = collection.fields.filter { field in
            form == .shown
                || rule(field)?.isByBox != true
                    && (form == .made || field.merge != .createOnly)
        }
        json.object { json in
            json.member("type", "object")
            let required = required(form)
            if !required.isEmpty {
                json.key("required")
                json.array { json in for name in required { json.value(name) } }
            }
            let some = form == .made ? rules.someOf(collection.name) : []
            if !some.isEmpty {
                json.key("anyOf")
                json.array { json in
                    for name in some { json.raw(#"{"required":["\#(name)"]}"#) }
                }
            }
            json.key("properties")
            json.object { json in
                if form == .shown {
                    json.key("id")
                    json.raw(##"{"$ref":"#/components/schemas/Id"}"##)
                }
                for field in fields {
                    json.key(field.name)
                    writeField(field, form == .shown ? nil : rule(field), &json)
                }
            }
            json.key("additionalProperties")
            json.value(false)
        }
    }

    private func required(_ form: Form) -> [String] {
        switch form {
        case .shown: ["id"] + collection.fields.map(\.name)
        case .made: collection.fields.filter { rule($0)?.isRequired == true }.map(\.name)
        case .changed: []
        }
    }

    private func rule(_ field: Field) -> FieldRule? {
        rules.rule(for: field.name, of: collection.name)
    }

    private func writeField(_ field: Field, _ rule: FieldRule?, _ json: inout JSONWriter) {
        json.object { json in
            if let target = rule?.target {
                json.member("description", "The id of a \(target) that is here")
            }
            if let steps = rule?.onlyAfter, !steps.isEmpty {
                let sentences = steps.sorted { $0.key < $1.key }.map { word, before in
                    "\(word): only "
                        + (before.isEmpty
                            ? "by a command" : "where it was \(before.joined(separator: " or "))")
                }
                json.member("description", sentences.joined(separator: "; "))
            }
            guard field.merge.isSet else {
                let mayBeEmpty =
                    rule?.isRequired != true && (rule == nil || field.merge != .counter)
                return write(field, rule, mayBeEmpty: mayBeEmpty, &json)
            }
            json.member("type", "array")
            json.member("maxItems", Limits.setElementsMax)
            json.key("items")
            json.object { json in write(field, rule, mayBeEmpty: false, &json) }
        }
    }

    /// One value's keywords.
    private func write(
        _ field: Field, _ rule: FieldRule?, mayBeEmpty: Bool, _ json: inout JSONWriter
    ) {
        let type =
            switch field.type {
            case .integer: "integer"
            case .real: "number"
            case .text, .reference, .blob: "string"
            }
        json.key("type")
        json.raw(mayBeEmpty ? #"["\#(type)","null"]"# : #""\#(type)""#)
        switch field.type {
        case .integer: json.member("format", "int64")
        case .reference: json.member("pattern", "^[0-9a-fA-F]{32}$")
        case .blob: json.member("contentEncoding", "base64")
        case .real, .text: break
        }
        guard let rule else { return }
        if field.type == .text {
            json.member("minLength", 1)
            json.member("maxLength", rule.longest)
            if let pattern = rule.format?.pattern { json.member("pattern", pattern) }
            if let format = rule.format, [.date, .email].contains(format) {
                json.member("format", format.rawValue)
            }
        }
        if let words = rule.words {
            json.key("enum")
            json.array { json in
                for word in words { json.value(word) }
                if mayBeEmpty { json.null() }
            }
        }
        if let numbers = rule.numbers {
            if numbers.lowerBound != .min { json.member("minimum", Int(numbers.lowerBound)) }
            if numbers.upperBound != .max { json.member("maximum", Int(numbers.upperBound)) }
        }
    }

    /// The filters of a list: every field that can be compared, by its name.
    static func writeFilters(of collection: RowCollection, _ json: inout JSONWriter) {
        for field in collection.fields where !field.merge.isSet && field.type != .blob {
            let schema =
                switch field.type {
                case .integer: #"{"type":"integer","format":"int64"}"#
                case .real: #"{"type":"number"}"#
                case .reference: #"{"type":"string","pattern":"^[0-9a-fA-F]{32}$"}"#
                case .text, .blob: #"{"type":"string","maxLength":\#(QueryTexts.textBytesMax)}"#
                }
            json.parameter(field.name, in: "query", schema)
            if field.type == .text { json.parameter(field.name + ".begins", in: "query", schema) }
        }
    }
}

extension JSONWriter {
    mutating func reference(to schema: String) {
        raw(##"{"$ref":"#/components/schemas/\##(schema)"}"##)
    }

    mutating func parameter(
        _ name: String, in place: String, _ schema: String, isRequired: Bool = false,
        says: String? = nil
    ) {
        object { json in
            json.member("name", name)
            json.member("in", place)
            if isRequired {
                json.key("required")
                json.value(true)
            }
            if let says {
                json.key("description")
                json.value(says)
            }
            json.key("schema")
            json.raw(schema)
        }
    }
}
