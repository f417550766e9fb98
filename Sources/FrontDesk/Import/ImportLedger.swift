public import CRDT

/// What a file's rows have in common: repeats of one record, keys that two different rows share,
/// and records that are alike in all that a review names.
public struct ImportLedger: Sendable {
    private struct Entry {
        let row: Int
        let print: UInt64
    }

    /// Rows that are alike, by number; a person decides whether they are one.
    public struct Group: Sendable, Hashable {
        /// The name of the review that found them.
        public let review: String
        public let rows: [Int]
    }

    private let plan: ImportPlan
    private var entries: [RowID: Entry] = [:]
    private var alike: [[UInt64: [Int32]]]

    public init(_ plan: ImportPlan) {
        self.plan = plan
        alike = plan.reviews.map { _ in [:] }
    }

    /// Records of the file, repeats left out.
    public var count: Int { entries.count }

    public var rows: some Sequence<RowID> { entries.keys }

    /// Whether an earlier row, or another record of this row, makes this record.
    public func contains(_ row: RowID) -> Bool { entries[row] != nil }

    /// Whether this row is the first that speaks of the record: the one that is written.
    public func isFirst(_ row: ImportedRow) -> Bool { entries[row.id]?.row == row.number }

    /// Takes a row's records.
    ///
    /// - Returns: whether any of them is new; else the row repeats an earlier one.
    /// - Throws: what is wrong if an earlier row has the same key and says something else. Nothing
    ///   of the row is taken then.
    public mutating func take(
        _ rows: [ImportedRow], _ record: CSVReader.Record
    ) throws(ImportProblem) -> Bool {
        var new: [(ImportedRow, UInt64)] = []
        for row in rows {
            let print = row.fingerprint(plan.hasher)
            guard let known = entries[row.id] else {
                new.append((row, print))
                continue
            }
            if known.print != print {
                throw ImportProblem(
                    row: row.number,
                    "has the same key as row \(known.row) and says something else of the "
                        + plan.records[row.record].kind)
            }
        }
        for (row, print) in new {
            entries[row.id] = Entry(row: row.number, print: print)
            look(at: row, record)
        }
        return !new.isEmpty
    }

    private mutating func look(at row: ImportedRow, _ record: CSVReader.Record) {
        for (index, review) in plan.reviews.enumerated() where review.record == row.record {
            if let named = review.named, !plan.isKnown(record.fields[named]) { continue }
            var preimage = ByteWriter(capacity: 96)
            for column in review.columns { preimage.write(text: record.fields[column]) }
            let hash = plan.hasher.hash(preimage.bytes).prefix
            alike[index][hash, default: []].append(Int32(clamping: row.number))
        }
    }

    /// Groups of two and more, in the order of their first rows.
    public var groups: [Group] {
        zip(plan.mapping.reviews ?? [], alike).flatMap { review, alike in
            alike.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
                .map { Group(review: review.name, rows: $0.map(Int.init)) }
        }
    }
}
