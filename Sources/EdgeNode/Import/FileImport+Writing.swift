internal import CRDT
internal import FrontDesk
internal import ReplicaStorage

extension FileImport {
    /// A transaction's cells at most, in bytes; the rest of its 1 MiB is for context and head.
    private static let bytesAtOnce = 768 << 10

    /// Writes what the survey left in. A file that was written before adds nothing; one that was
    /// cut off goes on: what is here already is only compared.
    func write(
        _ survey: ImportSurvey, _ item: ImportOrder.Item, _ report: inout ImportReport,
        _ listener: Listener
    ) async throws {
        var plan = survey.plan
        let schema = premises.replica.schema
        let origin = ImportedRow.Origin(site: premises.site, batch: survey.batch(survey.fileHash))
        let file = try ImportFile(item.path)
        _ = try file.header()
        var pending: [ImportedRow] = []
        var (weight, bytes, seen) = (0, 0, 0)
        var batches: Set<RowID> = []
        while let result = try file.next() {
            seen += 1
            guard case .success(let record) = result, !survey.leftOut.contains(record.number),
                let reading = try? plan.read(record)
            else { continue }
            for row in reading.rows where survey.ledger.isFirst(row) {
                let (more, size) = (row.operationsAtMost, row.bytesAtMost)
                if weight + more > operationsAtOnce || bytes + size > Self.bytesAtOnce {
                    batches.formUnion(try await commit(pending, origin, &report, listener))
                    (pending, weight, bytes) = ([], 0, 0)
                    try await listener(
                        .writing(file: report.file, rows: seen, of: report.rowsRead))
                }
                pending.append(row)
                weight += more
                bytes += size
            }
        }
        batches.formUnion(try await commit(pending, origin, &report, listener))
        guard file.hash == survey.fileHash else {
            throw NodeFault(
                .refused,
                """
                \(item.path) was changed while it was read, so what is new of it is not shown \
                yet. Import it again once nobody writes to it.
                """)
        }
        let rows = try batchRows(batches, origin, survey, report)
        if !rows.isEmpty {
            let isWritten = try await commit { reader throws(StorageError) in
                try Self.missing(of: rows, reader, schema)
            }
            if isWritten { report.transactions += 1 }
        }
        try await listener(.writing(file: report.file, rows: seen, of: report.rowsRead))
    }

    /// - Returns: the batches of records that were here before.
    private func commit(
        _ rows: [ImportedRow], _ origin: ImportedRow.Origin, _ report: inout ImportReport,
        _ listener: Listener
    ) async throws -> Set<RowID> {
        guard !rows.isEmpty else { return [] }
        let outcome = Outcome<ImportTally>()
        let isWritten = try await commit { reader throws(StorageError) in
            var tally = try tally(of: rows, origin, reader)
            let operations = tally.operations
            tally.operations = []
            outcome.set(tally)
            return operations
        }
        if isWritten { report.transactions += 1 }
        guard let tally = outcome.value else { return [] }
        report.add(tally)
        for problem in tally.kept {
            try await listener(.kept(file: report.file, sentence: problem.sentence))
        }
        return tally.batches
    }

    /// The batch row: from here on every list shows what is new. Batches of an earlier import that
    /// never ended are ended too, since all that they brought of this file is here now.
    /// Not async, with the commit in it: that function Swift 6.3 compiled so that it came back to a
    /// null address.
    private func batchRows(
        _ batches: Set<RowID>, _ origin: ImportedRow.Origin, _ survey: ImportSurvey,
        _ report: ImportReport
    ) throws(NodeFault) -> [RowOperation] {
        guard let collection = premises.replica.schema.collection(named: "import_batch") else {
            throw NodeFault(.stopped, "the packs have no import_batch")
        }
        var owed = batches.subtracting([origin.batch]).sorted()
        if !report.isRepeat || batches.contains(origin.batch) { owed.append(origin.batch) }
        let mapping = survey.plan.mapping
        let values: [String: Value] = [
            "site": .reference(premises.site), "file_name": .text(report.file),
            "file_hash": .blob(survey.fileHash.bytes), "mapping": .text(mapping.name),
            "source": .text(mapping.source), "rows_read": .integer(Int64(report.rowsRead)),
            "rows_kept": .integer(Int64(survey.ledger.count)),
            "rows_folded": .integer(Int64(report.rowsFolded)),
            "rows_changed": .integer(Int64(report.changed)),
            "rows_rejected": .integer(Int64(report.rowsRejected)),
            "imported_at": .integer(premises.environment.wallMilliseconds()),
        ]
        return owed.map { batch in
            let isOwn = batch == origin.batch
            return collection.insert(
                batch,
                isOwn ? values : values.merging(["taken_over_by": .reference(origin.batch)]) { $1 })
        }
    }

    /// - Returns: whether there was anything to write.
    private func commit(
        _ decide: @escaping @Sendable (Reader) throws(StorageError) -> [RowOperation]
    ) async throws(NodeFault) -> Bool {
        let commit: Commit?
        do throws(StorageError) {
            commit = try await premises.replica.commit(deciding: decide)
        } catch {
            throw NodeFault(error)
        }
        return commit != nil
    }

    private static func missing(
        of rows: [RowOperation], _ reader: Reader, _ schema: Schema
    ) throws(StorageError) -> [RowOperation] {
        var missing: [RowOperation] = []
        for row in rows {
            guard let collection = schema.collection(row.collection) else { continue }
            if try !reader.contains(collection, row.row) { missing.append(row) }
        }
        return missing
    }
}

extension ImportedRow {
    /// Its birth, its personal cells, and what sets need beyond one element.
    fileprivate var operationsAtMost: Int {
        cells.reduce(2) { sum, cell in
            if case .elements(let values) = cell.content { sum + values.count } else { sum }
        }
    }
}
