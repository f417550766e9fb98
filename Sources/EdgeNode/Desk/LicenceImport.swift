internal import CRDT
public import Foundation
internal import FrontDesk
internal import ReplicaStorage
internal import Signing

/// Imports a register of animals: rows in as many transactions as they need, made to count by one
/// batch row at the end. The animals have no owners, so nothing personal is written.
public struct LicenceImport: Sendable {
    /// What an import did.
    public struct Report: Sendable, Hashable {
        public let rowsRead: Int
        public let animals: Int
        public let rowsFolded: Int
        public let rowsSkipped: Int
        public let transactions: Int
        /// The first rows that could not be read and why, as sentences.
        public let skipped: [String]
        /// The same file was imported before; nothing was written.
        public let isRepeat: Bool
    }

    private let node: Node

    /// Imports into this node.
    public init(_ node: Node) { self.node = node }

    /// Reads, folds and commits. A second import of the same file adds nothing; one that was cut
    /// off goes on under the same batch and writes only what is missing.
    ///
    /// - Parameter progress: told rows written and rows in all after each transaction.
    public func run(
        _ file: URL, progress: @Sendable (Int, Int) -> Void
    ) async throws -> Report {
        let bytes: [UInt8]
        do {
            bytes = Array(try Data(contentsOf: file))
        } catch {
            throw NodeFault(
                .refused, "\(file.path) cannot be read: is it a file, and may you read it?")
        }
        let register: AnimalImport
        do throws(AnimalImport.Problem) {
            register = try AnimalImport(bytes, by: .dogLicences)
        } catch {
            throw NodeFault(.refused, "\(file.path): \(error.sentence)")
        }
        guard !register.isTruncated else {
            throw NodeFault(
                .refused, "the file has more than \(AnimalImport.rowsMax) rows; split it")
        }
        let hash = BLAKE2bHasher().hash(bytes)
        // Every id follows from the file, so that a repeated or resumed import makes the same rows.
        var ids = RowIDSource(prefix: Self.prefix(hash))
        let batch = AnimalImport.Batch(
            id: ids.draw(), site: node.site, staff: nil, fileName: file.lastPathComponent,
            fileHash: hash.bytes, importedAt: node.environment.wallMilliseconds())
        let transactions: [[RowOperation]]
        do throws(PackProblems) {
            transactions = try register.transactions(of: batch, node.replica.schema, ids: &ids)
        } catch {
            throw NodeFault(.stopped, error.sentences.joined(separator: " "))
        }
        let written = try await write(transactions, batch.id, progress)
        return Report(
            rowsRead: register.rowsRead, animals: register.animals.count,
            rowsFolded: register.rowsFolded, rowsSkipped: register.skippedRows,
            transactions: written, skipped: register.skipped.prefix(20).map(\.sentence),
            isRepeat: written == 0)
    }

    /// - Returns: how many transactions had anything to write.
    private func write(
        _ transactions: [[RowOperation]], _ batch: RowID, _ progress: @Sendable (Int, Int) -> Void
    ) async throws -> Int {
        let schema = node.replica.schema
        if let batches = schema.collection(named: "import_batch"),
            try node.row(batch, of: batches) != nil
        {
            return 0
        }
        let all = transactions.reduce(0) { $0 + $1.count }
        var (done, written) = (0, 0)
        for rows in transactions {
            do throws(StorageError) {
                let commit = try await node.replica.commit { reader throws(StorageError) in
                    try Self.missing(of: rows, reader, schema)
                }
                if commit != nil { written += 1 }
            } catch {
                throw NodeFault(error)
            }
            done += rows.count
            progress(done, all)
        }
        return written
    }

    /// A transaction is whole or absent, so its first row speaks for it.
    private static func missing(
        of rows: [RowOperation], _ reader: Reader, _ schema: Schema
    ) throws(StorageError) -> [RowOperation] {
        guard let first = rows.first, let collection = schema.collection(first.collection),
            try reader.record(collection, first.row) != nil
        else { return rows }
        return []
    }

    private static func prefix(_ hash: ContentHash) -> UInt128 {
        hash.bytes.prefix(10).reduce(0) { $0 << 8 | UInt128($1) }
    }
}
