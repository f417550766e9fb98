public import CRDT

extension AnimalImport {
    /// Where an import belongs and who made it.
    public struct Batch: Sendable {
        public let id: RowID
        public let site: RowID
        public let staff: RowID?
        public let fileName: String
        public let fileHash: [UInt8]
        /// Milliseconds since 1970.
        public let importedAt: Int64

        public init(
            id: RowID, site: RowID, staff: RowID?, fileName: String, fileHash: [UInt8],
            importedAt: Int64
        ) {
            self.id = id
            self.site = site
            self.staff = staff
            self.fileName = fileName
            self.fileHash = fileHash
            self.importedAt = importedAt
        }
    }

    /// The new rows, cut into as many transactions as they need. The batch row comes last: until it
    /// is there, none of the others counts.
    public func transactions(
        of batch: Batch, _ schema: Schema, ids: inout RowIDSource
    ) throws(PackProblems) -> [[RowOperation]] {
        guard let animal = schema.collection(named: "animal"),
            let importBatch = schema.collection(named: "import_batch")
        else { throw PackProblems(["There is no collection animal or import_batch."]) }
        let form = RowForm(animal)
        var rows = animals.map { form.insert(ids.draw(), values(of: $0, batch)) }
        rows.append(
            RowForm(importBatch).insert(
                batch.id,
                [
                    "site": .reference(batch.site), "file_name": .text(batch.fileName),
                    "file_hash": .blob(batch.fileHash), "mapping": .text(mapping.text),
                    "rows_read": .integer(Int64(rowsRead)),
                    "rows_kept": .integer(Int64(animals.count)),
                    "rows_folded": .integer(Int64(rowsFolded)), "by": Value(batch.staff),
                    "imported_at": .integer(batch.importedAt),
                ]))
        return Self.cut(rows)
    }

    /// What a transaction's context and roster head may take beside its rows.
    private static let headBytes = 1 << 17

    /// Runs of rows, each within a transaction's rows and bytes. A row counts as it would alone,
    /// so that the sum is never too small.
    private static func cut(_ rows: [RowOperation]) -> [[RowOperation]] {
        var runs: [[RowOperation]] = []
        var (run, bytes) = ([RowOperation](), 0)
        for row in rows {
            let size = Transaction(stamp: .zero, rows: [row]).encoded().bytes.count
            let isFull =
                run.count == Limits.transactionRowsMax
                || bytes + size > Limits.transactionBytesMax - headBytes
            if isFull, !run.isEmpty {
                runs.append(run)
                (run, bytes) = ([], 0)
            }
            run.append(row)
            bytes += size
        }
        if !run.isEmpty { runs.append(run) }
        return runs
    }

    private func values(of animal: Animal, _ batch: Batch) -> [String: Value] {
        [
            "origin_site": .reference(batch.site), "created_by": Value(batch.staff),
            "import_batch": .reference(batch.id), "name": Value(animal.name),
            "species": .text(mapping.species), "breed": Value(animal.breed),
            "sex": Value(animal.sex),
            "birth_date": Value(animal.birthYear.map { $0 + "-01-01" }),
            "birth_precision": animal.birthYear == nil ? .null : .text("year"),
        ]
    }
}

extension AnimalImport.Mapping {
    /// For the batch's record: which column was read as what.
    var text: String {
        LabelData([
            "name": name, "gender": gender, "birth_year": birthYear, "breed": breed,
            "post_code": postCode, "species": species,
        ]).text
    }
}
