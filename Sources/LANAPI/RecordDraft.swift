internal import CRDT
internal import EdgeNode
internal import Foundation
internal import FrontDesk
internal import HTTPTypes

/// A record as a body says it: every member a field of its collection, each of the field's type.
/// What the values say is the rules' matter.
struct RecordDraft {
    private static let elementsMax = Limits.setElementsMax
    /// Of one field; a whole transaction has 1 MiB.
    private static let fieldBytesMax = 64 << 10

    let contents: [String: FieldContent]

    /// - Throws: `bad-request` that names every member that is wrong.
    init(_ object: RequestObject, _ collection: RowCollection) throws(Problem) {
        var contents: [String: FieldContent] = [:]
        var faults: [RecordFault] = []
        for name in object.names {
            guard let field = collection.field(named: name) else {
                let known = collection.fields.map(\.name).joined(separator: ", ")
                faults.append(
                    RecordFault(String(name.prefix(64)), "is no field; fields: \(known)"))
                continue
            }
            do throws(RecordFault) {
                contents[name] = try Self.content(object[name] ?? NSNull(), field)
            } catch {
                faults.append(error)
            }
        }
        guard faults.isEmpty else {
            throw Problem(
                .badRequest, "bad-request", "The request cannot be understood",
                faults.prefix(4).map(\.sentence).joined(separator: "; "), faults)
        }
        self.contents = contents
    }

    /// By the field's type; JSON null empties it.
    private static func content(
        _ given: Any, _ field: Field
    ) throws(RecordFault) -> FieldContent {
        guard field.merge.isSet else { return .value(try value(given, field)) }
        if given is NSNull { return .elements([]) }
        guard let all = given as? [Any], all.count <= elementsMax else {
            throw RecordFault(field.name, "must be a list of at most \(elementsMax)")
        }
        var elements: [Value] = []
        for (index, one) in all.enumerated() {
            let value = try value(one, field, element: index)
            if !value.isNull, !elements.contains(value) { elements.append(value) }
        }
        return .elements(elements)
    }

    private static func value(
        _ given: Any, _ field: Field, element: Int? = nil
    ) throws(RecordFault) -> Value {
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
            throw RecordFault(field.name, element: element, "must be \(word(for: field.type))")
        }
        if case .text(let text) = value, text.utf8.count > fieldBytesMax {
            throw RecordFault(
                field.name, element: element, "may have \(fieldBytesMax) bytes; say less")
        }
        return value
    }

    /// Truth is 0 or 1; a number with a fraction is no whole one, and one beyond 64 bits none.
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
