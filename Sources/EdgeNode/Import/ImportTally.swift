internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

/// What some rows of a file mean at this box: what is to be written, and what becomes of each.
struct ImportTally: Sendable {
    var operations: [RowOperation] = []
    var added: [String: Int] = [:]
    var changed = 0
    var same = 0
    var kept: [ImportProblem] = []
    /// Batches of records that are here already: one that never ended is ended by this import.
    var batches: Set<RowID> = []
    /// Days for which runs are claimed by these rows.
    var claims: [RowID: [Range<String>]] = [:]
}

extension ImportReport {
    mutating func add(_ tally: ImportTally) {
        added.merge(tally.added) { $0 + $1 }
        changed += tally.changed
        same += tally.same
        kept += tally.kept.count
    }
}

extension FileImport {
    /// Compares rows of a file with what is here.
    func tally(
        of rows: [ImportedRow], _ origin: ImportedRow.Origin, _ reader: Reader
    ) throws(StorageError) -> ImportTally {
        var tally = ImportTally()
        for row in rows {
            guard let collection = premises.replica.schema.collection(row.collection) else {
                continue
            }
            let standing: ImportedRow.Standing
            if let record = try reader.record(collection, row.id) {
                if case .reference(let batch)? = value("import_batch", of: record, collection) {
                    tally.batches.insert(batch)
                }
                if Self.says(record, row, collection) {
                    tally.same += 1
                    continue
                }
                guard let known = try reader.row(collection, row.id) else { continue }
                standing = .here(known)
            } else {
                standing = try reader.isHidden(collection, row.id) ? .deleted : .absent
            }
            let verdict = row.verdict(standing, origin, in: collection)
            tally.kept += verdict.kept
            switch verdict.kind {
            case .added:
                if let reason = try clash(of: row, reader, &tally) {
                    tally.kept.append(ImportProblem(row: row.number, column: "run", reason))
                    continue
                }
                tally.added[collection.name, default: 0] += 1
            case .changed: tally.changed += 1
            case .same, .deleted: tally.same += 1
            }
            tally.operations += verdict.operations
        }
        return tally
    }

    /// Whether a record shows all that the row says. False also where only a closer look tells.
    private static func says(
        _ record: Record, _ row: ImportedRow, _ collection: RowCollection
    ) -> Bool {
        row.cells.allSatisfy { cell in
            guard let slot = collection.slot(of: cell.field) else { return false }
            switch cell.content {
            case .value(let value): return record.values[slot] == value
            case .elements(let values):
                guard values.count == 1, case .text(let text) = record.values[slot] else {
                    return false
                }
                switch values[0] {
                case .text(let word): return text == "[\"\(word)\"]"
                case .reference(let row): return text == "[\"\(RowName.text(row))\"]"
                case .null, .integer, .real, .blob: return false
                }
            }
        }
    }

    private func value(
        _ name: String, of record: Record, _ collection: RowCollection
    ) -> Value? {
        collection.fields.firstIndex { $0.name == name }.map { record.values[$0] }
    }

    /// Why a run cannot be claimed for these days; nil for any other record. Half-open days: who
    /// leaves on a day makes room for who comes on it.
    private func clash(
        of row: ImportedRow, _ reader: Reader, _ tally: inout ImportTally
    ) throws(StorageError) -> String? {
        guard let claims = premises.replica.schema.collection(named: "resource_claim"),
            row.collection == claims.id
        else { return nil }
        func value(_ name: String) -> Value {
            guard let field = claims.field(named: name),
                case .value(let value)? = row.cells.first(where: { $0.field == field.id })?.content
            else { return .null }
            return value
        }
        guard case .text(let from) = value("from_date"), case .text(let to) = value("to_date"),
            case .reference(let resource) = value("resource")
        else { return nil }
        guard from < to else { return "is not claimed: the days end before they begin" }
        let here = try NamedReader(reader: reader, schema: premises.replica.schema).rows(
            "resource_claim", where: "resource", is: .reference(resource), limit: 10_000)
        let taken = here.compactMap { claim -> Range<String>? in
            guard claim.text("state") != "released", let from = claim.text("from_date"),
                let to = claim.text("to_date"), from < to
            else { return nil }
            return from..<to
        }
        let others = taken + (tally.claims[resource] ?? [])
        if let other = others.first(where: { $0.lowerBound < to && $0.upperBound > from }) {
            return """
                is claimed from \(other.lowerBound) to \(other.upperBound) already; the booking \
                is imported without a run
                """
        }
        tally.claims[resource, default: []].append(from..<to)
        return nil
    }
}
