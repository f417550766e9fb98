internal import CRDT

/// A collection's records as JSON Schema: as they are shown, as they are written, and as a page.
struct RecordSchema {
    private let collection: RowCollection

    init(_ collection: RowCollection) { self.collection = collection }

    /// `resource_claim` is `ResourceClaim`.
    static func name(of collection: RowCollection) -> String {
        collection.name.split(separator: "_")
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    func write(_ json: inout JSONWriter) {
        let name = Self.name(of: collection)
        json.key(name)
        writeObject(&json, isShown: true)
        json.key(name + "Draft")
        writeObject(&json, isShown: false)
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

    /// A draft has any of the fields; a record has its id and all of them.
    private func writeObject(_ json: inout JSONWriter, isShown: Bool) {
        json.object { json in
            json.member("type", "object")
            if isShown {
                json.key("required")
                json.array { json in
                    json.value("id")
                    for field in collection.fields { json.value(field.name) }
                }
            }
            json.key("properties")
            json.object { json in
                if isShown {
                    json.key("id")
                    json.raw(##"{"$ref":"#/components/schemas/Id"}"##)
                }
                for field in collection.fields {
                    json.key(field.name)
                    json.raw(Self.schema(of: field))
                }
            }
            json.key("additionalProperties")
            json.value(false)
        }
    }

    private static func schema(of field: Field) -> String {
        let one: (type: String, more: String) =
            switch field.type {
            case .integer: ("integer", #","format":"int64""#)
            case .real: ("number", "")
            case .text: ("string", "")
            case .reference: ("string", #","pattern":"^[0-9a-fA-F]{32}$""#)
            case .blob: ("string", #","contentEncoding":"base64""#)
            }
        if field.merge.isSet {
            return #"{"type":"array","items":{"type":"\#(one.type)"\#(one.more)}}"#
        }
        return #"{"type":["\#(one.type)","null"]\#(one.more)}"#
    }

    /// The filters of a list: every field that can be compared, by its name.
    func writeFilters(_ json: inout JSONWriter) {
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
