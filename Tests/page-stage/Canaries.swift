import CRDT
import EdgeNode

/// A row in every collection of the packs, with a text of its own in every field that takes one:
/// who finds one of them somewhere knows which field leaked. A new field is in by itself.
struct Canaries {
    struct Canary {
        let collection: String
        let row: RowID
        let field: Field
        let text: String
    }

    /// In every text, and nowhere else.
    let word: String
    let site: RowID
    let schema: Schema

    func fill(_ rows: inout StagedRows) throws -> [Canary] {
        var ids: [String: RowID] = [:]
        for collection in schema.collections { ids[collection.name] = try rows.draw() }
        var canaries: [Canary] = []
        for collection in schema.collections {
            guard let row = ids[collection.name] else { continue }
            var cells: [CellOperation] = []
            for field in collection.fields {
                switch field.type {
                case .text where field.merge == .rank:
                    // Its words are the pack's, not a person's.
                    guard let word = field.ranks.keys.min() else { continue }
                    cells.append(CellOperation(field: field.id, action: .assign(.text(word))))
                case .text, .blob:
                    let text = "\(word)-\(collection.name).\(field.name)"
                    canaries.append(
                        Canary(collection: collection.name, row: row, field: field, text: text))
                    let value = field.type == .text ? Value.text(text) : .blob(Array(text.utf8))
                    cells.append(CellOperation(field: field.id, action: action(value, field)))
                case .reference:
                    let value = Value.reference(target(of: field, ids) ?? row)
                    cells.append(CellOperation(field: field.id, action: action(value, field)))
                case .integer, .real: continue
                }
            }
            rows.insert(row, into: collection, cells)
        }
        return canaries
    }

    private func action(_ value: Value, _ field: Field) -> CellOperation.Action {
        switch field.merge {
        case .addWinsSet, .removeWinsSet: .add(value)
        case .createOnly, .lastWriter, .lastWriterListed, .multiValue, .minimum, .maximum, .rank,
            .counter, .orderedList, .owned:
            .assign(value)
        }
    }

    /// The row that a reference most likely means; which one hardly matters here.
    private func target(of field: Field, _ ids: [String: RowID]) -> RowID? {
        field.name.hasSuffix("site") ? site : ids[field.name]
    }
}
