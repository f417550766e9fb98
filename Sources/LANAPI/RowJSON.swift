internal import CRDT
internal import EdgeNode
internal import Foundation

extension JSONWriter {
    /// A row as an object: its id, then every field in the pack's order.
    mutating func row(_ row: ShownRow, of collection: RowCollection) {
        object { $0.members(of: row, collection) }
    }

    /// What stands in a row's object.
    mutating func members(of row: ShownRow, _ collection: RowCollection) {
        member("id", RowName.text(row.id))
        for (field, value) in zip(collection.fields, row.values) {
            key(field.name)
            self.value(value, isSet: field.merge.isSet)
        }
    }

    /// A cell. References are row names, blobs base64; a set's text is JSON already.
    mutating func value(_ cell: Value, isSet: Bool) {
        switch cell {
        case .null: if isSet { array { _ in } } else { null() }
        case .integer(let number): value(number)
        case .real(let number): value(number)
        case .text(let text): if isSet { raw(text) } else { value(text) }
        case .blob(let bytes): value(Data(bytes).base64EncodedString())
        case .reference(let row): value(RowName.text(row))
        }
    }
}

extension MergeCode {
    var isSet: Bool { self == .addWinsSet || self == .removeWinsSet }
}

extension Field {
    /// The value a query's text stands for.
    func value(parsing text: String) throws(Problem) -> Value {
        let value: Value? =
            switch type {
            case .integer: Int64(text).map(Value.integer)
            case .real: Double(text).map(Value.real(normalizing:))
            case .text: .text(text)
            case .reference: RowName.row(text).map(Value.reference)
            case .blob: nil
            }
        guard let value, !merge.isSet else {
            throw .badRequest("“\(name)” cannot be compared with what was given")
        }
        return value
    }
}
