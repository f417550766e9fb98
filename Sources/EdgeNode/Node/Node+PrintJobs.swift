public import CRDT
public import Peripherals
internal import ReplicaStorage

/// Print jobs of this box and their rows, of one moment.
public struct PrintJobPage: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let row: ShownRow
        public let standing: PrintStanding
    }

    /// The latest change first.
    public let entries: [Entry]
    /// How many stand so on all pages; those whose row is not shown count too.
    public let total: Int
    /// After which the next page begins; nil on the last.
    public let next: PrintStanding.Place?
}

extension Node {
    /// The jobs of this box in these states, in pages. Jobs of a printer that cannot confirm stay
    /// open until a person says what became of them, so there may be many.
    ///
    /// - Parameters:
    ///   - collection: that of print jobs. A job whose row is not shown is left out.
    ///   - place: of the last job of the page before; nil for the first page. A job that changes
    ///     meanwhile moves to the front: whoever goes on from here does not meet it, and begins
    ///     anew to see it. No other job is left out.
    ///   - limit: of jobs on this page.
    public func printJobs(
        in states: Set<PrintJob.StateWord>, rowsOf collection: RowCollection,
        after place: PrintStanding.Place? = nil, limit: Int
    ) throws(NodeFault) -> PrintJobPage {
        let words = Set(states.map(\.rawValue))
        return try read { reader throws(StorageError) in
            let open = try reader.effects(of: PrintService.effectKind, in: words)
                .compactMap { PrintStanding($0) }.sorted { $1.place < $0.place }
            let rest = open.drop { standing in place.map { standing.place >= $0 } ?? false }
            let page = rest.prefix(limit)
            var batches = BatchVisibility(reader, replica.schema)
            var entries: [PrintJobPage.Entry] = []
            for standing in page {
                guard let record = try reader.record(collection, standing.job),
                    try batches.isVisible(record.values, of: collection)
                else { continue }
                let row = ShownRow(id: record.id, values: record.values)
                entries.append(PrintJobPage.Entry(row: row, standing: standing))
            }
            return PrintJobPage(
                entries: entries, total: open.count,
                next: rest.count > page.count ? page.last?.place : nil)
        }
    }
}
