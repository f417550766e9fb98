public import CRDT
public import Peripherals
internal import ReplicaStorage

/// Print jobs of this box and their rows, of one moment.
public struct PrintJobPage: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let row: ShownRow
        public let standing: PrintStanding
    }

    /// In the order of their ids.
    public let entries: [Entry]
    /// How many stand so, those beyond the limit too.
    public let total: Int
}

extension Node {
    /// The first jobs of this box in these states.
    ///
    /// - Parameter collection: that of print jobs. A job whose row is not shown is left out.
    public func printJobs(
        in states: Set<PrintJob.StateWord>, rowsOf collection: RowCollection, limit: Int
    ) throws(NodeFault) -> PrintJobPage {
        let words = Set(states.map(\.rawValue))
        return try read { reader throws(StorageError) in
            var batches = BatchVisibility(reader, replica.schema)
            var entries: [PrintJobPage.Entry] = []
            var hidden = 0
            let kept = try reader.effects(of: PrintService.effectKind, in: words)
            for effect in kept {
                if entries.count == limit { break }
                guard let standing = PrintStanding(effect),
                    let record = try reader.record(collection, effect.row),
                    try batches.isVisible(record.values, of: collection)
                else {
                    hidden += 1
                    continue
                }
                let row = ShownRow(id: record.id, values: record.values)
                entries.append(PrintJobPage.Entry(row: row, standing: standing))
            }
            return PrintJobPage(entries: entries, total: kept.count - hidden)
        }
    }
}
