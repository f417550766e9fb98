/// Why a transaction is set aside for good. A function of the transaction and the schema alone, so
/// that every replica decides alike.
public enum Violation: Error, Hashable, Sendable {
    case wrongType(collection: UInt32, field: UInt32)
    case wrongAction(collection: UInt32, field: UInt32)
    /// A create-only field written without its row's insert.
    case createOnly(collection: UInt32, field: UInt32)
    case appendOnly(collection: UInt32)
    /// A personal field outside a section, or an open one inside.
    case misplaced(collection: UInt32, field: UInt32)
    /// A NaN or a negative zero.
    case notANumber(collection: UInt32, field: UInt32)
    /// A null written with its row's insert: absent is the only form of that.
    case nullAtBirth(collection: UInt32, field: UInt32)
}

extension Transaction {
    /// Checks every operation against the schema. Unknown collections and fields pass: they are
    /// kept.
    public func validate(_ schema: Schema) throws(Violation) {
        var born: Set<RowID> = []
        for row in rows where row.kind == .insert { born.insert(row.row) }
        for row in rows { try Self.validate(row, schema, born, isPersonal: false) }
        for section in sections {
            guard case .present(_, let rows) = section.content else { continue }
            for row in rows { try Self.validate(row, schema, born, isPersonal: true) }
        }
    }

    private static func validate(
        _ row: RowOperation, _ schema: Schema, _ born: Set<RowID>, isPersonal: Bool
    ) throws(Violation) {
        let isBirth = born.contains(row.row)
        // Asked of unknown fields too: two forms of one state would give two digests.
        if isBirth, let cell = row.cells.first(where: { $0.action == .assign(.null) }) {
            throw .nullAtBirth(collection: row.collection, field: cell.field)
        }
        guard let collection = schema.collection(row.collection) else { return }
        if collection.isAppendOnly, row.kind != .insert, !(isPersonal && isBirth) {
            throw .appendOnly(collection: collection.id)
        }
        for cell in row.cells {
            guard let field = collection.field(cell.field) else { continue }
            guard field.isPersonal == isPersonal else {
                throw .misplaced(collection: collection.id, field: field.id)
            }
            if field.merge == .createOnly, !isBirth {
                throw .createOnly(collection: collection.id, field: field.id)
            }
            try check(cell.action, field, collection.id)
        }
    }

    private static func check(
        _ action: CellOperation.Action, _ field: Field, _ collection: UInt32
    ) throws(Violation) {
        switch (field.merge, action) {
        case (.counter, .increment): return
        case (.addWinsSet, .add(let value)), (.addWinsSet, .remove(let value)):
            try check(value, field, collection)
        case (
            .createOnly, .assign(let value)
        ), (.lastWriter, .assign(let value)), (.lastWriterListed, .assign(let value)),
            (.multiValue, .assign(let value)), (.minimum, .assign(let value)),
            (.maximum, .assign(let value)), (.rank, .assign(let value)),
            (.owned, .assign(let value)):
            try check(value, field, collection)
        case (_, .assign), (_, .increment), (_, .add), (_, .remove):
            throw .wrongAction(collection: collection, field: field.id)
        }
    }

    private static func check(
        _ value: Value, _ field: Field, _ collection: UInt32
    ) throws(Violation) {
        let fits: Bool
        switch (value, field.type) {
        case (.null, _), (.integer, .integer), (.text, .text), (.blob, .blob),
            (.reference, .reference):
            fits = true
        case (.real(let number), .real):
            // No reader accepts the bytes of -0.0, so no writer may commit it.
            if number.isNaN || number.bitPattern == (-0.0).bitPattern {
                throw .notANumber(collection: collection, field: field.id)
            }
            fits = true
        case (.integer, _), (.real, _), (.text, _), (.blob, _), (.reference, _): fits = false
        }
        guard fits else { throw .wrongType(collection: collection, field: field.id) }
    }
}
