internal import CRDT
internal import Foundation
internal import ReplicaStorage

/// A record whose values are asked for by field name.
struct NamedRow {
    let id: RowID
    private let collection: RowCollection
    private let values: [Value]

    init(_ record: Record, _ collection: RowCollection) {
        id = record.id
        values = record.values
        self.collection = collection
    }

    init(_ row: ShownRow, _ collection: RowCollection) {
        id = row.id
        values = row.values
        self.collection = collection
    }

    func value(_ name: String) -> Value {
        collection.fields.firstIndex { $0.name == name }.map { values[$0] } ?? .null
    }

    func field(named name: String) -> Field? { collection.field(named: name) }

    func text(_ name: String) -> String? {
        if case .text(let text) = value(name) { text } else { nil }
    }

    func integer(_ name: String) -> Int64? {
        if case .integer(let number) = value(name) { number } else { nil }
    }

    func reference(_ name: String) -> RowID? {
        if case .reference(let row) = value(name) { row } else { nil }
    }

    func blob(_ name: String) -> [UInt8]? {
        if case .blob(let bytes) = value(name) { bytes } else { nil }
    }

    /// A set of texts, as its column shows it: a JSON array.
    func texts(_ name: String) -> [String] {
        guard let text = text(name) else { return [] }
        return (try? JSONDecoder().decode([String].self, from: Data(text.utf8))) ?? []
    }

    /// A set of references, as its column shows it: a JSON array of row names.
    func references(_ name: String) -> [RowID] {
        RowName.rows(inSet: text(name))
    }
}

extension RowName {
    /// The elements of a set of references, as its column shows it.
    static func rows(inSet text: String?) -> [RowID] {
        guard let text, text != "[]",
            let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
        else { return [] }
        return names.compactMap { row($0) }
    }
}

/// Reads by collection name; a name that no pack has reads as empty.
struct NamedReader {
    let reader: Reader
    let schema: Schema

    func row(_ collection: String, _ id: RowID?) throws(StorageError) -> NamedRow? {
        guard let id, let known = schema.collection(named: collection) else { return nil }
        return try reader.record(known, id).map { NamedRow($0, known) }
    }

    func rows(
        _ collection: String, where field: String, is value: Value, limit: Int = 1_000
    ) throws(StorageError) -> [NamedRow] {
        guard let known = schema.collection(named: collection) else { return [] }
        let filter = Filter.equals(field: field, value)
        return try reader.records(known, matching: [filter], limit: limit)
            .map { NamedRow($0, known) }
    }

    /// A row that was here and was deleted, with what it held; nil for one that lives or that
    /// nothing is known of.
    func deleted(_ collection: String, _ id: RowID) throws(StorageError) -> Row? {
        guard let known = schema.collection(named: collection) else { return nil }
        return try reader.deleted(known, id)
    }

    /// What a deleted row last had in a field of text.
    func lastText(
        _ field: String, of collection: String, _ id: RowID
    ) throws(StorageError) -> String? {
        guard let known = schema.collection(named: collection)?.field(named: field),
            case .text(let text)? = try deleted(collection, id)?.siblings(of: known.id).last?.value
        else { return nil }
        return text
    }

    /// Every text that concurrent edits left in a field.
    func siblings(
        of field: String, _ collection: String, _ id: RowID
    ) throws(StorageError) -> [String] {
        guard let known = schema.collection(named: collection) else { return [] }
        return try reader.siblings(of: field, known, id).compactMap {
            if case .text(let text) = $0 { text } else { nil }
        }
    }
}

extension Reader {
    /// A row that was deleted, by whatever site, with what it held.
    func deleted(_ collection: RowCollection, _ id: RowID) throws(StorageError) -> Row? {
        guard let row = try row(collection, id), row.deleted != nil, !row.isLive(in: collection)
        else { return nil }
        return row
    }

    /// Why a row that somebody names is not to be had.
    func absence(
        of id: RowID, in collection: RowCollection
    ) throws(StorageError) -> String {
        let name = "\(collection.name) \(RowName.text(id))"
        return try deleted(collection, id) == nil
            ? "\(name) is not here; it may not have synced yet" : "\(name) was deleted"
    }
}
