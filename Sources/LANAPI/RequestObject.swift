internal import CRDT
internal import EdgeNode
internal import Foundation

/// A small JSON body: one object of texts and whole numbers, read for commands only.
struct RequestObject {
    private let members: [String: Any]
    /// A code, an id or a person's name; nobody types more of them.
    private static let textBytesMax = 1_024
    private static let textsMax = 100

    /// - Parameter known: every name that may stand there; another one is refused.
    init(_ bytes: [UInt8], known: Set<String>) throws(Problem) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { throw .badRequest("the body is not a JSON object") }
        try self.init(object, known: known)
    }

    private init(_ object: [String: Any], known: Set<String>) throws(Problem) {
        let unknown = Set(object.keys).subtracting(known).sorted()
        guard unknown.isEmpty else {
            throw .badRequest(
                "unknown fields: \(unknown.joined(separator: ", ").prefix(256)); known ones: "
                    + known.sorted().joined(separator: ", "))
        }
        members = object
    }

    /// `nil` where it is not said.
    func text(_ name: String) throws(Problem) -> String? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let text = value as? String else { throw .badRequest("“\(name)” must be a text") }
        guard text.utf8.count <= Self.textBytesMax else {
            throw .badRequest("“\(name)” may have \(Self.textBytesMax) bytes; say less")
        }
        return text
    }

    /// A list of texts; `nil` where it is not said.
    func texts(_ name: String) throws(Problem) -> [String]? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let texts = value as? [String], texts.count <= Self.textsMax,
            texts.allSatisfy({ $0.utf8.count <= Self.textBytesMax })
        else { throw .badRequest("“\(name)” must be a list of at most \(Self.textsMax) texts") }
        return texts
    }

    /// An object within; `nil` where it is not said.
    func object(_ name: String, known: Set<String>) throws(Problem) -> RequestObject? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let object = value as? [String: Any] else {
            throw .badRequest("“\(name)” must be an object")
        }
        return try RequestObject(object, known: known)
    }

    /// Every member's name.
    var names: [String] { members.keys.sorted() }

    /// Reads a body whose names are judged one by one.
    init(anyOf bytes: [UInt8]) throws(Problem) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        else { throw .badRequest("the body is not a JSON object") }
        members = object
    }
}

extension RequestObject {
    /// What an idempotency key belongs to: the object in one order and without its secrets, for
    /// its hash is kept and a PIN could be guessed from it.
    func fingerprint(without secret: String) -> [UInt8] {
        let open = Self.open(members, without: secret)
        let data = try? JSONSerialization.data(withJSONObject: open, options: [.sortedKeys])
        return data.map { [UInt8]($0) } ?? []
    }

    private static func open(_ value: Any, without secret: String) -> Any {
        guard let object = value as? [String: Any] else { return value }
        return object.filter { $0.key != secret }.mapValues { open($0, without: secret) }
    }
}

// What a record's fields shall hold.
extension RequestObject {
    private static let elementsMax = 1_000
    /// Of one field; a whole transaction has 1 MiB.
    private static let fieldBytesMax = 64 << 10

    /// By the field's type; JSON null empties it.
    func content(of field: Field) throws(Problem) -> RecordWish.Content {
        let given = members[field.name] ?? NSNull()
        guard field.merge.isSet else { return .value(try Self.value(given, field)) }
        if given is NSNull { return .elements([]) }
        guard let all = given as? [Any], all.count <= Self.elementsMax else {
            throw .badRequest("“\(field.name)” is a list of at most \(Self.elementsMax)")
        }
        var elements: [Value] = []
        for one in all {
            let value = try Self.value(one, field)
            if !value.isNull, !elements.contains(value) { elements.append(value) }
        }
        return .elements(elements)
    }

    private static func value(_ given: Any, _ field: Field) throws(Problem) -> Value {
        if given is NSNull { return .null }
        let value: Value? =
            switch field.type {
            case .text: (given as? String).map(Value.text)
            case .reference: (given as? String).flatMap { RowName.row($0) }.map(Value.reference)
            case .integer: whole(given).map(Value.integer)
            case .real: (given as? NSNumber).map { .real(normalizing: $0.doubleValue) }
            case .blob:
                (given as? String).flatMap { Data(base64Encoded: $0) }.map { .blob([UInt8]($0)) }
            }
        guard let value else {
            throw .badRequest("“\(field.name)” must be \(word(for: field.type))")
        }
        if case .text(let text) = value, text.utf8.count > fieldBytesMax {
            throw .badRequest("“\(field.name)” may have \(fieldBytesMax) bytes; say less")
        }
        return value
    }

    /// Truth is 0 or 1; a number with a fraction is no whole one.
    private static func whole(_ given: Any) -> Int64? {
        guard let number = given as? NSNumber else { return nil }
        return Int64(exactly: number.doubleValue) == nil ? nil : number.int64Value
    }

    private static func word(for type: ValueType) -> String {
        switch type {
        case .text: "a text"
        case .reference: "an id of 32 hexadecimal digits"
        case .integer: "a whole number"
        case .real: "a number"
        case .blob: "base64 text"
        }
    }
}
